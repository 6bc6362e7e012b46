"""One mechanism for every list: what the URL asks for becomes one page of one SELECT.

Invariants: the whole state of a list is in its URL; anything that a URL asks for and that does not
exist falls back to the default, so that no link can break a page; the order is total, so that no row
shows twice while paging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import Session

SIZES = (25, 50, 100)
LONGEST_SEARCH = 100

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a list's URL asks for. `sort` is a column's name, with a minus for descending."""

    text: str = ""
    sort: str = ""
    page: int = 1
    size: int = SIZES[0]
    filters: Mapping[str, str] = field(default_factory=dict)

    def filter(self, name: str) -> str:
        return self.filters.get(name, "")

    @property
    def is_narrowed(self) -> bool:
        """Does the list show less than everything?"""
        return bool(self.text or any(self.filters.values()))

    def query(self, **changes: Any) -> dict[str, str]:
        """The query arguments of this wish with `changes`, without defaults; a change starts at page 1."""
        words = {"q": self.text, "sort": self.sort, "size": str(self.size), **self.filters, "page": "1"}
        words |= {name: str(value) for name, value in changes.items()}
        defaults = {"page": "1", "size": str(SIZES[0])}
        return {name: value for name, value in words.items() if value and value != defaults.get(name)}


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Rows `first` to `last` (counted from 1) of `total`."""

    wish: Wish
    rows: Sequence[Row]
    total: int

    @property
    def first(self) -> int:
        return (self.wish.page - 1) * self.wish.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def previous(self) -> int | None:
        return self.wish.page - 1 if self.wish.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.wish.page + 1 if self.last < self.total else None

    def direction(self, column: str) -> str:
        """`ascending`, `descending` or `none`, as `aria-sort` wants it."""
        if self.wish.sort.lstrip("-") != column:
            return "none"
        return "descending" if self.wish.sort.startswith("-") else "ascending"

    def resorted(self, column: str) -> str:
        """The sort that a tap on the column's head asks for."""
        return f"-{column}" if self.direction(column) == "ascending" else column


def read_wish(
    arguments: Mapping[str, str], *, sorts: Sequence[str], default_sort: str, filters: Sequence[str] = ()
) -> Wish:
    """The wish in a URL's query arguments."""
    sort = arguments.get("sort", "")
    size = _whole(arguments.get("size"), default=SIZES[0])
    return Wish(
        text=arguments.get("q", "").strip()[:LONGEST_SEARCH],
        sort=sort if sort.removeprefix("-") in sorts else default_sort,
        page=max(1, _whole(arguments.get("page"), default=1)),
        size=size if size in SIZES else SIZES[0],
        filters={name: arguments.get(name, "")[:LONGEST_SEARCH] for name in filters},
    )


def fetch_page(
    session: Session,
    statement: Select[Row],
    wish: Wish,
    *,
    sorts: Mapping[str, Sequence[Any]],
) -> Page[Row]:
    """One page of `statement`'s first entity, and how many rows there are in all."""
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
    total = session.scalar(counted.order_by(None)) or 0
    last_page = max(1, -(-total // wish.size))
    if wish.page > last_page:
        wish = Wish(text=wish.text, sort=wish.sort, page=last_page, size=wish.size, filters=wish.filters)
    order = [_directed(column, wish.sort) for column in sorts[wish.sort.removeprefix("-")]]
    limited = statement.order_by(*order).limit(wish.size).offset((wish.page - 1) * wish.size)
    return Page(wish=wish, rows=session.scalars(limited).all(), total=total)


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Does the column hold `text` somewhere, whatever its case? Wildcards in it are ordinary letters."""
    return column.ilike(f"%{_escaped(text)}%", escape="\\")  # type: ignore[no-any-return]


def starts(column: Any, text: str) -> ColumnElement[bool]:
    return column.ilike(f"{_escaped(text)}%", escape="\\")  # type: ignore[no-any-return]


def equals(column: Any, text: str) -> ColumnElement[bool]:
    """Is the column `text`, whatever its case?"""
    return column.ilike(_escaped(text), escape="\\")  # type: ignore[no-any-return]


def _directed(column: ColumnElement[Any], sort: str) -> ColumnElement[Any]:
    return column.desc() if sort.startswith("-") else column.asc()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _whole(text: str | None, *, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else default
