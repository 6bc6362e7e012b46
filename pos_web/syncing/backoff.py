"""How long to leave the office alone after it said no: ever longer, at random, and as long as it asked for.

Invariants: a success begins anew; the office's own wish (`Retry-After`) is kept even when the node would
rather try; nothing waits for more than twice the longest pause. Pure: the time is given in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import random

FIRST_S, LONGEST_S = 2.0, 300.0
MOST_DIGITS = 9


class Backoff:
    """`until` and `asked_until` are seconds of the clock that `failed` is given; `chance()` in [0, 1).

    Each pause is between half of a step and the whole of it, so that the nodes of an enterprise that were
    all turned away at once do not all come back at once.
    """

    def __init__(
        self,
        *,
        first_s: float = FIRST_S,
        longest_s: float = LONGEST_S,
        chance: Callable[[], float] = random,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._chance = chance
        self._failures = 0
        self.until = 0.0
        self.asked_until = 0.0

    def failed(self, *, now: float, retry_after_s: float = 0.0) -> None:
        """Another failure. `retry_after_s`: what the office asked for, capped at the longest pause."""
        # The exponent is bounded: a week of failures must not overflow a float.
        step = min(self._first_s * 2 ** min(self._failures, 32), self._longest_s)
        self._failures += 1
        asked_s = min(retry_after_s, self._longest_s)
        self.asked_until = now + asked_s
        self.until = self.asked_until + step * (0.5 + self._chance() / 2)

    def succeeded(self) -> None:
        self._failures = 0
        self.until = self.asked_until = 0.0

    def line_is_new(self) -> None:
        """The line to the office stands again: what was wrong before is over, but what was asked is kept."""
        self._failures = 0
        self.until = self.asked_until


def seconds_asked(retry_after: str | None, *, date: str | None, now: datetime) -> float:
    """Seconds from an answer's `Retry-After` (a number or an HTTP date); 0 for none and for nonsense.

    A date counts from the answer's own `date`, so that a wrong clock on either side changes nothing.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:MOST_DIGITS])
    until = _moment(text)
    if until is None:
        return 0.0
    return max((until - (_moment(date or "") or now)).total_seconds(), 0.0)


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
