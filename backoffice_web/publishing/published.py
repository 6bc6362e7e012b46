"""Reading what is published: the newest body of records, the head of a store, the body of a hash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Body, PublishedHead, PublishedRecord
from backoffice_web.publishing.upsert import chunks, table_of, upsert
from sync_contract import digest

RecordKey = tuple[str, str]


@dataclass(frozen=True)
class Head:
    """A store's newest version, and digest and number of the live records it leaves."""

    store_id: str
    version: int
    digest: int
    record_count: int


def lock_heads(session: Session, store_ids: Iterable[str]) -> dict[str, Head]:
    """The heads of the stores, locked until the transaction ends, always in the same order.

    The order keeps two publishers of the same stores from waiting for each other. On SQLite the
    transaction holds the one write lock already.
    """
    wanted = sorted(set(store_ids))
    upsert(session, PublishedHead, [dict(store_id=store_id, **EMPTY_HEAD) for store_id in wanted])
    heads = table_of(PublishedHead)
    query = select(heads).where(heads.c.store_id.in_(wanted)).order_by(heads.c.store_id).with_for_update()
    return {
        row.store_id: Head(row.store_id, row.version, digest.from_hex(row.digest), row.record_count)
        for row in session.execute(query)
    }


def head_version(session: Session, store_id: str) -> int:
    """The newest version of a store; 0 before its first publication."""
    return session.scalar(select(PublishedHead.version).where(PublishedHead.store_id == store_id)) or 0


def published_bodies(
    session: Session, store_id: str, records: Iterable[RecordKey]
) -> dict[RecordKey, bytes | None]:
    """The newest body of each record that the store has ever had; None is a tombstone."""
    table = table_of(PublishedRecord)
    found: dict[RecordKey, bytes | None] = {}
    for kind, keys in by_kind(records).items():
        for chunk in chunks(keys):
            rows = session.execute(
                select(table.c.key, table.c.body).where(
                    table.c.store_id == store_id, table.c.kind == kind, table.c.key.in_(chunk)
                )
            )
            found.update(((kind, row.key), row.body) for row in rows)
    return found


def contents(session: Session, hashes: Iterable[str | None]) -> dict[str, bytes]:
    """The kept bytes of each body hash."""
    table = table_of(Body)
    found: dict[str, bytes] = {}
    for chunk in chunks(sorted({each for each in hashes if each})):
        rows = session.execute(select(table).where(table.c.hash.in_(chunk)))
        found.update((row.hash, row.content) for row in rows)
    return found


def by_kind(records: Iterable[RecordKey]) -> Mapping[str, Sequence[str]]:
    """The keys of (kind, key) records, gathered by kind, each once."""
    gathered: dict[str, dict[str, None]] = defaultdict(dict)
    for kind, key in records:
        gathered[kind][key] = None
    return {kind: list(keys) for kind, keys in gathered.items()}


EMPTY_HEAD = {"version": 0, "digest": digest.to_hex(digest.EMPTY), "record_count": 0}
