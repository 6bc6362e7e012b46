"""Whether somebody waits for the office in vain: what a person is told who has waited long enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

# As long as a question that only asks for the version waits for its answer.
SILENCE_S = 4.0
Piece = TypeVar("Piece")


class Silence:
    """What is on its way from the office. Safe to share between threads."""

    def __init__(self) -> None:
        self._waits: set[object] = set()
        self._heard_at = monotonic()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within it somebody waits for the office; who leaves it without an error has heard from it."""
        wait = object()
        self._waits.add(wait)
        try:
            yield
            self._heard_at = monotonic()
        finally:
            self._waits.discard(wait)

    def heard(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The same pieces; each is a sign of life."""
        coming = iter(pieces)
        while True:
            with self.waiting():
                piece = next(coming, None)
            if piece is None:
                return
            yield piece

    def has_lasted_since(self, moment: float) -> bool:
        """Has the office said nothing since `moment` (monotonic), long ago, though somebody waits for it?"""
        is_long = monotonic() - moment >= SILENCE_S
        return is_long and bool(self._waits) and self._heard_at < moment
