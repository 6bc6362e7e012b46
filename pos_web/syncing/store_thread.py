"""The thread that keeps one store in step: it alone talks to the office about that store.

Invariants: callers only leave a wish and, if they want, wait for its answer; wishes that meet share one
run; a turn that fails is logged once and the next one comes; stopping answers everybody who waits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic

import msgspec
import structlog
from sqlalchemy.exc import DatabaseError

from pos_web.syncing.requests import leave_request, take_request, wait_for_answer
from pos_web.syncing.schedule import Pace, Schedule
from pos_web.syncing.store_sync import StoreSync
from pos_web.syncing.sync_result import REFUSED, STOPPED, SyncResult
from shared_web.database import Database
from sync_contract.notice import Notice

# Who starts a sync that nobody asked for.
START, AUTO = "start", "auto"
log = structlog.get_logger("evertill.syncing")


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker passes on to the one that holds the store. Who misses it finds out by the heartbeat."""

    store: str
    notice: Notice | None = None
    is_outbox_kicked: bool = False
    is_report_wanted: bool = False
    is_check_wanted: bool = False


@dataclass
class Wish:
    """A sync that somebody wants, and everybody who waits for it."""

    by: str
    is_manual: bool
    is_full: bool = False
    takes_older: bool = False
    uuid: str | None = None
    answer: Future[SyncResult] = field(default_factory=Future)


