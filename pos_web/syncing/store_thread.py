"""The thread that keeps one store in step: it alone talks to the office about that store.

Invariants: callers only leave a wish (`wishes.py`) and, if they want, wait for its answer; a step of a turn
that fails is logged, holds up no other step and comes again after a pause; stopping answers all who wait.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from time import monotonic
from typing import Any

import structlog
from msgspec import structs
from sqlalchemy.exc import DatabaseError

from pos_web.syncing.inbox import Hint, Inbox
from pos_web.syncing.requests import forget_request, leave_request, take_request, wait_for_answer
from pos_web.syncing.schedule import Pace, Schedule
from pos_web.syncing.store_sync import StoreSync
from pos_web.syncing.sync_result import OFFLINE, REFUSED, STOPPED, SyncResult, Unkept
from pos_web.syncing.wishes import Wish, Wishes
from shared_web.database import Database
from sync_contract.notice import Notice
from sync_contract.records import UnreadableRecord

# Who starts a sync that nobody asked for.
START, AUTO = "start", "auto"
log = structlog.get_logger("evertill.syncing")


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
        self._is_holder = False
        self._is_listening = is_listening
        self._is_line_new = False
        self._schedule = Schedule(pace, now=monotonic())
        # Uploads pause on their own: an office that cannot take a sale in may well have an update.
        self._uploads = self._schedule.new_backoff()
        self._is_office_well = True
        self._wishes = Wishes()
        self._inbox = Inbox(steps.store_id)
        # What is to be looked after in this turn, as far as the turn has not come to it.
        self._todo = self._inbox.take()
        self._newest = 0
        self._is_stopping = False
        self._has_begun = False
        self._paused_until = 0.0
        self._failed_request = ""
        self._thread = Thread(target=self._run, name=f"sync-{steps.store_id[:8]}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._is_stopping = True
        self._inbox.wake.set()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    @property
    def is_syncing(self) -> bool:
        return self._wishes.is_running

    @property
    def unkept(self) -> Unkept | None:
        return self.steps.unkept

    def ask(
        self, *, by: str, is_manual: bool, is_full: bool, takes_older: bool = False
    ) -> Future[SyncResult]:
        """The answer of a sync that begins from now on; who comes before it begins shares it."""
        answer = self._wishes.ask(by=by, is_manual=is_manual, is_full=is_full, takes_older=takes_older)
        self._inbox.wake.set()
        return answer

    def notice(self, notice: Notice) -> None:
        self._put(notice=notice)

    def line_changed(self, *, is_listening: bool) -> None:
        """The line to the office was cut, or stands again: compare versions now, and so find out."""
        self._is_listening = is_listening
        self._is_line_new = True
        self._inbox.wake.set()

    def kick_outbox(self) -> None:
        self._put(is_outbox_kicked=True)

    def check_replica_soon(self) -> None:
        """Something that was read looked wrong: compare the replica with its digest now."""
        self._put(is_check_wanted=True)

    def report_soon(self) -> None:
        """Tell the office what the tills show, once for all that came meanwhile."""
        self._put(is_report_wanted=True)

    def hear(self, hint: Hint) -> None:
        """What came to a worker that does not hold the store. Ours only if we do: nobody passes on twice."""
        if self.steps.lease.is_held:
            self._inbox.put(hint)

    def _put(self, **news: Any) -> None:
        self._inbox.put(Hint(store=self.steps.store_id, **news))

    # The thread.

    def _run(self) -> None:
        while not self._is_stopping:
            self._try(self._turn)
            self._inbox.wake.wait(self._seconds_to_wait())
            self._inbox.wake.clear()
        self._end()

    def _turn(self) -> None:
        self._todo = self._todo.joined(self._inbox.take())
        if not self._hold_store():
            self._leave_to_the_holder()
            self._schedule.compared(now=monotonic())
            return
        with self.steps.lease.kept():
            for step in (
                self._begin,
                self._take_request,
                self._check_if_due,
                self._compare_if_due,
                self._send_if_kicked,
                self._report_if_wanted,
                self._sync_if_due,
            ):
                # Each for itself: a catalog that cannot be read holds up no sale on its way to the office.
                self._try(step)
                # Whoever pressed meanwhile waits for no more than one step.
                self._try(self._sync_if_wanted)

    def _hold_store(self) -> bool:
        # A store that was lost in between is a new one for us.
        was_holder = self._is_holder and self.steps.lease.is_held
        self._is_holder = self.steps.lease.hold()
        if self._is_holder and not was_holder:
            # Whoever had the store before us may have left something undone.
            self._is_line_new, self._has_begun = True, False
        return self._is_holder

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as problem:
            log.error("a sync turn failed", store=self.steps.store_id, step=step.__name__, exc_info=problem)
            self._fail(problem, step)

    def _fail(self, problem: Exception, step: Callable[[], None]) -> None:
        # Not at once again, whatever is due: a database that is away refuses within a millisecond.
        self._paused_until = monotonic() + self._pace.retry_first_s
        if isinstance(problem, DatabaseError | UnreadableRecord) and step != self._check_if_due:
            # Perhaps it is the replica that cannot be read any more.
            self._do_later(is_check_wanted=True)
        wish = self._wishes.fail(problem)
        if wish is not None and wish.request is not None:
            self._failed_request = wish.request
            self._try(self._forget_failed_request)

    def _forget_failed_request(self) -> None:
        forget_request(self._book, self._failed_request)

    def _do_later(self, **what: Any) -> None:
        self._todo = structs.replace(self._todo, **what)

    def _begin(self) -> None:
        if self._has_begun:
            return
        if self.steps.begin():
            self._wishes.want(Wish(START, is_manual=False))
        self._has_begun = True
        self.steps.forget_old_applies()

    def _sync_if_wanted(self) -> None:
        if (wish := self._wishes.next()) is not None:
            self._fulfil(wish)

    def _fulfil(self, wish: Wish) -> None:
        result = self.steps.sync(
            by=wish.by,
            is_manual=wish.is_manual,
            is_full=wish.is_full,
            takes_older=wish.takes_older,
            run_uuid=wish.request,
        )
        went_for = max(self._newest, result.to_version + 1)
        self._schedule.synced(result, version=went_for, now=monotonic())
        if result.is_success and wish.is_manual:
            # The office answers somebody who pressed: what waits goes up now, too.
            self._uploads.succeeded()
        if result.is_success:
            self._do_later(is_outbox_kicked=True)
        # Whoever waits gets the answer first; the report is for the office, and one that is away gets none.
        self._wishes.answer(result)
        self.steps.settle()
        if result.outcome != OFFLINE:
            self._report()

    def _check_if_due(self) -> None:
        if not self._todo.is_check_wanted and self._schedule.verify_at > monotonic():
            return
        self._do_later(is_check_wanted=False)
        self._schedule.verified(now=monotonic())
        self.steps.check_replica()
        # What is damaged is mended by a sync, and only a comparison leads to one.
        self._schedule.compare_at = monotonic()

    def _compare_if_due(self) -> None:
        if self._is_line_new:
            self._is_line_new = False
            self._schedule.line_is_new(now=monotonic())
            self._uploads.line_is_new()
        if not self._schedule.may_ask(monotonic()):
            return
        notice = self._todo.notice
        if notice is not None or self._schedule.is_comparison_due(monotonic()):
            self._do_later(notice=None)
            self._compare(notice)

    def _compare(self, notice: Notice | None) -> None:
        self.steps.mend_if_lost()
        applied = self.steps.applied().version
        # An urgent one may be about something else than a version: a correction, or "Sync now".
        if notice is not None and notice.version <= applied and not notice.urgent:
            return
        # Should it fail, the next one is a heartbeat away.
        self._schedule.compared(now=monotonic())
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
        # The office sees that the store knows of it. A sync that comes at once tells more than that.
        is_told = notice is not None and not found.wait_s
        self._do_later(is_outbox_kicked=True, is_report_wanted=self._todo.is_report_wanted or not is_told)

    def _send_if_kicked(self) -> None:
        if not self._todo.is_outbox_kicked or self._uploads.until > monotonic():
            return
        self._do_later(is_outbox_kicked=False)
        trouble = self.steps.send()
        if trouble is None:
            self._uploads.succeeded()
        else:
            self._uploads.failed(now=monotonic(), retry_after_s=trouble.retry_after_s)
            self._do_later(is_outbox_kicked=True)

    def _report_if_wanted(self) -> None:
        if self._todo.is_report_wanted:
            self._do_later(is_report_wanted=False)
            self._report()

    def _report(self) -> None:
        if self.steps.report():
            self.report_soon()

    def _sync_if_due(self) -> None:
        if self._schedule.is_sync_due(monotonic()):
            self._schedule.sync_begins()
            self._wishes.want(Wish(AUTO, is_manual=False))

    # Several workers.

    def _take_request(self) -> None:
        if self._is_alone or (request := take_request(self._book, store_id=self.steps.store_id)) is None:
            return
        self._wishes.want(
            Wish(
                request.asked_by,
                is_manual=True,
                is_full=request.is_full,
                takes_older=request.takes_older,
                request=request.uuid,
            )
        )
        # There may be more of them, and each gets an answer of its own.
        self._inbox.wake.set()

    def _leave_to_the_holder(self) -> None:
        self._is_line_new = False
        self._pass_on_what_came()
        if (wish := self._wishes.next()) is not None:
            self._ask_the_holder(wish)

    def _pass_on_what_came(self) -> None:
        hint, self._todo = self._todo.joined(self._inbox.take()), Hint(store=self.steps.store_id)
        if hint != self._todo:
            self._pass_on(hint)

    def _is_waiting_over(self) -> bool:
        """Asked again and again while another worker syncs for us."""
        if self._is_stopping or self._hold_store():
            return True
        # Perhaps nobody but us hears the office: what it says meanwhile is not kept from the holder.
        self._pass_on_what_came()
        return False

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
        result = wait_for_answer(self._book, asked, is_over=self._is_waiting_over, wake=self._inbox.wake)
        # What came while we waited is looked at now.
        self._inbox.wake.set()
        if result is not None:
            self._wishes.answer(result)
        elif not self._is_stopping:
            # The holder died, the store is ours now, and so is what we asked for.
            wish.request = asked.uuid
            with self.steps.lease.kept():
                self._begin()
                self._fulfil(wish)

    def _seconds_to_wait(self) -> float:
        now = monotonic()
        until_next = self._schedule.seconds_until_next(now)
        if self._todo.is_outbox_kicked:
            until_next = min(until_next, max(self._uploads.until - now, 0.0))
        # A wish that is left over (a turn failed before it) must not wait for the next heartbeat.
        if not self._is_alone or self._wishes.is_pending:
            until_next = min(until_next, self._pace.lease_s)
        return max(until_next, self._paused_until - now)

    def _end(self) -> None:
        self._wishes.close(SyncResult(REFUSED, reason=STOPPED))
        try:
            self.steps.lease.release()
        except Exception as problem:
            log.warning("the lease was not released", store=self.steps.store_id, exc_info=problem)
