"""What a store's book keeps of its office and its syncs, and what its screens hear of them.

Invariants: each thing is kept in one transaction; screens are told after the commit, and only when they
would show something else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pos_web.owned.commands import carry_out
from pos_web.owned.mirror import heed_mark
from pos_web.owned.record import OwnedState
from pos_web.syncing import history, outbox
from pos_web.syncing.apply import Run
from pos_web.syncing.disk_trouble import disk_trouble_of
from pos_web.syncing.other_copy import lacks_receipts
from pos_web.syncing.pull import Applied
from pos_web.syncing.served import TERMINALS_ENDED, heed_receipt_marks, update_terminals
from pos_web.syncing.summary import Summary
from pos_web.syncing.sync_result import OLDER_OFFICE, Outcome, SyncResult, Unkept
from pos_web.syncing.sync_run import SyncState
from pos_web.time_clock.corrections import heed_corrections, newest_correction
from shared_web.database import Database
from sync_contract.changes import Status
from sync_contract.owned import SOLD_OUT, TERMINAL_SETTINGS
from sync_contract.records import URGENT_KINDS

# What the store's screens hear when a store-owned thing changed, by kind.
OWNED_EVENTS = {SOLD_OUT: "pos:sold-out", TERMINAL_SETTINGS: "pos:settings"}
Announce = Callable[[str, str, dict[str, Any]], None]
log = structlog.get_logger("evertill.syncing")


class SyncMemory:
    """`announce(store_id, event, payload)` tells the store's screens."""

    def __init__(
        self, store_id: str, *, book: Database, clock: Callable[[], datetime], announce: Announce
    ) -> None:
        self.store_id = store_id
        self._book = book
        self._clock = clock
        self._announce = announce
        self.unkept: Unkept | None = None
        # The sequence of the last run that the office has been told of. The book gets it with whatever is
        # kept next: after a crash the office is told once more, and keeps each run once.
        self.told_sequence = 0
        # The marks for which everything was offered again already: once is enough, whatever comes of it.
        self._offered_for: dict[str, int] | None = None

    def take_in(self, status: Status, applied: Applied) -> None:
        """Keep what the office answered to a comparison of versions, and carry out its commands."""
        self._offer_again_if_lost(status, applied)
        ended: list[str] = []
        self.remember(self._heed, status=status, applied=applied, ended=ended)
        if ended:
            self._announce(self.store_id, TERMINALS_ENDED, {"terminals": ended})
        self._obey(status)

    def _offer_again_if_lost(self, status: Status, applied: Applied) -> None:
        """Another office than last time gets again what it may lack, before its epoch is kept.

        Only then: looking through all that was ever sent takes long. Should we be broken off, the next
        comparison finds another epoch still, or none, and goes on.
        """
        with self._book.read() as session:
            state = session.get(SyncState, self.store_id)
            known = state.epoch if state is not None else ""
            is_other_copy = known == status.epoch and self._is_other_copy(session, state, status, applied)
        if known == status.epoch and not is_other_copy:
            return
        if is_other_copy:
            log.warning("the office is another copy of itself", store=self.store_id, version=status.version)
            known = ""
        self.remember(_doubt, epoch=known)
        outbox.offer_again(self._book, store_id=self.store_id, epoch=status.epoch if known else "")
        self._offered_for = status.receipt_marks

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
        self,
        connection: Connection,
        *,
        state: SyncState,
        status: Status,
        applied: Applied,
        ended: list[str],
        now: datetime,
    ) -> None:
        """Adds to `ended` the terminals whose browsers have to go."""
        with Session(connection) as session:
            ended += update_terminals(session, store_id=self.store_id, terminals=status.terminals)
            heed_receipt_marks(session, store_id=self.store_id, marks=status.receipt_marks, now=now)
            heed_corrections(session, store_id=self.store_id, corrections=status.corrections)
            session.flush()
        history.record_status(state=state, status=status, applied=applied.version, now=now)

    def _is_other_copy(
        self, session: Session, state: SyncState | None, status: Status, applied: Applied
    ) -> bool:
        """The same epoch, and yet it went back in time, or came forward again, since the last comparison."""
        was_older = state is not None and state.failed_reason == OLDER_OFFICE
        is_older = status.version < applied.version
        marks = status.receipt_marks
        return was_older != is_older or (
            marks != self._offered_for and lacks_receipts(session, store_id=self.store_id, marks=marks)
        )

    def newest_correction(self) -> int:
        """The revision of the newest corrected shift that the store has."""
        with self._book.read() as session:
            return newest_correction(session, store_id=self.store_id)

    def trouble(self, outcome: Outcome, reason: str) -> None:
        """Keep that the office did not answer, or said no."""
        self.remember(history.record_trouble, outcome=outcome, reason=reason)

    def remember(self, record: Callable[..., None], **what: Any) -> None:
        """Write to the state, and tell the screens when they would show something else."""
        try:
            with self._book.writing() as connection:
                with history.kept_state(connection, store_id=self.store_id) as state:
                    before = history.shown(state)
                    state.told_sequence = max(state.told_sequence, self.told_sequence)
                    record(connection, state=state, now=self._clock(), **what)
                connection.commit()
        except DatabaseError as problem:
            self._note_unkept(disk_trouble_of(problem))
            raise
        self.told_sequence = state.told_sequence
        was_unkept, self.unkept = self.unkept, None
        after = history.shown(state)
        if after == before and not was_unkept:
            return
        payload = {
            "version": state.waiting_version,
            "count": state.waiting_count,
            "by": list(state.waiting_authors),
        }
        is_waiting = bool(after.waiting_version) and after.is_reachable
        self._announce(self.store_id, "pos:notice" if is_waiting else "pos:state", payload)

    def _note_unkept(self, trouble: SyncResult | None) -> None:
        if trouble is None or (self.unkept is not None and self.unkept.result == trouble):
            return
        self.unkept = Unkept(trouble, self._clock())
        self._announce(self.store_id, "pos:state", {"version": 0, "count": 0, "by": []})

    def tell_applied(self, run: Run, result: SyncResult, summary: Summary) -> None:
        """Tell the screens that they may show another version."""
        authors = list(dict.fromkeys(note.by for note in summary.publications))
        self._announce(
            self.store_id,
            "pos:applied",
            {
                "version": result.to_version,
                "count": result.change_count,
                "by": authors,
                "is_manual": run.is_manual,
                # Then somebody may have to leave the tills.
                "has_people": not URGENT_KINDS.isdisjoint(summary.counts),
            },
        )


def _doubt(_connection: Connection, *, state: SyncState, epoch: str, now: datetime) -> None:
    """What the office was told may be lost; without an `epoch`, also what it acknowledged in this one."""
    history.tell_again(state)
    state.epoch = epoch
