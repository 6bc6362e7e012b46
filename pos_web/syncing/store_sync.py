"""One store's side of the bridge, step by step: compare, sync, send, report. No threads, no waiting.

Invariants: whatever happens, the store goes on selling from a version that the office published; every
failure becomes a value (`SyncResult`) and a state that screens can show; screens are told after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

import structlog
from sqlalchemy.exc import DatabaseError

from pos_web.catalog.published import settings
from pos_web.database import new_uuid
from pos_web.owned.mirror import send_owned
from pos_web.syncing import history
from pos_web.syncing.apply import (
    DigestMismatch,
    FenceLost,
    Run,
    StaleBase,
    apply,
    read_applied,
    read_fence,
)
from pos_web.syncing.bridge_client import BridgeClient, BridgeError, MustRefetch, Refused
from pos_web.syncing.checkpoint import copy_log, put_off
from pos_web.syncing.disk_trouble import disk_trouble_of
from pos_web.syncing.lease import LASTS_S
from pos_web.syncing.mend import mend_if_lost, mend_if_torn, mend_if_unreadable
from pos_web.syncing.office_trouble import trouble_of
from pos_web.syncing.pull import Applied, Pulled, Verdict, judge, pull
from pos_web.syncing.rebuild import Health, rebuild, verify
from pos_web.syncing.report import node_report
from pos_web.syncing.store_lease import StoreLease
from pos_web.syncing.summary import Summary
from pos_web.syncing.sync_memory import Announce, SyncMemory
from pos_web.syncing.sync_result import (
    APPLIED,
    FAILED,
    OFFLINE,
    OLDER_OFFICE,
    REFUSED,
    REPLICA_DAMAGED,
    RUNNING,
    UP_TO_DATE,
    SyncResult,
    Unkept,
)
from pos_web.syncing.upload import is_about_content, send_waiting
from shared_web.database import Database
from shared_web.metrics import SYNC_SECONDS, SYNCS
from shared_web.pages_first import short_turns
from sync_contract.changes import Status, UnreadableStream
from sync_contract.records import UnreadableRecord

ATTEMPTS = 4
# Changed records: about the thousand pages that SQLite itself waits for.
COPIED_AFTER = 500
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
        lease_lasts_s: float = LASTS_S,
    ) -> None:
        self.store_id = store_id
        self._book = book
        self._replica = replica
        self._client = client
        self._clock = clock
        self._memory = SyncMemory(store_id, book=book, clock=clock, announce=announce)
        self.lease = StoreLease(
            store_id, book=book, clock=clock, owner=owner, is_alone=is_alone, lasts_s=lease_lasts_s
        )
        self._is_damaged = False
        # What the last sync left, made sure of while the next one waits for its answer; None: read it first.
        self._remembered: Applied | None = None
        self._uncopied = 0
        self._epoch = ""

    def begin(self) -> bool:
        """When the store becomes this worker's: mend what a crash or a hand left behind.

        True if the store needs a sync at once.
        """
        self.check_replica()
        # What another worker has told meanwhile stands in the book.
        self._memory.told_sequence = 0
        with self._replica.read() as replica, self._book.write() as book:
            history.complete_history(book, replica, store_id=self.store_id)
            self.lease.outgrow(book, above=read_fence(replica, store_id=self.store_id))
            book.commit()
        return self._is_damaged or self.applied().version == 0

    def forget_old_applies(self) -> None:
        with self._replica.write() as session:
            history.forget_old_applies(session, store_id=self.store_id)
            session.commit()

    def check_replica(self) -> None:
        """Compare the replica with its own digest; derive anew what is stale, remember what is damaged.

        A file that is gone or unreadable is begun anew. Only the office can mend damaged bytes: the next
        comparison leads to a full resync, and the screens say so until then.
        """
        health = self._health()
        self._is_damaged, self._remembered = health is Health.DAMAGED, None
        if self._is_damaged:
            log.error("the replica is damaged", store=self.store_id)
            self._memory.trouble(FAILED, REPLICA_DAMAGED)
        if health is Health.STALE:
            with self._replica.write() as session:
                rebuild(session, store_id=self.store_id)
                session.commit()

    def mend_if_lost(self) -> None:
        """Cheap enough for every heartbeat: is the replica there at all?"""
        if mend_if_lost(self._replica):
            self._is_damaged, self._remembered = True, None
            self._memory.trouble(FAILED, REPLICA_DAMAGED)

    def _health(self) -> Health:
        if mend_if_lost(self._replica) or mend_if_torn(self._replica):
            return Health.DAMAGED
        try:
            with self._replica.read() as session:
                return verify(session, store_id=self.store_id)
        except DatabaseError as problem:
            if not mend_if_unreadable(self._replica, problem):
                raise
            return Health.DAMAGED

    @property
    def unkept(self) -> Unkept | None:
        return self._memory.unkept

    def now(self) -> datetime:
        return self._clock()

    def applied(self) -> Applied:
        with self._replica.reading() as connection:
            return read_applied(connection, store_id=self.store_id)

    def compare(self, *, is_urgent: bool = False) -> Comparison:
        """Ask the office whether it has something new, and show it."""
        applied = self.applied()
        try:
            status = self._client.status(
                self.store_id, since=applied.version, corrections=self._memory.newest_correction()
            )
        except BridgeError as problem:
            trouble = trouble_of(problem)
            self._memory.trouble(trouble.outcome, trouble.reason)
            return Comparison(is_reachable=trouble.outcome != OFFLINE, trouble=trouble)
        self._memory.take_in(status, applied)
        # Only now: what waits again is sent oldest first when all of it waits.
        self._epoch = status.epoch
        is_behind = status.version > applied.version or _is_other_history(applied, status) or self._is_damaged
        if status.version < applied.version:
            is_behind = False
            self._memory.trouble(REFUSED, OLDER_OFFICE)
        is_at_once = (
            is_urgent or status.is_urgent or not is_behind or applied.version == 0 or self._is_damaged
        )
        wait_s = 0 if is_at_once else self._auto_sync_after_s()
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
        """Bring the replica to the office's newest version, tell the screens, and record the run."""
        started_at, started = self._clock(), perf_counter()
        run = Run(
            run_uuid or new_uuid(),
            by,
            is_manual,
            self.lease.fence,
            takes_older,
            is_request=run_uuid is not None,
        )
        with short_turns():
            is_full |= takes_older or self._is_damaged
            result, summary = self._try_to_sync(run, is_full=is_full)
        if not result.is_success and self._remembered is not None:
            kept = self._remembered.version
            result = replace(result, from_version=kept, to_version=kept)
        result = replace(result, duration_ms=round((perf_counter() - started) * 1000))
        if result.outcome == APPLIED:
            self._is_damaged = False
            self._uncopied += result.change_count
            # The tills sell from it now. Of the book's history they need nothing, and it may yet fail.
            self._memory.tell_applied(run, result, summary)
        self._memory.remember(history.record_run, run=run, result=result, started_at=started_at)
        self._count(result)
        return result

    def settle(self) -> None:
        """What syncs left to be done once their answers are given."""
        if self._uncopied >= COPIED_AFTER:
            copy_log(self._replica)
            self._uncopied = 0

    def _count(self, result: SyncResult) -> None:
        SYNCS.labels(self.store_id, result.outcome).inc()
        if result.outcome == APPLIED:
            SYNC_SECONDS.labels(self.store_id).observe(result.duration_ms / 1_000)

    def send(self) -> SyncResult | None:
        """Send what waits in the outbox; what kept it from going up, or None when all was answered."""
        if not self._epoch and (trouble := self.compare().trouble) is not None:
            return trouble
        try:
            send_waiting(
                self._book, self._client, store_id=self.store_id, epoch=self._epoch, clock=self._clock
            )
            self._send_owned()
        except BridgeError as problem:
            trouble = trouble_of(problem)
            self._memory.trouble(trouble.outcome, trouble.reason)
            return trouble
        return None

    def _send_owned(self) -> None:
        try:
            send_owned(self._book, self._client, store_id=self.store_id, epoch=self._epoch)
        except Refused as refusal:
            if not is_about_content(refusal):
                raise
            # An older office may not know what is in there; the pause after a failure is not for sales.
            log.error("store-owned things were refused", store=self.store_id, sentence=refusal.sentence)

    def report(self) -> bool:
        """Tell the office how the store and its tills stand. A lost report costs nothing: another comes.

        True when there are more syncs to tell of than one report holds.
        """
        told = self._memory.told_sequence
        with self._book.read() as book, self._replica.read() as replica:
            telling = node_report(book, replica, store_id=self.store_id, now=self._clock(), told=told)
        try:
            self._client.report(telling.report)
        except BridgeError:
            return False
        self._memory.told_sequence = telling.sequence
        return telling.has_more

    # Syncing.

    def _try_to_sync(self, run: Run, *, is_full: bool) -> tuple[SyncResult, Summary]:
        for _attempt in range(ATTEMPTS):
            try:
                return self._pull_and_apply(run, is_full=is_full)
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
                self._remembered = None
            except FenceLost:
                # Whoever took the store over is at it. We look again with the next turn.
                self.lease.lose()
                return SyncResult(RUNNING), Summary()
            except BridgeError as problem:
                return trouble_of(problem), Summary()
            except (OSError, DatabaseError) as problem:
                if (trouble := disk_trouble_of(problem)) is None:
                    raise
                return trouble, Summary()
        return SyncResult(FAILED, is_full=is_full), Summary()

    def _pull_and_apply(self, run: Run, *, is_full: bool) -> tuple[SyncResult, Summary]:
        make_sure = self._make_sure if self._remembered is not None else None
        applied = self._remembered = self._remembered or self.applied()
        base = Applied() if is_full else applied
        with pull(self._client, store_id=self.store_id, applied=base, meanwhile=make_sure) as pulled:
            to = pulled.trailer.to
            verdict = judge(applied, pulled.header, pulled.trailer)
            # Nothing at all is no older state: a till without a catalog cannot sell.
            if verdict is Verdict.OLDER and not (run.takes_older and to):
                return SyncResult(REFUSED, reason=OLDER_OFFICE), Summary()
            if verdict is Verdict.DAMAGED:
                raise UnreadableStream("the stream contradicts itself")
            if verdict is Verdict.EQUAL and (to == 0 or not is_full):
                same = applied.version
                return SyncResult(UP_TO_DATE, same, same, byte_count=pulled.byte_count), Summary()
            summary = self._apply(applied, pulled, run)
            self._remembered = Applied(to, pulled.header.epoch, pulled.trailer.digest)
            result = SyncResult(
                APPLIED,
                applied.version,
                to,
                counts=summary.counts,
                change_count=summary.change_count,
                byte_count=pulled.byte_count,
                is_full=pulled.header.is_full,
            )
            return result, summary

    def _make_sure(self) -> None:
        if self.applied() != self._remembered:
            raise StaleBase

    def _apply(self, applied: Applied, pulled: Pulled, run: Run) -> Summary:
        with self._replica.writing() as connection:
            put_off(connection)
            summary = apply(
                connection, store_id=self.store_id, base=applied, pulled=pulled, run=run, now=self._clock()
            )
            with self._book.reading() as book:
                if not self.lease.is_newest(book, fence=run.fence):
                    raise FenceLost
            connection.commit()
        return summary

    def _auto_sync_after_s(self) -> int:
        with self._replica.read() as session:
            return settings(session, store_id=self.store_id).auto_sync_after_s

    def _is_office_older(self) -> bool:
        applied = self.applied()
        try:
            return self._client.status(self.store_id, since=applied.version).version < applied.version
        except BridgeError:
            # Not known: the next attempt meets the same trouble, and tells it.
            return False


def _is_other_history(applied: Applied, status: Status) -> bool:
    if not applied.version:
        return False
    is_same_version = status.version == applied.version
    # An older release tells no digest.
    has_other_set = is_same_version and bool(status.digest) and status.digest != applied.digest
    return has_other_set or status.epoch != applied.epoch
