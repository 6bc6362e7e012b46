"""The tiles of the order screen: tabs, one page of a category, and the search.

Invariants: a screen never gets more than `PAGE` tiles at once, however large the catalog; every
query is answered from an index of the replica; the order of tiles is the office's (position, name).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.catalog.barcode import find_barcode
from pos_web.catalog.replica import ItemIndex

PAGE = 60
FAVOURITES = "favourites"


class Tab(msgspec.Struct, frozen=True):
    """`key` is a category's key, or `favourites`; then the name is for the template to translate."""

    key: str
    name: str


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """`price_cents` is the lowest of the variants; with `asks` a tap opens the dialog."""

    item: str
    name: str
    tone: str
    price_cents: int
    is_from: bool
    asks: bool


class TilePage(msgspec.Struct, frozen=True):
    """Up to PAGE tiles; `next_offset` is None on the last page."""

    tiles: list[Tile]
    next_offset: int | None


def tabs(replica: Session, *, store_id: str) -> list[Tab]:
    """Favourites first if there are any, then the categories that hold an item, in their order."""

    def compute() -> list[Tab]:
        where = ItemIndex.store_id == store_id
        used = set(replica.scalars(select(ItemIndex.category).where(where).distinct()))
        found = [
            Tab(key, each.name)
            for key, each in published.categories(replica, store_id=store_id)
            if key in used
        ]
        has_favourites = replica.scalar(select(ItemIndex.key).where(where, ItemIndex.is_favourite).limit(1))
        return [Tab(FAVOURITES, "")] * bool(has_favourites) + found + [Tab("", "")] * bool("" in used)

    return published.remember(replica, store_id=store_id, what="tabs", compute=compute)


def tiles(replica: Session, *, store_id: str, tab: str, offset: int = 0) -> TilePage:
    """One page of a tab."""
    # Written as the index of favourites is, so that SQLite knows it.
    where = ItemIndex.is_favourite == true() if tab == FAVOURITES else ItemIndex.category == tab
    rows = replica.scalars(
        select(ItemIndex)
        .where(ItemIndex.store_id == store_id, where)
        .order_by(ItemIndex.position, ItemIndex.name)
        .offset(offset)
        .limit(PAGE + 1)
    ).all()
    return _page(_tiles(replica, store_id, rows), offset)


def search(replica: Session, *, store_id: str, text: str, offset: int = 0) -> TilePage:
    """Items whose name or SKU holds every word of `text`, or whose barcode it is.

    First what has the barcode, then names that begin with the text. Empty text finds nothing.
    """
    words = text.casefold().split()
    if not words:
        return TilePage([], None)
    enough = offset + PAGE + 1
    found = _scanned(replica, store_id, text)
    found |= _matching(replica, store_id, [_begins(" ".join(words))], limit=enough)
    if len(found) < enough:
        # The longest word is the rarest, so most rows fail at the first comparison.
        rarest_first = [_holds(word) for word in sorted(words, key=len, reverse=True)]
        found |= _matching(replica, store_id, rarest_first, limit=enough + len(found))
    return _page(_tiles(replica, store_id, list(found.values())[offset:enough]), offset)


def _scanned(replica: Session, store_id: str, text: str) -> dict[str, ItemIndex]:
    keys = [item for item, _variant in find_barcode(replica, store_id=store_id, code=text)]
    return _rows(replica, store_id, keys)


def _matching(
    replica: Session, store_id: str, where: list[ColumnElement[bool]], *, limit: int
) -> dict[str, ItemIndex]:
    # The keys come from the search index alone; only the found rows are fetched.
    keys = replica.scalars(
        select(ItemIndex.key)
        .where(ItemIndex.store_id == store_id, *where)
        .order_by(ItemIndex.folded)
        .limit(limit)
    )
    return _rows(replica, store_id, list(keys))


def _rows(replica: Session, store_id: str, keys: list[str]) -> dict[str, ItemIndex]:
    # Without keys, or ordered by the database, SQLite would walk the whole search index for them.
    if not keys:
        return {}
    query = select(ItemIndex).where(ItemIndex.store_id == store_id, ItemIndex.key.in_(keys))
    return {row.key: row for row in sorted(replica.scalars(query), key=lambda row: row.folded)}


def _begins(text: str) -> ColumnElement[bool]:
    # A range instead of LIKE: it is answered from the index, however common the first letters are.
    return (ItemIndex.folded >= text) & (ItemIndex.folded < text + "\U0010ffff")


def _holds(word: str) -> ColumnElement[bool]:
    return ItemIndex.folded.contains(word, autoescape=True)


def _tiles(replica: Session, store_id: str, rows: Sequence[ItemIndex]) -> list[Tile]:
    tones = {key: category.tone for key, category in published.categories(replica, store_id=store_id)}
    return [_tile(row, row.tone or tones.get(row.category, "other")) for row in rows]


def _tile(row: ItemIndex, tone: str) -> Tile:
    return Tile(
        item=row.key,
        name=row.name,
        tone=tone,
        price_cents=row.lowest_price_cents,
        is_from=row.variant_count > 1,
        asks=row.variant_count > 1 or row.has_choices,
    )


def _page(found: list[Tile], offset: int) -> TilePage:
    return TilePage(found[:PAGE], offset + PAGE if len(found) > PAGE else None)
