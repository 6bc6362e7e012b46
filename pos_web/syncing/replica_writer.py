"""Writes a stream's records into the replica with their derived rows, inside the caller's transaction.

Invariants: digest and count are carried along record by record; of a full set that replaces another one
the summary tells only what differs. What a full set adds is written in the order of its trees: codes come
in any order, so they are sorted first, and indexes are made at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection, Index, Table, delete, or_, select

from pos_web.catalog.replica import BarcodeIndex, ItemIndex, ReplicaRecord
from pos_web.syncing.ahead import worked_ahead
from pos_web.syncing.bulk import Row, delete_rows, insert_rows, replace_rows, select_by_key, upsert_rows
from pos_web.syncing.derive import barcode_rows, is_found_alike, item_row
from pos_web.syncing.fresh import Fresh, Known, unpacked
from pos_web.syncing.summary import Read, SummaryWriter
from shared_web.pages_first import give_way
from sync_contract.changes import Change
from sync_contract.digest import EMPTY, MODULUS, record_hash
from sync_contract.records import KINDS, decode

# Quick steps between two chances for a waiting page to be served.
STEPS = 1_000
# Pages that a large transaction may hold before it spills; a till's machine is small.
CACHE_KIB = 8 * 1024
RECORDS: Table = ReplicaRecord.__table__  # type: ignore[assignment]
ITEMS: Table = ItemIndex.__table__  # type: ignore[assignment]
BARCODES: Table = BarcodeIndex.__table__  # type: ignore[assignment]
T = TypeVar("T")
# Rows before, and rows after.
Replacement = tuple[list[Row], list[Row]]


class ReplicaWriter:
    """`digest` and `record_count` are those of the set that a delta builds on; a full set starts empty."""

    def __init__(
        self,
        connection: Connection,
        store_id: str,
        *,
        is_full: bool,
        is_first: bool,
        digest: int = EMPTY,
        record_count: int = 0,
    ) -> None:
        self._connection = connection
        self._store_id = store_id
        self.is_first = is_first
        # Hashes instead of the keys, in a tenth of the memory: one too many only costs a look.
        self._seen: set[int] = set()
        self._late_indexes: list[Index] = []
        self._late_codes: list[str] = []
        self._late_replacements: list[Replacement] = []
        # Of a full set: what it replaces, and None for a delta, which looks its few records up.
        self._old: dict[Known, bytes] | None = self._take_all() if is_full else None
        self.digest = EMPTY if is_full else digest
        self.record_count = 0 if is_full else record_count
        self.summary = SummaryWriter(wants_details=not is_first)

    def add(self, fresh: Fresh) -> None:
        """Write a part of a full set."""
        marks = [hash(known) for known in fresh.changes]
        if not self._seen.isdisjoint(marks):
            # Published once more while we read: what came before stands in the way.
            self.write(fresh.changes.values())
            return
        self._seen.update(marks)
        self.digest = (self.digest + fresh.digest) % MODULUS
        self.record_count += len(fresh.records)
        self._note(fresh)
        self._insert(RECORDS, fresh.records)
        self._insert(ITEMS, fresh.items)
        self._late_codes += fresh.codes

    def write(self, chunk: Iterable[Change]) -> None:
        """Write changes to what is there."""
        newest = {(change.kind, change.key): change for change in chunk}
        present = self._present(newest)
        items: Replacement = [], []
        codes: Replacement = [], []
        records: list[Row] = []
        gone: list[Row] = []
        for known, change in newest.items():
            body, old = change.body, present.get(known)
            read = _derive(self._store_id, *known, old, body, items=items, codes=codes)
            self._count(known, old, body, read)
            if body is not None:
                records.append((self._store_id, *known, change.version, body))
            elif old is not None:
                gone.append((self._store_id, *known))
        self.digest %= MODULUS
        upsert_rows(self._connection, RECORDS, records)
        delete_rows(self._connection, RECORDS, gone)
        replace_rows(self._connection, ITEMS, *items)
        if self._old is None:
            replace_rows(self._connection, BARCODES, *codes)
        else:
            self._late_replacements.append(codes)

    def finish(self) -> None:
        """Write what was put off. After a full set, what the office no longer has is gone: tell it."""
        with self.ahead(self._code_rows()) as parts:
            for index in self._late_indexes:
                index.create(self._connection)
            for rows in parts:
                self._insert(BARCODES, rows)
        for codes in self._late_replacements:
            replace_rows(self._connection, BARCODES, *codes)
        for number, (known, body) in enumerate((self._old or {}).items()):
            if number % STEPS == 0:
                give_way()
            if hash(known) not in self._seen:
                self.summary.note(known[0], body, None)

    def ahead(self, parts: Iterator[T]) -> AbstractContextManager[Iterator[T]]:
        """`parts`, of a first catalog worked out ahead: before it a store has no page to show, which two busy
        threads would hold up."""
        return worked_ahead(parts) if self.is_first else nullcontext(parts)

    def name_of(self, kind: str, key: str) -> str:
        """The present name of a record, or nothing when there is none."""
        body = self._bodies([(kind, key)]).get((kind, key))
        return str(getattr(decode(kind, body), "name", "")) if body is not None else ""

    def _insert(self, table: Table, rows: list[Row]) -> None:
        insert_rows(self._connection, table, rows, is_undisturbed=self.is_first)

    def _code_rows(self) -> Iterator[list[Row]]:
        self._late_codes.sort()
        for start in range(0, len(self._late_codes), STEPS):
            give_way()
            yield [unpacked(self._store_id, code) for code in self._late_codes[start : start + STEPS]]

    def _note(self, fresh: Fresh) -> None:
        if not self._old and not self.summary.wants_details:
            self.summary.counts.update(fresh.counts)
            return
        old = self._old or {}
        for known, change in fresh.changes.items():
            before, body = old.get(known), change.body
            if before != body:
                self.summary.note(known[0], before, body)

    def _count(self, known: Known, present: bytes | None, body: bytes | None, read: Read | None) -> None:
        if body is not None:
            self.digest += record_hash(known[0], known[1], body)
            self.record_count += 1
        if present is not None:
            self.digest -= record_hash(*known, present)
            self.record_count -= 1
        before = present if self._old is None else self._old.get(known)
        mark = hash(known)
        if before != body and mark not in self._seen:
            self.summary.note(known[0], before, body, read if before is present else None)
        self._seen.add(mark)

    def _present(self, wanted: Iterable[Known]) -> dict[Known, bytes]:
        """Those of `wanted` that are in the set being built."""
        # A full set starts empty: only a record that was published while we read it comes twice.
        return self._bodies([known for known in wanted if self._old is None or hash(known) in self._seen])

    def _take_all(self) -> dict[Known, bytes]:
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
        of_store = RECORDS.c.store_id == self._store_id
        query = select(RECORDS.c.kind, RECORDS.c.key, RECORDS.c.body).where(of_store)
        rows = self._connection.execute(query, execution_options={"yield_per": STEPS})
        taken: dict[Known, bytes] = {}
        for some in rows.partitions():
            taken.update({(kind, key): body for kind, key, body in some})
            give_way()
        self._index_at_the_end()
        for table in (RECORDS, ITEMS, BARCODES):
            self._connection.execute(delete(table).where(table.c.store_id == self._store_id))
        return taken

    def _index_at_the_end(self) -> None:
        """Where no other store's items are, sorting them once is faster than keeping them sorted."""
        owner = ITEMS.c.store_id
        others = select(owner).where(or_(owner < self._store_id, owner > self._store_id)).limit(1)
        is_alone = self._connection.execute(others).first() is None
        # Elsewhere than in SQLite, dropping an index would keep pages waiting until the commit.
        if is_alone and self._connection.dialect.name == "sqlite":
            self._late_indexes = sorted(ITEMS.indexes, key=lambda index: str(index.name))
            for index in self._late_indexes:
                index.drop(self._connection)

    def _bodies(self, wanted: list[Known]) -> dict[Known, bytes]:
        keys: dict[str, list[str]] = {}
        for kind, key in wanted:
            keys.setdefault(kind, []).append(key)
        found: dict[Known, bytes] = {}
        # Kind by kind, so that the primary key is searched and never walked.
        for kind, some in keys.items():
            rows = select_by_key(self._connection, RECORDS, "body", (self._store_id, kind), some)
            found.update({(kind, key): body for key, body in rows})
        return found


def _derive(
    store_id: str,
    kind: str,
    key: str,
    before: bytes | None,
    after: bytes | None,
    *,
    items: Replacement,
    codes: Replacement,
) -> Read | None:
    """Add a record's derived rows, before and after, where they differ; returns what the bodies hold.

    Raises UnreadableRecord.
    """
    # An unknown kind is of a newer office: its bytes are kept for the release that knows it.
    if kind not in KINDS:
        return None
    old = None if before is None else decode(kind, before)
    new = None if after is None else decode(kind, after)
    if kind != "item" or (old is not None and new is not None and is_found_alike(old, new)):
        return old, new
    for place, item in enumerate((old, new)):
        if item is not None:
            items[place].append(item_row(store_id, key, item))
            codes[place].extend(barcode_rows(store_id, key, item))
    return old, new