class StoreThread:
    """`is_listening`: notices arrive, so that versions need not be compared so often.

    `pass_on(hint)` tells the workers that may hold the store what came to this one.
    """

    def __init__(
        self,
        steps: StoreSync,
        *,
        book: Database,
        pace: Pace,
        is_alone: bool,
        is_listening: bool = True,
        pass_on: Callable[[Hint], None] = lambda hint: None,
    ) -> None:
        self.steps = steps
        self._book = book
        self._pace = pace
        self._is_alone = is_alone
        self._pass_on = pass_on
        self._was_holder = False
        self._is_listening = is_listening
        self._is_line_new = False
        self._schedule = Schedule(pace, now=monotonic())
        # Uploads pause on their own: an office that cannot take a sale in may well have an update.
        self._uploads = self._schedule.new_backoff()
        self._is_office_well = True
        self._lock = Lock()
        self._wake = Event()
        self._pending: Wish | None = None
        self._running: Wish | None = None
        self._notice: Notice | None = None
        self._newest = 0
        self._is_outbox_kicked = False
        self._is_report_wanted = False
        self._is_check_wanted = False
        self._is_stopping = False
        self._has_begun = False
        self._thread = Thread(target=self._run, name=f"sync-{steps.store_id[:8]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._is_stopping = True
        self._wake.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    @property
    def is_syncing(self) -> bool:
        return self._running is not None

    def ask(
        self, *, by: str, is_manual: bool, is_full: bool, takes_older: bool = False
    ) -> Future[SyncResult]:
        """The answer of a sync that is running, is wanted already, or is wanted now."""
        with self._lock:
            running = self._running
            if running is not None and running.is_full >= is_full and running.takes_older >= takes_older:
                return running.answer
            if self._pending is None:
                self._pending = Wish(by, is_manual, is_full)
            self._pending.is_full |= is_full
            self._pending.is_manual |= is_manual
            self._pending.takes_older |= takes_older
            answer = self._pending.answer
        self._wake.set()
        return answer

    def notice(self, notice: Notice) -> None:
        with self._lock:
            is_newer = self._notice is None or notice.version > self._notice.version or notice.urgent
            self._notice = notice if is_newer else self._notice
        self._wake.set()

    def line_changed(self, *, is_listening: bool) -> None:
        """The line to the office was cut, or stands again: compare versions now, and so find out."""
        self._is_listening = is_listening
        self._is_line_new = True
        self._wake.set()

    def kick_outbox(self) -> None:
        self._is_outbox_kicked = True
        self._wake.set()

    def check_replica_soon(self) -> None:
        """Something that was read looked wrong: compare the replica with its digest now."""
        self._is_check_wanted = True
        self._wake.set()

    def report_soon(self) -> None:
        """Tell the office what the tills show, once for all that came meanwhile."""
        self._is_report_wanted = True
        self._wake.set()

    def hear(self, hint: Hint) -> None:
        """What came to a worker that does not hold the store. Ours only if we do: nobody passes on twice."""
        if not self.steps.is_holder:
            return
        if hint.notice is not None:
            self.notice(hint.notice)
        self._is_outbox_kicked |= hint.is_outbox_kicked
        self._is_report_wanted |= hint.is_report_wanted
        self._is_check_wanted |= hint.is_check_wanted
        self._wake.set()

    # The thread.

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._turn()
            except Exception as problem:
                log.error("a sync turn failed", store=self.steps.store_id, exc_info=problem)
                self._fail(problem)
            self._wake.wait(self._seconds_to_wait())
            self._wake.clear()
        self._end()

    def _turn(self) -> None:
        if not self.steps.hold_lease():
            self._was_holder = False
            self._leave_to_the_holder()
            self._schedule.compared(now=monotonic())
            return
        if not self._was_holder:
            # Whoever had the store before us may have left something undone.
            self._was_holder = self._is_line_new = True
        if not self._has_begun:
            self._has_begun = True
            if self.steps.begin():
                self._want(Wish(START, is_manual=False))
        if not self._is_alone:
            self._take_request()
        self._sync_if_wanted()
        if self._is_check_wanted or self._schedule.verify_at <= monotonic():
            self._is_check_wanted = False
            self.steps.check_replica()
            self._schedule.verified(now=monotonic())
            # What is damaged is mended by a sync, and only a comparison leads to one.
            self._schedule.compare_at = monotonic()
        if self._is_line_new:
            self._is_line_new = False
            self._schedule.line_is_new(now=monotonic())
            self._uploads.line_is_new()
        if self._schedule.may_ask(monotonic()):
            notice = self._take_notice()
            if notice is not None or self._schedule.is_comparison_due(monotonic()):
                self._compare(notice)
        self._send_if_kicked()
        if self._is_report_wanted:
            self._is_report_wanted = False
            self.steps.report()
        if self._schedule.is_sync_due(monotonic()):
            self._want(Wish(AUTO, is_manual=False))
            self._sync_if_wanted()

    def _compare(self, notice: Notice | None) -> None:
        self.steps.mend_if_lost()
        applied = self.steps.applied().version
        # An urgent one may be about something else than a version: a correction, or "Sync now".
        if notice is not None and notice.version <= applied and not notice.urgent:
            return
        found = self.steps.compare(
            is_urgent=notice is not None and notice.urgent and notice.version > applied
        )
        now = monotonic()
        is_whole = found.is_reachable and self._is_listening
        self._schedule.compared(now=now, is_empty=applied == 0, is_reachable=is_whole)
        is_back, self._is_office_well = not self._is_office_well, found.trouble is None
        if found.trouble is not None:
            self._schedule.is_in_trouble(found.trouble, now=now)
            return
        if is_back:
            self._uploads.line_is_new()
        self._newest = found.version
        if found.is_behind:
            self._schedule.is_behind(version=found.version, wait_s=found.wait_s, now=now)
        else:
            self._schedule.is_current()
        self._is_outbox_kicked = True
        if notice is None:
            self.steps.report()
        elif found.wait_s:
            # The office sees that the store knows of it. A sync that comes at once tells more than that.
            self._is_report_wanted = True

    def _send_if_kicked(self) -> None:
        if not self._is_outbox_kicked or self._uploads.until > monotonic():
            return
        self._is_outbox_kicked = False
        trouble = self.steps.send()
        if trouble is None:
            self._uploads.succeeded()
        else:
            self._uploads.failed(now=monotonic(), retry_after_s=trouble.retry_after_s)
            self._is_outbox_kicked = True

    def _sync_if_wanted(self) -> None:
        wish = self._next_wish()
        if wish is None:
            return
        result = self.steps.sync(
            by=wish.by,
            is_manual=wish.is_manual,
            is_full=wish.is_full,
            takes_older=wish.takes_older,
            run_uuid=wish.uuid,
        )
        went_for = max(self._newest, result.to_version + 1)
        self._schedule.synced(result, version=went_for, now=monotonic())
        if result.is_success and wish.is_manual:
            # The office answers somebody who pressed: what waits goes up now, too.
            self._uploads.succeeded()
        self._is_outbox_kicked |= result.is_success
        # Whoever waits gets the answer first; the report is for the office.
        self._answer(result)
        self.steps.report()

    def _answer(self, result: SyncResult) -> None:
        with self._lock:
            wish, self._running = self._running, None
        if wish is not None:
            wish.answer.set_result(result)

    def _fail(self, problem: Exception) -> None:
        with self._lock:
            wish, self._running = self._running, None
        if wish is not None:
            wish.answer.set_exception(problem)
        self._schedule.compared(now=monotonic())
        self._schedule.is_current()
        # Perhaps it is the replica that cannot be read any more.
        self._is_check_wanted |= isinstance(problem, DatabaseError)

    def _want(self, wish: Wish) -> None:
        with self._lock:
            self._pending = self._pending or wish

    def _next_wish(self) -> Wish | None:
        with self._lock:
            wish, self._pending = self._pending, None
            self._running = wish
            return wish

    def _take_notice(self) -> Notice | None:
        with self._lock:
            notice, self._notice = self._notice, None
            return notice

    # Several workers.

    def _take_request(self) -> None:
        request = take_request(self._book, store_id=self.steps.store_id)
        if request is not None:
            self._want(
                Wish(
                    request.asked_by,
                    is_manual=True,
                    is_full=request.is_full,
                    takes_older=request.takes_older,
                    uuid=request.uuid,
                )
            )

    def _leave_to_the_holder(self) -> None:
        hint = Hint(
            store=self.steps.store_id,
            notice=self._take_notice(),
            is_outbox_kicked=self._is_outbox_kicked,
            is_report_wanted=self._is_report_wanted,
            is_check_wanted=self._is_check_wanted,
        )
        self._is_outbox_kicked = self._is_report_wanted = self._is_check_wanted = self._is_line_new = False
        if hint != Hint(store=hint.store):
            self._pass_on(hint)
        wish = self._next_wish()
        if wish is not None:
            self._ask_the_holder(wish)

    def _ask_the_holder(self, wish: Wish) -> None:
        asked = leave_request(
            self._book,
            store_id=self.steps.store_id,
            by=wish.by,
            is_full=wish.is_full,
            takes_older=wish.takes_older,
            now=self.steps.now(),
        )
        # A hint of nothing wakes the holder, who then finds the request.
        self._pass_on(Hint(store=self.steps.store_id))
        result = wait_for_answer(self._book, asked, is_stopping=lambda: self._is_stopping, wake=self._wake)
        self._answer(result)

    def _seconds_to_wait(self) -> float:
        until_next = self._schedule.seconds_until_next(monotonic())
        if self._is_outbox_kicked:
            until_next = min(until_next, max(self._uploads.until - monotonic(), 0.0))
        # A wish that is left over (a turn failed before it) must not wait for the next heartbeat.
        is_short = not self._is_alone or self._pending is not None
        return min(until_next, self._pace.lease_s) if is_short else until_next

    def _end(self) -> None:
        with self._lock:
            left = [wish for wish in (self._running, self._pending) if wish is not None]
            self._running = self._pending = None
        for wish in left:
            if not wish.answer.done():
                wish.answer.set_result(SyncResult(REFUSED, reason=STOPPED))
        try:
            self.steps.release_lease()
        except Exception as problem:
            log.warning("the lease was not released", store=self.steps.store_id, exc_info=problem)
