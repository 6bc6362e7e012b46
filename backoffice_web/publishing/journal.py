"""The office's journal: append-only, who changed which field of which record, from what to what.

Invariants: the database itself refuses to change or delete an entry; secrets never appear in one;
every entry is a link of one hash chain (`journal_chain.py`), so that damage is found and named.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DDL, ForeignKey, Index, String, Table, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed
from shared_web.database import Key


class JournalEntry(Base, Keyed):
    """`action` is created, changed, archived, published, signed_in …; `store_id` is empty for all stores."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        Index("ix_journal_entries_record", "kind", "key"),
        Index("ix_journal_entries_store_id_at", "store_id", "at"),
    )

    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(String(80), default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    store_id: Mapped[str] = mapped_column(String(64), default="")


class JournalLink(Base):
    """The place of an entry in the chain: `number` counts from 1 without gaps."""

    __tablename__ = "journal_links"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[str] = mapped_column(Key, ForeignKey("journal_entries.id"), unique=True)
    hash: Mapped[str] = mapped_column(String(64))


class JournalHead(Base):
    """The one row that says where the chain ends; whoever appends holds its lock until the commit."""

    __tablename__ = "journal_heads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


def refusals(table: str) -> dict[str, list[str]]:
    """The statements, by dialect, that make `table` append-only."""
    refusing = f"{table}_is_append_only"
    sqlite = [
        f"CREATE TRIGGER {refusing}_{act.lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        for act in ("UPDATE", "DELETE")
    ]
    postgresql = [
        f"CREATE OR REPLACE FUNCTION {refusing}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
        f"CREATE TRIGGER {refusing} BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {refusing}()",
        f"CREATE TRIGGER {refusing}_whole BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {refusing}()",
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


def _make_append_only(table: Table) -> None:
    for dialect, statements in refusals(table.name).items():
        for statement in statements:
            ddl = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _model in (JournalEntry, JournalLink):
    assert isinstance(_model.__table__, Table)
    _make_append_only(_model.__table__)
