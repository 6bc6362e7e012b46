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
from sync_contract.records import Item

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
    keys = replica.scalars(
        select(ItemIndex.key)
        .where(ItemIndex.store_id == store_id, where)
        .order_by(ItemIndex.position, ItemIndex.name)
        .offset(offset)
        .limit(PAGE + 1)
    ).all()
    return _page(replica, store_id, keys, offset)


def search(replica: Session, *, store_id: str, text: str, offset: int = 0) -> TilePage:
    """Items whose name or SKU holds every word of `text`, or whose barcode it is.

    First what has the barcode, then names that begin with the text. Empty text finds nothing.
    """
    words = text.casefold().split()
    if not words:
        return TilePage([], None)
    enough = offset + PAGE + 1
    scanned = find_barcode(replica, store_id=store_id, code=text)
    found = dict.fromkeys(item for item, _variant in scanned)
    found |= _matching(replica, store_id, [_begins(" ".join(words))], limit=enough)
    if len(found) < enough:
        # The longest word is the rarest, so most rows fail at the first comparison.
        rarest_first = [_holds(word) for word in sorted(words, key=len, reverse=True)]
        found |= _matching(replica, store_id, rarest_first, limit=enough + len(found))
    return _page(replica, store_id, list(found)[offset:enough], offset)


def _matching(
    replica: Session, store_id: str, where: list[ColumnElement[bool]], *, limit: int
) -> dict[str, None]:
    """The keys, in the order of what is searched, from the search index alone."""
    keys = replica.scalars(
        select(ItemIndex.key)
        .where(ItemIndex.store_id == store_id, *where)
        .order_by(ItemIndex.folded)
        .limit(limit)
    )
    return dict.fromkeys(keys)


def _begins(text: str) -> ColumnElement[bool]:
    # A range instead of LIKE: it is answered from the index, however common the first letters are.
    return (ItemIndex.folded >= text) & (ItemIndex.folded < text + "\U0010ffff")


def _holds(word: str) -> ColumnElement[bool]:
    return ItemIndex.folded.contains(word, autoescape=True)


def _page(replica: Session, store_id: str, keys: Sequence[str], offset: int) -> TilePage:
    """`keys`: of those on the page and, if there are more, one of the next."""
    tones = {key: category.tone for key, category in published.categories(replica, store_id=store_id)}
    shown = published.items(replica, store_id=store_id, keys=keys[:PAGE])
    found = [_tile(key, item, item.tone or tones.get(item.category, "other")) for key, item in shown]
    return TilePage(found, offset + PAGE if len(keys) > PAGE else None)


def _tile(key: str, item: Item, tone: str) -> Tile:
    has_variants = len(item.variants) > 1
    return Tile(
        item=key,
        name=item.name,
        tone=tone,
        price_cents=min([variant.price_cents for variant in item.variants], default=0),
        is_from=has_variants,
        asks=has_variants or bool(item.modifier_groups),
    )
