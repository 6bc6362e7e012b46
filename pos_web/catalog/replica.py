"""The replica's tables: the received bytes, and columns derived from them for searching.

Invariants: written by `pos_web.syncing.apply` alone; everything but `replica_records` and
`replica_heads` can be derived again from the bytes (`SCHEMA` changed → derived anew, no network).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from pos_web.database import ReplicaBase
from shared_web.database import Key

# Raise it when a derived table changes: the derived rows are then built anew from the bytes.
SCHEMA = 4


class ReplicaHead(ReplicaBase):
    """The version that the store sells from. Version, digest and apply record commit together."""

    __tablename__ = "replica_heads"

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    epoch: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    record_count: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime]
    schema: Mapped[int] = mapped_column(default=SCHEMA)
    # The lease's number of the last writer: one with a lower number has lost the store (see lease.py).
    fence: Mapped[int] = mapped_column(default=0)


class ReplicaRecord(ReplicaBase):
    """A published record as received; no tombstones are kept."""

    __tablename__ = "replica_records"
    # Records arrive in the order of their key: one tree that grows at its end, instead of two.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    version: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Apply(ReplicaBase):
    """One applied sync; the book completes its history from these after a crash.

    A full resync may apply the same version again, so the run is the key. `sequence` counts a
    store's applies as they were written, whatever the clock said.
    """

    __tablename__ = "applies"
    __table_args__ = (Index("ix_applies_sequence", "store_id", "sequence"),)

    run_uuid: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key)
    sequence: Mapped[int]
    version: Mapped[int]
    from_version: Mapped[int]
    is_full: Mapped[bool] = mapped_column(default=False)
    applied_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(80), default="")
    is_manual: Mapped[bool] = mapped_column(default=False)
    # JSON bytes of `syncing.summary.Summary`: what changed, by whom (newest first, no secrets)
    summary: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")


class ItemIndex(ReplicaBase):
    """Derived: how items are found, for the tiles and the search. `folded` is name and SKUs, casefolded.

    Nothing that is only shown stands here: a new price, which is most of what comes, changes no row.
    """

    __tablename__ = "item_index"
    __table_args__ = (
        Index("ix_item_index_tab", "store_id", "category", "position", "name"),
        # Of the favourites alone: the other items cost it nothing.
        Index(
            "ix_item_index_favourite",
            "store_id",
            "position",
            "name",
            sqlite_where=text("is_favourite = 1"),
            postgresql_where=text("is_favourite"),
        ),
        # With the key in it, a search reads this index alone.
        Index("ix_item_index_search", "store_id", "folded", "key"),
        # An item is found and changed by its key: in one tree, where its row lies.
        {"sqlite_with_rowid": False},
    )

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(1000))
    category: Mapped[str] = mapped_column(Key)
    position: Mapped[int]
    is_favourite: Mapped[bool]


class BarcodeIndex(ReplicaBase):
    """Derived: which variant a scanned code means, as `catalog.barcode.normal_code` writes it.

    Two items may carry one code (the office warns, a store still sells): both are kept.
    """

    __tablename__ = "barcode_index"
    # All of it is its key: on SQLite one tree then holds it instead of two. Which codes an item had is
    # told by its bytes, so nothing here is looked for by item.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    store_id: Mapped[str] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    item: Mapped[str] = mapped_column(Key, primary_key=True)
    variant: Mapped[str] = mapped_column(Key, primary_key=True)
