"""The list of stores, each with its newest version and its terminals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.publishing.publication import Mark, PublishedHead
from backoffice_web.reports.unchanged import stamp
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import terminal_counts

SORTS: Mapping[str, Sequence[Any]] = {
    "name": (Store.name, Store.id),
    "currency": (Store.currency, Store.name, Store.id),
}


@dataclass(frozen=True)
class StoreRow:
    store: Store
    version: int
    terminals: int
    waiting: int
    """How many saved changes are not at its tills."""
    newest: int
    """The stamp of the latest of them."""


def list_stores(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[StoreRow]:
    """Those of the given stores that the wish finds."""
    statement = select(Store).where(Store.id.in_([store.id for store in stores]))
    if wish.text:
        statement = statement.where(contains(Store.name, wish.text))
    page = fetch_page(session, statement, wish, sorts=SORTS)
    ids = [store.id for store in page.rows]
    heads = select(PublishedHead.store_id, PublishedHead.version).where(PublishedHead.store_id.in_(ids))
    versions: dict[str, int] = dict(session.execute(heads).all())
    terminals = terminal_counts(session, store_ids=ids)
    waiting = _waiting(session, ids)
    rows = [
        StoreRow(store, versions.get(store.id, 0), terminals[store.id], *waiting.get(store.id, (0, 0)))
        for store in page.rows
    ]
    return Page(wish=page.wish, rows=rows, total=page.total)


def _waiting(session: Session, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    rows = session.execute(
        select(Mark.store_id, func.count(), func.max(Mark.at))
        .where(Mark.store_id.in_(ids))
        .group_by(Mark.store_id)
    )
    return {store_id: (count, stamp(at)) for store_id, count, at in rows}
