"""When a store's agent compares versions and when it syncs by itself. Pure: the time is given in.

Invariants: a known update is applied after the store's own short period, counted from when it was first
known; an urgent one at once; after a failure the office is left alone for a while (`backoff.py`), only a
newer version than one that could not be verified is tried at once. What a person presses asks nobody here.
All times are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import random

from pos_web.syncing.backoff import FIRST_S, LONGEST_S, Backoff
from pos_web.syncing.lease import LASTS_S
from pos_web.syncing.sync_result import FAILED, OFFICE_ERROR, SyncResult


@dataclass(frozen=True)
class Pace:
    """How often things happen, in seconds; tests choose their own."""

    heartbeat_s: float = 30.0
    # ± this part of it, so that the stores of an enterprise do not ask all at once.
    spread: float = 0.2
    # A store that has nothing to sell from yet asks more often.
    first_sync_s: float = 5.0
    # While the office does not answer, so that the tills soon know that it is back.
    offline_s: float = 10.0
    # After a failure: the first pause, and the longest that pauses grow to.
    retry_first_s: float = FIRST_S
    retry_longest_s: float = LONGEST_S
    # How often a shared store's lease is renewed and other workers' requests are looked for.
    lease_s: float = 1.0
    # How long the lease of a worker that died holds up the others.
    lease_lasts_s: float = LASTS_S
    # How often the replica is compared with its own digest.
    verify_s: float = 86_400.0


class Schedule:
    """`chance()` is uniform in [0, 1)."""

    def __init__(self, pace: Pace, *, now: float, chance: Callable[[], float] = random) -> None:
        self._pace = pace
        self._chance = chance
        self.compare_at = now
        self.sync_at: float | None = None
        self.verify_at = now + pace.verify_s
        # Versions up to this one wait for the pause to end; none does while the office is well.
        self._failed_version = 0.0
        self._backoff = self.new_backoff()

    def new_backoff(self) -> Backoff:
        """A pause of this pace."""
        pace = self._pace
        return Backoff(first_s=pace.retry_first_s, longest_s=pace.retry_longest_s, chance=self._chance)

    def compared(self, *, now: float, is_empty: bool = False, is_reachable: bool = True) -> None:
        """A comparison was made (or tried): plan the next. `is_empty`: there is nothing to sell from."""
        period = self._pace.heartbeat_s
        if not is_reachable:
            period = min(period, self._pace.offline_s)
        if is_empty:
            period = min(period, self._pace.first_sync_s)
        self.compare_at = now + period * (1 + self._pace.spread * (2 * self._chance() - 1))

    def is_behind(self, *, version: int, wait_s: float, now: float) -> None:
        """A newer version is known: sync after `wait_s`, or sooner if that is planned already."""
        due = max(now + wait_s, self._backoff.asked_until)
        if version <= self._failed_version:
            due = max(due, self._backoff.until)
        self.sync_at = due if self.sync_at is None else min(self.sync_at, due)

    def verified(self, *, now: float) -> None:
        self.verify_at = now + self._pace.verify_s

    def is_current(self) -> None:
        self.sync_at = None
        self._backoff.succeeded()

    def sync_begins(self) -> None:
        """What was planned is being done. Should it fail, the next comparison plans it anew."""
        self.sync_at = None

    def line_is_new(self, *, now: float) -> None:
        """The line to the office was cut, or stands again: compare as soon as we may ask."""
        self._backoff.line_is_new()
        self.compare_at = now

    def may_ask(self, now: float) -> bool:
        """Does the office want to be asked again? Its own wish alone: news of it ends our own pauses."""
        return self._backoff.asked_until <= now

    def is_in_trouble(self, trouble: SyncResult, *, now: float) -> None:
        """A comparison failed: after a fault of the office, or at its wish, the next one waits."""
        if trouble.reason == OFFICE_ERROR or trouble.retry_after_s:
            self.sync_at = None
            self._backoff.failed(now=now, retry_after_s=trouble.retry_after_s)
            self.compare_at = self._backoff.until

    def synced(self, result: SyncResult, *, version: int, now: float) -> None:
        """A sync ended. `version` is what it went for, so that the same failure is not repeated at once."""
        self.sync_at = None
        if result.is_success:
            self._failed_version = 0
            self._backoff.succeeded()
            return
        self._backoff.failed(now=now, retry_after_s=result.retry_after_s)
        # A newer version may well be whole; an office in trouble is in trouble with every version.
        self._failed_version = version if result.outcome == FAILED else float("inf")
        self.compare_at = min(self.compare_at, self._backoff.until)

    def is_sync_due(self, now: float) -> bool:
        return self.sync_at is not None and self.sync_at <= now

    def is_comparison_due(self, now: float) -> bool:
        return self.compare_at <= now

    def seconds_until_next(self, now: float) -> float:
        due = [max(self.compare_at, self._backoff.asked_until), self.verify_at] + (
            [] if self.sync_at is None else [self.sync_at]
        )
        return max(min(due) - now, 0.0)
