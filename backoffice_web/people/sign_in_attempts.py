"""Counts wrong sign-ins, so that nobody can try passwords all day. Kept in memory: a restart forgives."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=10)
MOST_PER_ACCOUNT = 8
MOST_PER_ADDRESS = 40


class SignInAttempts:
    """Wrong tries by e-mail and by network address within the last ten minutes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[datetime]] = defaultdict(deque)
        self._lock = Lock()

    def is_too_many(self, *, email: str, address: str) -> bool:
        with self._lock:
            return (
                self._count(f"account {email.strip().lower()}") >= MOST_PER_ACCOUNT
                or self._count(f"address {address}") >= MOST_PER_ADDRESS
            )

    def note_wrong(self, *, email: str, address: str) -> None:
        with self._lock:
            for key in (f"account {email.strip().lower()}", f"address {address}"):
                self._wrong[key].append(self._clock())

    def forget(self, *, email: str) -> None:
        """The right password ends the counting for this account."""
        with self._lock:
            self._wrong.pop(f"account {email.strip().lower()}", None)

    def _count(self, key: str) -> int:
        if key not in self._wrong:
            return 0
        times = self._wrong[key]
        while times and times[0] < self._clock() - WINDOW:
            times.popleft()
        if not times:
            del self._wrong[key]
        return len(times)
