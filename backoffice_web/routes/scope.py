"""Which stores a page looks at: the one in the switcher, or all of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.stores.store import Store


def shown_stores(session: Session) -> list[Store]:
    """The chosen store alone, or every store in the order of the names."""
    stores = list(session.scalars(select(Store).order_by(Store.name)))
    chosen = [store for store in stores if store.id == current.chosen_store()]
    return chosen or stores
