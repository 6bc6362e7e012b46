"""Applies a pulled stream to the replica, in one transaction that the caller commits or rolls back.

Invariants: nothing is written unless the stream builds on the applied version; readers see the old
version or the new one, never a mixture; the digest is carried along record by record and must end at
the office's; head, records, derived rows and the apply record become true together.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Index, Table, bindparam, delete, select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import SCHEMA, Apply, BarcodeIndex, ItemIndex, ReplicaHead, ReplicaRecord
from pos_web.syncing.bulk import Row, replace_rows
from pos_web.syncing.derive import barcode_rows, item_row
from pos_web.syncing.pull import Applied, Pulled
from pos_web.syncing.summary import Summary, SummaryWriter, encode_summary
from sync_contract.changes import Change
from sync_contract.digest import EMPTY, MODULUS, from_hex, record_hash, to_hex
from sync_contract.records import KINDS, decode

# Records between two chances for a waiting page to be served.
CHUNK = 500
TURN_S = 0.0005
# Pages that a large transaction may hold before it spills; a till's machine is small.
CACHE_KIB = 24 * 1024
RECORDS: Table = ReplicaRecord.__table__  # type: ignore[assignment]
ITEMS: Table = ItemIndex.__table__  # type: ignore[assignment]
BARCODES: Table = BarcodeIndex.__table__  # type: ignore[assignment]
HEADS: Table = ReplicaHead.__table__  # type: ignore[assignment]
# Asked before and after everything else, so it is built once.
_APPLIED = select(HEADS.c.version, HEADS.c.epoch, HEADS.c.digest).where(
    HEADS.c.store_id == bindparam("store")
)
_BODIES = select(RECORDS.c.key, RECORDS.c.body).where(
    RECORDS.c.store_id == bindparam("store"),
    RECORDS.c.kind == bindparam("kind"),
    RECORDS.c.key.in_(bindparam("keys", expanding=True)),
)
Known = tuple[str, str]


class DigestMismatch(Exception):
    """The records that would be applied are not the set that the office published."""


class StaleBase(Exception):
    """Somebody else applied a version meanwhile: read again what is applied."""


class FenceLost(Exception):
    """Another worker took the store over; this one's sync must not be committed."""


@dataclass(frozen=True)
class Run:
    """Which sync this is, for the apply record.

    `takes_older`: a person decided to go back to the older state of an office that was restored.
    """

    uuid: str
    started_by: str
    is_manual: bool
    fence: int = 0
    takes_older: bool = False


def read_applied(session: Session, *, store_id: str) -> Applied:
    """What the store sells from now."""
    head = session.execute(_APPLIED, {"store": store_id}).one_or_none()
    return Applied(*head) if head is not None else Applied()


def apply(
    session: Session, *, store_id: str, base: Applied, pulled: Pulled, run: Run, now: datetime
) -> Summary:
    """Make the replica hold what `pulled` says; the caller commits.

    `base` is what was applied when the pull began. Raises StaleBase, FenceLost, DigestMismatch,
    UnreadableRecord: the caller rolls back, and the store sells on from the old version.
    """
    head = session.get(ReplicaHead, store_id, with_for_update=True)
    _check_base(head, base, run)
    is_full = pulled.header.is_full
    writer = _Writer(session, store_id, is_full=is_full, head=head)
    with _short_turns():
        for chunk in pulled.batches(CHUNK):
            writer.write(chunk)
            time.sleep(0)  # lets a waiting page have the interpreter
        writer.finish()
    trailer = pulled.trailer
    if to_hex(writer.digest) != trailer.digest or writer.record_count != trailer.count:
        raise DigestMismatch(f"version {trailer.to} of store {store_id}")
    summary = writer.summary.finish(trailer.publications, writer.name_of)
    session.merge(
        ReplicaHead(
            store_id=store_id,
            epoch=pulled.header.epoch,
            version=trailer.to,
            digest=trailer.digest,
            record_count=trailer.count,
            applied_at=now,
            schema=SCHEMA,
            fence=run.fence,
        )
    )
    session.add(
        Apply(
            run_uuid=run.uuid,
            store_id=store_id,
            version=trailer.to,
            from_version=base.version,
            is_full=is_full,
            applied_at=now,
            started_by=run.started_by,
            is_manual=run.is_manual,
            summary=encode_summary(summary),
        )
    )
    session.flush()
    return summary


