"""Writing many rows as fast as the driver can, past SQLAlchemy's per-row work (twice the speed).

Values of a row stand in the order of the table's columns, the primary key first, and are plain driver
values. No text of a statement comes from data: names are the table's own, values are bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Table

Row = tuple[Any, ...]
# Rows of one statement: the database works through them while other threads have the interpreter.
ROWS = 300
# The same where no page waits for the interpreter.
ROWS_UNDISTURBED = 600


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Row], *, is_undisturbed: bool = False
) -> None:
    """Insert `rows`. A row that is all key and there already is left alone.

    `is_undisturbed`: nobody is served meanwhile, and the whole transaction ends with a statement that fails.
    """
    count = ROWS_UNDISTURBED if is_undisturbed else ROWS
    for start in range(0, len(rows), count):
        some = rows[start : start + count]
        statement = _insertion(connection.dialect, table, len(some), is_undisturbed=is_undisturbed)
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(some)))


@lru_cache(maxsize=256)
def _insertion(dialect: Dialect, table: Table, count: int, *, is_undisturbed: bool) -> str:
    names = _names(dialect, table)
    rows = ", ".join([f"({_marks(dialect, len(names))})"] * count)
    # So told, SQLite keeps no copy of the pages that it writes early, of a large catalog most of them. A
    # till's pages that are served meanwhile would wait longer.
    insert = "INSERT OR FAIL" if is_undisturbed and dialect.name == "sqlite" else "INSERT"
    statement = f"{insert} INTO {_name(dialect, table)} ({', '.join(names)}) VALUES {rows}"
    if len(table.primary_key) == len(names):
        statement += " ON CONFLICT DO NOTHING"
    return statement


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert `rows`; where the key is there already, write the other columns."""
    if rows:
        names, width = _names(connection.dialect, table), len(table.primary_key)
        changes = ", ".join(f"{name} = excluded.{name}" for name in names[width:])
        statement = (
            f"INSERT INTO {_name(connection.dialect, table)} ({', '.join(names)}) "  # noqa: S608
            f"VALUES ({_marks(connection.dialect, len(names))}) "
            f"ON CONFLICT ({', '.join(names[:width])}) DO UPDATE SET {changes}"
        )
        connection.exec_driver_sql(statement, list(rows))


def select_by_key(
    connection: Connection, table: Table, column: str, prefix: Row, keys: Sequence[str]
) -> Sequence[Row]:
    """(last part of the key, `column`) of the rows whose key is `prefix` and one of `keys`."""
    if not keys:
        return []
    *first, last = _names(connection.dialect, table)[: len(table.primary_key)]
    preparer = connection.dialect.identifier_preparer
    where = " AND ".join(f"{name} = {_mark(connection.dialect)}" for name in first)
    statement = (
        f"SELECT {last}, {preparer.quote(column)} FROM {_name(connection.dialect, table)} "  # noqa: S608
        f"WHERE {where} AND {last} IN ({_marks(connection.dialect, len(keys))})"
    )
    return connection.exec_driver_sql(statement, (*prefix, *keys)).fetchall()


def replace_rows(connection: Connection, table: Table, before: Sequence[Row], after: Sequence[Row]) -> None:
    """Turn the rows `before` into `after`, writing only what differs."""
    if not before:
        insert_rows(connection, table, after)
        return
    width = len(table.primary_key)
    old, new = ({row[:width]: row for row in rows} for rows in (before, after))
    delete_rows(connection, table, [key for key in old if key not in new])
    _update_rows(connection, table, [(old[key], row) for key, row in new.items() if key in old])
    insert_rows(connection, table, [row for key, row in new.items() if key not in old])


def delete_rows(connection: Connection, table: Table, keys: Sequence[Row]) -> None:
    """Delete the rows with these primary keys."""
    if keys:
        statement = (
            f"DELETE FROM {_name(connection.dialect, table)} WHERE {_where(connection.dialect, table)}"  # noqa: S608
        )
        connection.exec_driver_sql(statement, list(keys))


def _update_rows(connection: Connection, table: Table, pairs: Sequence[tuple[Row, Row]]) -> None:
    # Rows that differ in the same columns are written together, and no index over other columns is touched.
    gathered: dict[tuple[int, ...], list[Row]] = {}
    width = len(table.primary_key)
    for old, new in pairs:
        if old != new:
            places = tuple(place for place, value in enumerate(new) if value != old[place])
            gathered.setdefault(places, []).append((*(new[place] for place in places), *new[:width]))
    names, mark = _names(connection.dialect, table), _mark(connection.dialect)
    for places, rows in gathered.items():
        changes = ", ".join(f"{names[place]} = {mark}" for place in places)
        where = _where(connection.dialect, table)
        statement = f"UPDATE {_name(connection.dialect, table)} SET {changes} WHERE {where}"  # noqa: S608
        connection.exec_driver_sql(statement, rows)


def _where(dialect: Dialect, table: Table) -> str:
    keys = _names(dialect, table)[: len(table.primary_key)]
    return " AND ".join(f"{name} = {_mark(dialect)}" for name in keys)


def _name(dialect: Dialect, table: Table) -> str:
    return dialect.identifier_preparer.format_table(table)


def _names(dialect: Dialect, table: Table) -> list[str]:
    return [dialect.identifier_preparer.format_column(column) for column in table.columns]


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.paramstyle == "qmark" else "%s"


def _marks(dialect: Dialect, count: int) -> str:
    return ", ".join([_mark(dialect)] * count)
