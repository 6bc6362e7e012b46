"""The syncs that are wanted of one store, and everybody who waits for their answers.

Invariants: a wish is answered by a run that began after it, so that what was published before it is in the
answer; wishes that wait share one run, so that a run is followed by one more, however many come during it; an
answer is given once; whoever waits when the thread ends gets an answer too. Callers may be on any thread, the
store's own thread takes the wishes one by one.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from pos_web.syncing.sync_result import SyncResult


@dataclass
class Wish:
    """A sync that somebody wants. `request`: the uuid of what another worker left in the book for it."""

    by: str
    is_manual: bool
    is_full: bool = False
    takes_older: bool = False
    request: str | None = None
    answer: Future[SyncResult] = field(default_factory=Future)


class Wishes:
    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: Wish | None = None
        self._running: Wish | None = None

    @property
    def is_running(self) -> bool:
        return self._running is not None

    @property
    def is_pending(self) -> bool:
        return self._pending is not None

    def ask(self, *, by: str, is_manual: bool, is_full: bool, takes_older: bool) -> Future[SyncResult]:
        """The answer of the next sync: the running one may know less than was published by now."""
        with self._lock:
            if self._pending is None:
                self._pending = Wish(by, is_manual, is_full, takes_older)
            elif is_manual and not self._pending.is_manual:
                # The history names the person who pressed.
                self._pending.by, self._pending.is_manual = by, True
            self._pending.is_full |= is_full
            self._pending.takes_older |= takes_older
            return self._pending.answer

    def want(self, wish: Wish) -> bool:
        """Take the wish up unless another one waits already; that one may be about as much."""
        with self._lock:
            if self._pending is not None:
                return False
            self._pending = wish
            return True

    def next(self) -> Wish | None:
        """The wish that waits; it is running from now on."""
        with self._lock:
            wish, self._pending = self._pending, None
            self._running = wish
            return wish

    def answer(self, result: SyncResult) -> None:
        if (wish := self._ended()) is not None:
            wish.answer.set_result(result)

    def fail(self, problem: Exception) -> Wish | None:
        """The running wish, whose callers are told of the problem; None if none was running."""
        if (wish := self._ended()) is not None:
            wish.answer.set_exception(problem)
        return wish

    def close(self, result: SyncResult) -> None:
        """Answer everybody who waits."""
        with self._lock:
            left = [wish for wish in (self._running, self._pending) if wish is not None]
            self._running = self._pending = None
        for wish in left:
            wish.answer.set_result(result)

    def _ended(self) -> Wish | None:
        with self._lock:
            wish, self._running = self._running, None
        return wish