@contextmanager
def _short_turns() -> Iterator[None]:
    """Give way to pages ten times as often as the interpreter would: each needs it again and again."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _check_base(head: ReplicaHead | None, base: Applied, run: Run) -> None:
    found = Applied(head.version, head.epoch, head.digest) if head is not None else Applied()
    if found != base:
        raise StaleBase
    if head is not None and head.fence > run.fence:
        raise FenceLost


class _Writer:
    """Writes chunks of records with their derived rows, and carries digest and count along."""

    def __init__(self, session: Session, store_id: str, *, is_full: bool, head: ReplicaHead | None) -> None:
        self._connection: Connection = session.connection()
        self._store_id = store_id
        # Hashes instead of the keys, in a tenth of the memory: one too many only costs a look.
        self._seen: set[int] = set()
        self._late_indexes: list[Index] = []
        # Of a full set: what it replaces, and None for a delta, which looks its few records up.
        self._old: dict[Known, bytes] | None = self._take_all() if is_full else None
        self.digest = EMPTY if is_full or head is None else from_hex(head.digest)
        self.record_count = 0 if is_full or head is None else head.record_count
        self.summary = SummaryWriter(wants_details=head is not None)

    def write(self, chunk: list[Change]) -> None:
        newest = {(change.kind, change.key): change for change in chunk}
        present = self._present(newest)
        before, after = _Rows(self._store_id), _Rows(self._store_id)
        for known, change in newest.items():
            body, old = change.body, present.get(known)
            self._count(known, old, body)
            if old is not None:
                before.add(*known, 0, old)
            if body is not None:
                after.add(*known, change.version, body)
        self.digest %= MODULUS
        replace_rows(self._connection, RECORDS, before.records, after.records)
        replace_rows(self._connection, ITEMS, before.items, after.items)
        replace_rows(self._connection, BARCODES, before.barcodes, after.barcodes)

    def finish(self) -> None:
        """After a full set, what the office no longer has is gone: tell it. Before, sort what was put off."""
        for index in self._late_indexes:
            index.create(self._connection)
        for known, body in (self._old or {}).items():
            if hash(known) not in self._seen:
                self.summary.note(*known, body, None)

    def name_of(self, kind: str, key: str) -> str:
        """The present name of a record, or nothing when there is none."""
        body = self._bodies([(kind, key)]).get((kind, key))
        return str(getattr(decode(kind, body), "name", "")) if body is not None else ""

    def _count(self, known: Known, present: bytes | None, body: bytes | None) -> None:
        if body is not None:
            self.digest += record_hash(known[0], known[1], body)
            self.record_count += 1
        if present is not None:
            self.digest -= record_hash(*known, present)
            self.record_count -= 1
        before = present if self._old is None else self._old.get(known)
        mark = hash(known)
        if before != body and mark not in self._seen:
            self.summary.note(*known, before, body)
        self._seen.add(mark)

    def _present(self, wanted: Iterable[Known]) -> dict[Known, bytes]:
        """Those of `wanted` that are in the set being built."""
        # A full set starts empty: only a record that was published while we read it comes twice.
        return self._bodies([known for known in wanted if self._old is None or hash(known) in self._seen])

    def _take_all(self) -> dict[Known, bytes]:
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
        of_store = RECORDS.c.store_id == self._store_id
        rows = self._connection.execute(select(RECORDS.c.kind, RECORDS.c.key, RECORDS.c.body).where(of_store))
        taken = {(kind, key): body for kind, key, body in rows}
        for table in (RECORDS, ITEMS, BARCODES):
            self._connection.execute(delete(table).where(table.c.store_id == self._store_id))
        self._index_at_the_end()
        return taken

    def _index_at_the_end(self) -> None:
        """Where no other store's items are, sorting them once is faster than keeping them sorted."""
        is_empty = self._connection.execute(select(ITEMS.c.key).limit(1)).first() is None
        # Elsewhere than in SQLite, dropping an index would keep pages waiting until the commit.
        if is_empty and self._connection.dialect.name == "sqlite":
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
            rows = self._connection.execute(_BODIES, {"store": self._store_id, "kind": kind, "keys": some})
            found.update({(kind, key): body for key, body in rows})
        return found


class _Rows:
    """Records as rows of the replica, with the rows that are derived from their bytes."""

    def __init__(self, store_id: str) -> None:
        self._store_id = store_id
        self.records: list[Row] = []
        self.items: list[Row] = []
        self.barcodes: list[Row] = []

    def add(self, kind: str, key: str, version: int, body: bytes) -> None:
        """Raises UnreadableRecord."""
        self.records.append((self._store_id, kind, key, version, body))
        # An unknown kind is of a newer office: its bytes are kept for the release that knows it.
        if kind in KINDS:
            record = decode(kind, body)
            if kind == "item":
                self.items.append(item_row(self._store_id, key, record))
                self.barcodes += barcode_rows(self._store_id, key, record)
