"""What the tile area shows for an address: a tab, or the results of a search, from an offset on."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.catalog.tiles import Tab, TilePage, search, tabs, tiles
from pos_web.owned.sold_out import sold_out_keys
from sync_contract.owned import sold_out_key

LARGEST_OFFSET = 1_000_000


class CatalogView(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is empty when a tab is shown.

    `sold_out` are the keys of the 86 list, and the items all of whose forms are on it.
    """

    tabs: list[Tab]
    tab: str
    text: str
    page: TilePage
    offset: int
    version: int
    sold_out: frozenset[str]


def catalog_view(replica: Session, asked: Mapping[str, str]) -> CatalogView:
    """Read `tab`, `q` and `offset` of a request; whatever is not understood falls back to the first tab."""
    store_id = current.store_id()
    every = tabs(replica, store_id=store_id)
    keys = [tab.key for tab in every]
    tab = asked.get("tab", "")
    if tab not in keys or ("tab" not in asked and keys):
        tab = keys[0] if keys else ""
    text = asked.get("q", "").strip()[:100]
    offset = _offset(asked.get("offset", ""))
    page = (
        search(replica, store_id=store_id, text=text, offset=offset)
        if text
        else tiles(replica, store_id=store_id, tab=tab, offset=offset)
    )
    with current.book_read() as book:
        sold_out = sold_out_keys(book, store_id=store_id, now=current.now())
    return CatalogView(
        tabs=every,
        tab=tab,
        text=text,
        page=page,
        offset=offset,
        version=published.applied_version(replica, store_id=store_id),
        sold_out=sold_out | _sold_out_form_by_form(replica, store_id, sold_out),
    )


def _sold_out_form_by_form(replica: Session, store_id: str, sold_out: frozenset[str]) -> set[str]:
    """The items that nothing is left of, though they are not on the list as a whole."""
    whole = set()
    for item in {key.partition("/")[0] for key in sold_out if "/" in key} - sold_out:
        found = published.find_item(replica, store_id=store_id, key=item)
        forms = {sold_out_key(item, each.key) for each in found.item.variants} if found is not None else set()
        if forms and forms <= sold_out:
            whole.add(item)
    return whole


def _offset(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return min(int(text), LARGEST_OFFSET) if is_number else 0
