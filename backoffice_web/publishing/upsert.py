"""Insert or replace many rows at once, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

# Well below the bound parameters that either database takes in one statement.
CHUNK = 500

T = TypeVar("T")


def upsert(
    session: Session,
    model: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    *,
    replace: Sequence[str] = (),
) -> None:
    """Insert `rows`; where the primary key exists, replace the columns in `replace`, or leave the row."""
    if not rows:
        return
    table = table_of(model)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    key = [column.name for column in table.primary_key]
    if replace:
        statement = insert.on_conflict_do_update(
            index_elements=key, set_={name: insert.excluded[name] for name in replace}
        )
    else:
        statement = insert.on_conflict_do_nothing(index_elements=key)
    session.execute(statement, list(rows))


def table_of(model: type[DeclarativeBase]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`values` in slices that fit one IN list."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
