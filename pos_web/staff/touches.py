"""When each till was touched last, to the second, in the memory of the one process that serves them all.

The book hears of touches now and then only, so that no page waits for a write. Invariants: nothing is lost
with this memory but exactness; with other workers at the same book, which hear touches too, it knows nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

# Sessions end without telling; after this time none goes on.
KEPT = timedelta(days=1)
SWEPT_ABOVE = 500


class Touches:
    """By the key of the session. Single operations on a dict need no lock."""

    def __init__(self, *, is_alone: bool = True) -> None:
        self._is_alone = is_alone
        self._at: dict[str, datetime] = {}

    def note(self, key: str, at: datetime) -> None:
        """Somebody touched the till at `at`, which may be a few seconds ago."""
        if not self._is_alone:
            return
        if len(self._at) > SWEPT_ABOVE:
            self._at = {one: touched for one, touched in list(self._at.items()) if at - touched < KEPT}
        self._at[key] = max(at, self._at.get(key, at))

    def last(self, key: str) -> datetime | None:
        """None when only the book can tell: after a start, and with other workers."""
        return self._at.get(key)
