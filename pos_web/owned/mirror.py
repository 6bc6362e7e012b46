"""Sends store-owned things up, as one set with the store's revision: the same set twice changes nothing.

Invariants: no network inside a transaction; a new epoch of the office gets everything again; a book that
was restored from a backup counts on above what the office saw, and its set replaces the mirror.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pos_web.owned.change import lock_state
from pos_web.owned.record import CarriedOut, OwnedRecord, OwnedState
from pos_web.syncing.bridge_client import BridgeClient
from shared_web.database import Database
from sync_contract import owned

MOST_ANSWERS = 200


def send_owned(book: Database, client: BridgeClient, *, store_id: str, epoch: str) -> None:
    """Send the set if the office lacks it or an answer. Raises Offline, Refused."""
    with book.read() as session:
        waiting = _waiting(session, store_id, epoch)
    if waiting is None:
        return
    client.send_owned(waiting)
    with book.write() as session:
        state = lock_state(session, store_id=store_id)
        state.mirrored_revision, state.mirrored_epoch = waiting.revision, epoch
        told = [answer.uuid for answer in waiting.answers]
        session.execute(update(CarriedOut).where(CarriedOut.uuid.in_(told)).values(is_told=True))
        session.commit()


def heed_mark(book: Session, *, store_id: str, mark: int) -> None:
    """The office saw revision `mark`: a restored book counts on above it. The caller commits."""
    state = book.get(OwnedState, store_id)
    if mark > (state.revision if state is not None else 0):
        lock_state(book, store_id=store_id).revision = mark + 1


def _waiting(book: Session, store_id: str, epoch: str) -> owned.OwnedSet | None:
    state = book.get(OwnedState, store_id)
    answers = book.scalars(
        select(CarriedOut)
        .where(CarriedOut.store_id == store_id, CarriedOut.is_told.is_(False))
        .order_by(CarriedOut.at)
        .limit(MOST_ANSWERS)
    ).all()
    is_mirrored = state is None or (state.mirrored_revision, state.mirrored_epoch) == (state.revision, epoch)
    if is_mirrored and not answers:
        return None
    records = book.scalars(
        select(OwnedRecord)
        .where(OwnedRecord.store_id == store_id)
        .order_by(OwnedRecord.kind, OwnedRecord.key)
    )
    return owned.OwnedSet(
        store=store_id,
        revision=state.revision if state is not None else 0,
        records=tuple(_sent(record) for record in records),
        answers=tuple(
            owned.CommandAnswer(uuid=each.uuid, outcome=each.outcome, at=each.at, reason=each.reason)  # type: ignore[arg-type]
            for each in answers
        ),
    )


def _sent(record: OwnedRecord) -> owned.OwnedRecord:
    return owned.OwnedRecord(
        kind=record.kind,
        key=record.key,
        revision=record.revision,
        body=msgspec.Raw(record.body),
        changed_by=record.changed_by,
        changed_at=record.changed_at,
    )
