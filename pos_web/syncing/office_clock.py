"""How far this computer's clock is from the office's, by the date on the office's answers.

Invariant: it is only shown. No result depends on a clock: versions, series and sequences are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A date has whole seconds, and an answer takes a moment.
TOLERATED_S = 120


def utc_now() -> datetime:
    return datetime.now(UTC)


class OfficeClock:
    """`now` is this computer's clock."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._ahead_s = 0.0

    def hear(self, said: str | None) -> None:
        """Compare with the `Date` of an answer; one without a date teaches nothing."""
        try:
            date = parsedate_to_datetime(said or "")
            self._ahead_s = (self._now() - date.replace(tzinfo=date.tzinfo or UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return

    @property
    def wrong_by_s(self) -> int:
        """Seconds that this computer is ahead of the office (or behind, negative); 0 within tolerance."""
        return round(self._ahead_s) if abs(self._ahead_s) > TOLERATED_S else 0
