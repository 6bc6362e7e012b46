"""One store's side of the bridge, step by step: compare, sync, send, report. No threads, no waiting.

Invariants: whatever happens, the store goes on selling from a version that the office published; every
failure becomes a value (`SyncResult`) and a state that screens can show; screens are told after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any

import structlog
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pos_web.catalog.replica import ReplicaRecord
from pos_web.database import new_uuid
from pos_web.owned.commands import carry_out
from pos_web.owned.mirror import heed_mark, send_owned
from pos_web.owned.record import OwnedState
from pos_web.syncing import history, lease, outbox
from pos_web.syncing.apply import DigestMismatch, FenceLost, Run, StaleBase, apply, read_applied
from pos_web.syncing.bridge_client import BridgeClient, BridgeError, MustRefetch, Offline, Refused
from pos_web.syncing.mend import begin_anew_if_broken, mend_if_lost
from pos_web.syncing.pull import Applied, Pulled, Verdict, judge, pull
from pos_web.syncing.rebuild import Health, rebuild, verify
from pos_web.syncing.report import node_report
from pos_web.syncing.served import heed_receipt_marks, update_terminals
from pos_web.syncing.summary import Summary
from pos_web.syncing.sync_result import (
    APPLIED,
    FAILED,
    NOT_PAIRED,
    NOT_PAIRED_YET,
    OFFICE_ERROR,
    OFFLINE,
    OLDER_OFFICE,
    REFUSED,
    REPLICA_DAMAGED,
    REVOKED,
    RUNNING,
    UNKNOWN_STORE,
    UP_TO_DATE,
    SyncResult,
)
from pos_web.syncing.sync_run import SyncState
from pos_web.syncing.upload import send_waiting
from pos_web.time_clock.corrections import heed_corrections, newest_correction
from shared_web.database import Database
from shared_web.metrics import SYNC_SECONDS, SYNCS
from shared_web.pages_first import short_turns
from sync_contract.changes import Status, UnreadableStream
from sync_contract.owned import SOLD_OUT, TERMINAL_SETTINGS
from sync_contract.records import StoreSettings, UnreadableRecord, decode

# What the store's screens hear when a store-owned thing changed, by kind.
OWNED_EVENTS = {SOLD_OUT: "pos:sold-out", TERMINAL_SETTINGS: "pos:settings"}
Announce = Callable[[str, str, dict[str, Any]], None]
ATTEMPTS = 4
# Told syncs that are remembered before all recent ones are told once more; the office keeps each once.
MOST_REMEMBERED = 1_000
log = structlog.get_logger("evertill.syncing")


@dataclass(frozen=True)
class Comparison:
    """What a comparison of versions told. `wait_s`: how long an automatic sync should wait.

    `trouble`: why it told nothing; `is_reachable`: somebody answered, be it with a no.
    """

    is_reachable: bool
    is_behind: bool = False
    version: int = 0
    wait_s: float = 0
    trouble: SyncResult | None = None


class StoreSync:
    """`announce(store_id, event, payload)` tells the store's screens; `owner` names this worker."""

    def __init__(
        self,
        store_id: str,
        *,
        book: Database,
        replica: Database,
        client: BridgeClient,
        clock: Callable[[], datetime],
        announce: Announce,
        owner: str = "",
        is_alone: bool = True,
    ) -> None:
        self.store_id = store_id
        self._book = book
        self._replica = replica
        self._client = client
        self._clock = clock
        self._announce = announce
        self._owner = owner or new_uuid()
        self._is_alone = is_alone
        self._fence = 0
        self._is_damaged = False
        self._epoch = ""
        self._told_syncs: frozenset[str] = frozenset()

    def hold_lease(self) -> bool:
        """Take or keep the store for this worker; False while another one has it."""
        if self._is_alone and self._fence:
            return True
        self._fence = self._take_lease()
        return bool(self._fence)

    @property
    def is_holder(self) -> bool:
        """Had this worker the store when it last asked?"""
        return bool(self._fence)

    def _take_lease(self) -> int:
        with self._book.write() as session:
            fence = lease.take(
                session,
                store_id=self.store_id,
                owner=self._owner,
                now=self._clock(),
                is_alone=self._is_alone,
            )
            session.commit()
        return fence or 0

    def _kept_lease(self) -> AbstractContextManager[None]:
        return nullcontext() if self._is_alone else lease.kept(self._take_lease)

    def release_lease(self) -> None:
        with self._book.write() as session:
            lease.release(session, store_id=self.store_id, owner=self._owner, now=self._clock())
            session.commit()
        self._fence = 0

    def begin(self) -> bool:
        """After a start: mend what a crash or a hand left behind. True if the store needs a sync at once."""
        self.check_replica()
        with self._replica.read() as replica, self._book.write() as book:
            history.complete_history(book, replica, store_id=self.store_id)
            book.commit()
        return self._is_damaged or self.applied().version == 0

    def check_replica(self) -> None:
        """Compare the replica with its own digest; derive anew what is stale, remember what is damaged.

        A file that is gone or unreadable is begun anew. Only the office can mend damaged bytes: the next
        comparison leads to a full resync, and the screens say so until then.
        """
        health = self._health()
        self._is_damaged = health is Health.DAMAGED
        if self._is_damaged:
            log.error("the replica is damaged", store=self.store_id)
            self._remember(history.record_trouble, outcome=FAILED, reason=REPLICA_DAMAGED)
        if health is Health.STALE:
            with self._replica.write() as session:
                rebuild(session, store_id=self.store_id)
                session.commit()

    def mend_if_lost(self) -> None:
        """Cheap enough for every heartbeat: is the replica there at all?"""
        if mend_if_lost(self._replica):
            self._is_damaged = True
            self._remember(history.record_trouble, outcome=FAILED, reason=REPLICA_DAMAGED)

    def _health(self) -> Health:
        if mend_if_lost(self._replica):
            return Health.DAMAGED
        try:
            with self._replica.read() as session:
                return verify(session, store_id=self.store_id)
        except DatabaseError as problem:
            # Some page in the middle cannot be read.
            if begin_anew_if_broken(self._replica, problem):
                return Health.DAMAGED
            raise

    def now(self) -> datetime:
        return self._clock()

    def applied(self) -> Applied:
        with self._replica.read() as session:
            return read_applied(session, store_id=self.store_id)

    def compare(self, *, is_urgent: bool = False) -> Comparison:
        """Ask the office whether it has something new, and show it."""
        applied = self.applied()
        try:
            status = self._client.status(
                self.store_id, since=applied.version, corrections=self._newest_correction()
            )
        except BridgeError as problem:
            trouble = _result_of(problem)
            self._remember(history.record_trouble, outcome=trouble.outcome, reason=trouble.reason)
            return Comparison(is_reachable=trouble.outcome != OFFLINE, trouble=trouble)
        self._take_in(status, applied)
        is_behind = status.version > applied.version or _is_other_history(applied, status) or self._is_damaged
        if status.version < applied.version:
            is_behind = False
            self._remember(history.record_trouble, outcome=REFUSED, reason=OLDER_OFFICE)
        is_at_once = (
            is_urgent or status.is_urgent or not is_behind or applied.version == 0 or self._is_damaged
        )
        wait_s = 0 if is_at_once else self._settings().auto_sync_after_s
        return Comparison(True, is_behind, status.version, wait_s)

    def sync(
        self,
        *,
        by: str,
        is_manual: bool,
        is_full: bool = False,
        takes_older: bool = False,
        run_uuid: str | None = None,
    ) -> SyncResult:
        """Bring the replica to the office's newest version, record the run, and tell the screens."""
        started_at, started = self._clock(), perf_counter()
        run = Run(run_uuid or new_uuid(), by, is_manual, self._fence, takes_older)
        before = self.applied()
        with short_turns(), self._kept_lease():
            is_full |= takes_older or self._is_damaged
            result, summary = self._try_to_sync(run, before, is_full=is_full)
        result = replace(
            result,
            from_version=before.version,
            to_version=result.to_version or before.version,
            duration_ms=round((perf_counter() - started) * 1000),
        )
        if result.outcome == APPLIED:
            self._is_damaged = False
        self._remember(history.record_run, run=run, result=result, started_at=started_at)
        self._count(result)
        if result.outcome == APPLIED:
            self._tell_applied(run, result, summary)
        return result

    def _count(self, result: SyncResult) -> None:
        SYNCS.labels(self.store_id, result.outcome).inc()
        if result.outcome == APPLIED:
            SYNC_SECONDS.labels(self.store_id).observe(result.duration_ms / 1_000)

    def send(self) -> SyncResult | None:
        """Send what waits in the outbox; what kept it from going up, or None when all was answered."""
        if not self._epoch and (trouble := self.compare().trouble) is not None:
            return trouble
        try:
            with self._kept_lease():
                send_waiting(
                    self._book, self._client, store_id=self.store_id, epoch=self._epoch, clock=self._clock
                )
                send_owned(self._book, self._client, store_id=self.store_id, epoch=self._epoch)
        except BridgeError as problem:
            trouble = _result_of(problem)
            self._remember(history.record_trouble, outcome=trouble.outcome, reason=trouble.reason)
            return trouble
        return None

    def report(self) -> None:
        """Tell the office how the store and its tills stand. A lost report costs nothing: another comes."""
        with self._book.read() as book, self._replica.read() as replica:
            report = node_report(
                book, replica, store_id=self.store_id, now=self._clock(), told=self._told_syncs
            )
        try:
            self._client.report(report)
        except BridgeError:
            return
        told = self._told_syncs | {sync.uuid for sync in report.syncs}
        self._told_syncs = told if len(told) < MOST_REMEMBERED else frozenset()

    # Syncing.

    def _try_to_sync(self, run: Run, applied: Applied, *, is_full: bool) -> tuple[SyncResult, Summary]:
        for attempt in range(ATTEMPTS):
            try:
                return self._pull_and_apply(run, self.applied() if attempt else applied, is_full=is_full)
            except MustRefetch:
                if not run.takes_older and self._is_office_older():
                    return SyncResult(REFUSED, reason=OLDER_OFFICE), Summary()
                is_full = True
            except (DigestMismatch, UnreadableStream, UnreadableRecord) as problem:
                # One full resync may mend it; if that differs too, the old version is kept.
                if is_full:
                    return SyncResult(FAILED, is_full=True, reason=str(problem)[:300]), Summary()
                is_full = True
            except StaleBase:
                continue
            except FenceLost:
                # The worker that took the store over is at it.
                return SyncResult(RUNNING), Summary()
            except BridgeError as problem:
                return _result_of(problem), Summary()
        return SyncResult(FAILED, is_full=is_full), Summary()

    def _pull_and_apply(self, run: Run, applied: Applied, *, is_full: bool) -> tuple[SyncResult, Summary]:
        base = Applied() if is_full else applied
        with pull(self._client, store_id=self.store_id, applied=base) as pulled:
            to = pulled.trailer.to
            verdict = judge(applied, pulled.header, pulled.trailer)
            # Nothing at all is no older state: a till without a catalog cannot sell.
            if verdict is Verdict.OLDER and not (run.takes_older and to):
                return SyncResult(REFUSED, reason=OLDER_OFFICE), Summary()
            if verdict is Verdict.DAMAGED:
                raise UnreadableStream("the stream contradicts itself")
            if verdict is Verdict.EQUAL and (to == 0 or not is_full):
                return SyncResult(UP_TO_DATE, byte_count=pulled.byte_count), Summary()
            summary = self._apply(applied, pulled, run)
            result = SyncResult(
                APPLIED,
                to_version=to,
                counts=summary.counts,
                change_count=summary.change_count,
                byte_count=pulled.byte_count,
                is_full=pulled.header.is_full,
            )
            return result, summary

    def _apply(self, applied: Applied, pulled: Pulled, run: Run) -> Summary:
        with self._replica.write() as session:
            summary = apply(
                session, store_id=self.store_id, base=applied, pulled=pulled, run=run, now=self._clock()
            )
            with self._book.read() as book:
                if not lease.is_held(book, store_id=self.store_id, owner=self._owner, fence=run.fence):
                    raise FenceLost
            session.commit()
        return summary

    def _is_office_older(self) -> bool:
        applied = self.applied()
        return self._client.status(self.store_id, since=applied.version).version < applied.version

    def _tell_applied(self, run: Run, result: SyncResult, summary: Summary) -> None:
        authors = list(dict.fromkeys(note.by for note in summary.publications))
        self._announce(
            self.store_id,
            "pos:applied",
            {
                "version": result.to_version,
                "count": result.change_count,
                "by": authors,
                "is_manual": run.is_manual,
            },
        )

    # What the office says.

    def _take_in(self, status: Status, applied: Applied) -> None:
        self._epoch = status.epoch
        self._remember(self._heed, status=status, applied=applied)
        self._obey(status)

    def _obey(self, status: Status) -> None:
        """Carry out the office's commands, in a transaction of their own, and show it."""
        with self._book.read() as session:
            state = session.get(OwnedState, self.store_id)
        if not status.commands and status.owned_revision <= (state.revision if state is not None else 0):
            return
        with self._book.write() as session:
            heed_mark(session, store_id=self.store_id, mark=status.owned_revision)
            changed = carry_out(session, store_id=self.store_id, commands=status.commands, now=self._clock())
            session.commit()
        for kind in sorted(changed):
            self._announce(self.store_id, OWNED_EVENTS[kind], {})

    def _heed(
        self, session: Session, *, state: SyncState, status: Status, applied: Applied, now: datetime
    ) -> None:
        if status.terminals:
            update_terminals(session, store_id=self.store_id, terminals=status.terminals)
        heed_receipt_marks(session, store_id=self.store_id, marks=status.receipt_marks)
        # Only another office than last time: looking through all that was ever sent takes long.
        if state.epoch != status.epoch:
            outbox.offer_again(session, store_id=self.store_id, epoch=status.epoch)
        heed_corrections(session, store_id=self.store_id, corrections=status.corrections)
        history.record_status(session, state=state, status=status, applied=applied.version, now=now)

    def _newest_correction(self) -> int:
        with self._book.read() as session:
            return newest_correction(session, store_id=self.store_id)

    def _remember(self, record: Callable[..., None], **what: Any) -> None:
        """Write to the state, and tell the screens when they would show something else."""
        with self._book.write() as session:
            state = history.state_of(session, store_id=self.store_id)
            before = history.shown(state)
            record(session, state=state, now=self._clock(), **what)
            after = history.shown(state)
            payload = {
                "version": state.waiting_version,
                "count": state.waiting_count,
                "by": list(state.waiting_authors),
            }
            session.commit()
        if after == before:
            return
        is_waiting = bool(after.waiting_version) and after.is_reachable
        self._announce(self.store_id, "pos:notice" if is_waiting else "pos:state", payload)

    # The replica.

    def _settings(self) -> StoreSettings:
        with self._replica.read() as session:
            return _read_settings(session, self.store_id)


def _read_settings(session: Session, store_id: str) -> StoreSettings:
    record = session.get(ReplicaRecord, (store_id, "store_settings", store_id))
    if record is None:
        return StoreSettings()
    settings: StoreSettings = decode("store_settings", record.body)
    return settings


def _is_other_history(applied: Applied, status: Status) -> bool:
    return applied.version > 0 and status.epoch != applied.epoch


def _result_of(problem: BridgeError) -> SyncResult:
    if isinstance(problem, Offline):
        return SyncResult(OFFLINE, reason=str(problem)[:300], retry_after_s=problem.retry_after_s)
    reason = OFFICE_ERROR
    if isinstance(problem, Refused):
        words = {"revoked-node": REVOKED, NOT_PAIRED_YET: NOT_PAIRED_YET}
        known = {401: NOT_PAIRED, 403: NOT_PAIRED, 404: UNKNOWN_STORE}
        is_trouble = problem.status >= 500 or problem.status == 429
        otherwise = OFFICE_ERROR if is_trouble else problem.sentence
        reason = words.get(problem.error) or known.get(problem.status, otherwise)
    return SyncResult(REFUSED, reason=reason, retry_after_s=problem.retry_after_s)
