"""Writes the journal, and ties each entry to the one before it by a hash.

Invariants: whatever writes an entry calls `append`; the entries of a transaction become links just
before it commits, in the order in which they were written, under the lock of the one head row, which is
the last lock that a transaction takes; so two writers never fork the chain, nor wait in a circle. The
hash of a link is SHA-256 over the former link's hash and the entry's canonical bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypedDict

import msgspec
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from backoffice_web.database import new_key
from backoffice_web.publishing.journal import JournalEntry, JournalHead, JournalLink
from backoffice_web.publishing.upsert import chunks, table_of, upsert

HEAD = 1
START = "0" * 64
_PENDING = "evertill_journal"


class Entry(TypedDict):
    """A row of the journal. `at` is UTC."""

    id: str
    at: datetime
    by: str
    action: str
    kind: str
    key: str
    label: str
    field: str
    before: str
    after: str
    store_id: str


def new_entry(
    *,
    at: datetime,
    by: str,
    action: str,
    kind: str,
    key: str,
    label: str = "",
    field: str = "",
    before: str = "",
    after: str = "",
    store_id: str = "",
) -> Entry:
    """An entry that fits into the journal's columns; `store_id` empty: it concerns all stores."""
    return Entry(
        id=new_key(), at=at, by=by[:80], action=action[:40], kind=kind[:20], key=key[:64], label=label[:200],
        field=field[:80], before=before, after=after, store_id=store_id[:64],
    )  # fmt: skip


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Write these entries; they are linked when the transaction commits."""
    if not entries:
        return
    session.execute(insert(table_of(JournalEntry)), list(entries))
    session.info.setdefault(_PENDING, []).extend((entry["id"], canonical(entry)) for entry in entries)
    if not event.contains(session, "before_commit", _link_pending):
        event.listen(session, "before_commit", _link_pending)
        event.listen(session, "after_soft_rollback", _forget_pending)


def canonical(entry: Entry) -> bytes:
    """The bytes of an entry that its link is made of: a JSON array of its columns, the time in UTC."""
    at = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return msgspec.json.encode(
        [entry["id"], at, entry["by"], entry["action"], entry["kind"], entry["key"], entry["label"],
         entry["field"], entry["before"], entry["after"], entry["store_id"]]
    )  # fmt: skip


def hash_after(former: str, content: bytes) -> str:
    """The hash of the link that follows the one with the hash `former`."""
    return sha256(former.encode() + content).hexdigest()


def _link_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return
    pending: list[tuple[str, bytes]] = session.info.pop(_PENDING, [])
    # A savepoint may have taken entries back.
    there = set(_existing(session, [entry_id for entry_id, _content in pending]))
    pending = [(entry_id, content) for entry_id, content in pending if entry_id in there]
    if not pending:
        return
    upsert(session, JournalHead, [{"id": HEAD, "number": 0, "hash": START}])
    head = table_of(JournalHead)
    locked = select(head.c.number, head.c.hash).where(head.c.id == HEAD).with_for_update()
    number, former = session.execute(locked).one()
    links = []
    for entry_id, content in pending:
        number += 1
        former = hash_after(former, content)
        links.append({"number": number, "entry_id": entry_id, "hash": former})
    session.execute(insert(table_of(JournalLink)), links)
    session.execute(update(head).where(head.c.id == HEAD).values(number=number, hash=former))


def _existing(session: Session, ids: Sequence[str]) -> Iterator[str]:
    for chunk in chunks(ids):
        yield from session.scalars(select(JournalEntry.id).where(JournalEntry.id.in_(chunk)))


def _forget_pending(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_PENDING, None)
