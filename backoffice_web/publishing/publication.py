"""Publications, the records that stores sell from, and the marks of what has been edited since.

Invariants: per store, versions count 1, 2, 3 … without gaps; a publication and its bodies never
change; `published_records` is written by publishing alone; each body is stored once, by its hash.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed
from shared_web.database import Key


class PublishedHead(Base):
    """The newest version of a store and the digest of its whole published set. Locked by publishing."""

    __tablename__ = "published_heads"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(32), default="0" * 32)
    record_count: Mapped[int] = mapped_column(default=0)


class PublishedRecord(Base):
    """The newest body of a record in a store; no body is a tombstone."""

    __tablename__ = "published_records"
    __table_args__ = (Index("ix_published_records_stream", "store_id", "version", "kind", "key"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    version: Mapped[int]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class Publication(Base, Keyed):
    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("store_id", "version"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    change_count: Mapped[int] = mapped_column(default=0)


class PublicationChange(Base):
    """What one publication did to one record: body hashes before and after; none is no record."""

    __tablename__ = "publication_changes"

    publication_id: Mapped[str] = mapped_column(
        Key, ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    before_hash: Mapped[str | None] = mapped_column(String(64))
    after_hash: Mapped[str | None] = mapped_column(String(64))


class Body(Base):
    """The bytes of a published body, kept once however many stores and versions hold it."""

    __tablename__ = "bodies"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PublicationJournal(Base):
    """Which journal entries went live with which publication: live in A, waiting in B."""

    __tablename__ = "publication_journals"

    publication_id: Mapped[str] = mapped_column(
        Key, ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True
    )
    journal_entry_id: Mapped[str] = mapped_column(
        Key, ForeignKey("journal_entries.id"), primary_key=True, index=True
    )


class Mark(Base):
    """An edit touched this record for this store since its last publication there."""

    __tablename__ = "marks"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
