"""Keeps the replica honest without the network: re-hash the bytes, derive the rows again.

Invariants: the received bytes are the truth and are only read here; derived rows are always a function
of them, so an upgrade that changes a derived table sells offline at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import cast

from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, update
from sqlalchemy.orm import Session

from pos_web.catalog.replica import SCHEMA, Apply, BarcodeIndex, ItemIndex, ReplicaHead, ReplicaRecord
from pos_web.database import ReplicaBase
from pos_web.syncing.bulk import Row, insert_rows
from pos_web.syncing.derive import barcode_rows, item_row
from shared_web.database import Database
from sync_contract.digest import EMPTY, MODULUS, record_hash, to_hex
from sync_contract.records import UnreadableRecord, decode

CHUNK = 500
HEADS = cast(Table, ReplicaHead.__table__)
APPLIES = cast(Table, Apply.__table__)
DERIVED = (cast(Table, ItemIndex.__table__), cast(Table, BarcodeIndex.__table__))


class Health(Enum):
    """STALE: the derived rows differ from the bytes (rebuild). DAMAGED: the bytes differ from the digest."""

    SOUND = "sound"
    STALE = "stale"
    DAMAGED = "damaged"


def open_replica(replica: Database) -> None:
    """Make missing tables; after an upgrade make the derived ones anew. Call it before serving."""
    with replica.setting_up() as connection:
        is_older = not _is_of_this_schema(connection)
        if is_older:
            ReplicaBase.metadata.drop_all(connection, tables=list(DERIVED))
        _count_applies(connection)
        ReplicaBase.metadata.create_all(connection)
        if is_older:
            with Session(connection) as session:
                for store_id in session.scalars(select(HEADS.c.store_id)).all():
                    rebuild(session, store_id=store_id)
                session.flush()


def rebuild(session: Session, *, store_id: str) -> None:
    """Derive the store's rows again from its bytes; the caller commits."""
    for table in DERIVED:
        session.execute(delete(table).where(table.c.store_id == store_id))
    rows: dict[Table, list[Row]] = {table: [] for table in DERIVED}
    for table, row in _derived(session, store_id):
        rows[table].append(row)
        if len(rows[table]) >= CHUNK:
            insert_rows(session.connection(), table, rows[table])
            rows[table] = []
            time.sleep(0)
    for table, rest in rows.items():
        insert_rows(session.connection(), table, rest)
    session.execute(update(HEADS).where(HEADS.c.store_id == store_id).values(schema=SCHEMA))


def verify(session: Session, *, store_id: str) -> Health:
    """Compare the store's bytes with its digest, and its derived rows with its bytes."""
    head = session.get(ReplicaHead, store_id)
    if head is None:
        return Health.SOUND
    digest, count = EMPTY, 0
    for number, (kind, key, body) in enumerate(_records(session, store_id)):
        digest += record_hash(kind, key, body)
        count = number + 1
        if number % CHUNK == 0:
            time.sleep(0)
    if (to_hex(digest % MODULUS), count) != (head.digest, head.record_count):
        return Health.DAMAGED
    return Health.SOUND if _is_derived_right(session, store_id) else Health.STALE


def _is_of_this_schema(connection: Connection) -> bool:
    if not inspect(connection).has_table(HEADS.name):
        return True
    others = select(func.count()).select_from(HEADS).where(HEADS.c.schema != SCHEMA)
    return connection.scalar(others) == 0


def _count_applies(connection: Connection) -> None:
    """Those of a release that ordered them by the clock get a sequence, in that order."""
    inspector = inspect(connection)
    if not inspector.has_table(APPLIES.name):
        return
    known = {column["name"] for column in inspector.get_columns(APPLIES.name)}
    if "sequence" in known:
        return
    old = select(*(column for column in APPLIES.c if column.key in known)).order_by(APPLIES.c.applied_at)
    rows = [{**row, "sequence": number} for number, row in enumerate(connection.execute(old).mappings(), 1)]
    APPLIES.drop(connection)
    APPLIES.create(connection)
    if rows:
        connection.execute(insert(APPLIES), rows)


def _is_derived_right(session: Session, store_id: str) -> bool:
    # Sums of hashes, so that 100,000 rows need no memory and no order.
    expected = dict.fromkeys(DERIVED, 0)
    try:
        for table, row in _derived(session, store_id):
            expected[table] += hash(row)
    except UnreadableRecord:
        return False
    found = {
        table: sum(
            hash(tuple(row))
            for row in session.execute(
                select(table).where(table.c.store_id == store_id), execution_options={"yield_per": CHUNK}
            )
        )
        for table in DERIVED
    }
    return found == expected


def _derived(session: Session, store_id: str) -> Iterator[tuple[Table, Row]]:
    items, barcodes = DERIVED
    for kind, key, body in _records(session, store_id, ["item"]):
        item = decode(kind, body)
        yield items, item_row(store_id, key, item)
        for row in barcode_rows(store_id, key, item):
            yield barcodes, row


def _records(session: Session, store_id: str, kinds: Iterable[str] = ()) -> Iterator[tuple[str, str, bytes]]:
    of_store = ReplicaRecord.store_id == store_id
    for kind in kinds or session.scalars(select(ReplicaRecord.kind).where(of_store).distinct()).all():
        yield from _records_of(session, store_id, kind)


def _records_of(session: Session, store_id: str, kind: str) -> Iterator[tuple[str, str, bytes]]:
    # By pages of keys, because the caller may write between two of them.
    after = ""
    query = select(ReplicaRecord.key, ReplicaRecord.body).order_by(ReplicaRecord.key).limit(CHUNK)
    query = query.where(ReplicaRecord.store_id == store_id, ReplicaRecord.kind == kind)
    while rows := session.execute(query.where(ReplicaRecord.key > after)).all():
        for key, body in rows:
            yield kind, key, body
        after = rows[-1][0]
