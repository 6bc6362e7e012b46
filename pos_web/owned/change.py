"""Reading and changing store-owned things. The caller commits, then tells screens and agent.

Invariants: each change counts the store's revision up under a lock, so that two never get the same one;
whoever gives the revision that they saw never overwrites what they did not see; nor what their release does
not know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.owned.record import OwnedRecord, OwnedState
from shared_web.database import one_after_another
from shared_web.errors import StaleEdit
from shared_web.language import _
from sync_contract.owned import LARGEST_SET, Owned, UnreadableOwned, decode_owned, encode_owned, laid_over


class TooManyOwned(Exception):
    """More than a store can sensibly have."""


def find_owned(book: Session, *, store_id: str, kind: str, key: str) -> OwnedRecord | None:
    return book.get(OwnedRecord, (store_id, kind, key))


def all_owned(book: Session, *, store_id: str, kind: str) -> list[OwnedRecord]:
    """In the order in which they were changed, newest first."""
    return list(
        book.scalars(
            select(OwnedRecord)
            .where(OwnedRecord.store_id == store_id, OwnedRecord.kind == kind)
            .order_by(OwnedRecord.revision.desc())
        )
    )


def body_of(record: OwnedRecord) -> Any:
    """The struct of the record; None for bytes that this release cannot read."""
    try:
        return decode_owned(record.kind, record.body)
    except UnreadableOwned:
        return None


def change_owned(
    book: Session,
    *,
    store_id: str,
    kind: str,
    key: str,
    body: Owned | msgspec.Raw | None,
    seen: int | None = None,
    by: str,
    now: datetime,
) -> int:
    """Make the record be `body` (None: take it away), as far as that tells; returns the store's revision.

    `seen` is the revision of the record that was looked at, 0 for none; None skips the comparison. A
    change to what is there already is no change. Raises StaleEdit, TooManyOwned, UnreadableOwned.
    """
    state = lock_state(book, store_id=store_id)
    record = book.get(OwnedRecord, (store_id, kind, key), populate_existing=True)
    present = record.body if record is not None else None
    encoded = laid_over(present, encode_owned(body)) if body is not None else None
    if present == encoded:
        return state.revision
    if seen is not None and seen != (record.revision if record is not None else 0):
        raise StaleEdit(_("Somebody else changed this meanwhile."))
    state.revision += 1
    if encoded is None:
        book.delete(record)
    elif record is None:
        if len(all_owned(book, store_id=store_id, kind=kind)) >= LARGEST_SET:
            raise TooManyOwned(kind)
        record = OwnedRecord(store_id=store_id, kind=kind, key=key)
        book.add(record)
    if record is not None and encoded is not None:
        record.revision, record.body = state.revision, encoded
        record.changed_by, record.changed_at = by[:80], now
    book.flush()
    return state.revision


def lock_state(book: Session, *, store_id: str) -> OwnedState:
    """The store's counter, locked until the transaction ends."""
    state = book.get(OwnedState, store_id, with_for_update=True, populate_existing=True)
    if state is None:
        # The first of all has no row to be locked: whoever makes it does so alone, and the next one finds it.
        one_after_another(book, f"owned {store_id}")
        state = book.get(OwnedState, store_id, with_for_update=True, populate_existing=True)
    if state is None:
        state = OwnedState(store_id=store_id, revision=0, mirrored_revision=0, mirrored_epoch="")
        book.add(state)
        book.flush()
    return state
