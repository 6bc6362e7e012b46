"""Takes in what a store sends of its own things, and its answers to commands.

Invariants: an older set than the mirror shows changes nothing; the same set twice changes nothing; a
command that was withdrawn too late counts as what the store says.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.owned.mirror import OwnedMirror, OwnedMirrorState, StoreCommand
from sync_contract.owned import CommandAnswer, OwnedRecord, OwnedSet, is_moment


def take_in(session: Session, *, owned: OwnedSet, now: datetime) -> None:
    """Make the mirror show the set; the caller commits."""
    state = session.get(OwnedMirrorState, owned.store, with_for_update=True)
    if state is None:
        state = OwnedMirrorState(store_id=owned.store, revision=0, told_at=now)
        session.add(state)
    if owned.revision > state.revision:
        state.revision = owned.revision
        _replace(session, owned, now)
    state.told_at = now
    for answer in owned.answers:
        _note_answer(session, owned.store, answer, now)
    session.flush()


def _replace(session: Session, owned: OwnedSet, now: datetime) -> None:
    known = {
        (row.kind, row.key): row
        for row in session.scalars(select(OwnedMirror).where(OwnedMirror.store_id == owned.store))
    }
    for record in owned.records:
        row = known.pop((record.kind, record.key), None)
        if row is None:
            row = OwnedMirror(store_id=owned.store, kind=record.kind, key=record.key)
            session.add(row)
        _fill(row, record, now)
    for gone in known.values():
        session.delete(gone)


def _fill(row: OwnedMirror, record: OwnedRecord, now: datetime) -> None:
    row.revision, row.body = record.revision, bytes(record.body)
    row.changed_by = record.changed_by[:80]
    row.changed_at = record.changed_at if is_moment(record.changed_at) else now


def _note_answer(session: Session, store_id: str, answer: CommandAnswer, now: datetime) -> None:
    command = session.get(StoreCommand, answer.uuid)
    if command is not None and command.store_id == store_id:
        command.state, command.reason = answer.outcome, answer.reason[:200]
        command.answered_at = now
