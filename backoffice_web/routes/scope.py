"""Which stores a page looks at, and where the signed-in person may act at all.

Invariant: whoever may not act in every store sees and changes the stores where they work, and whatever
belongs to those; what belongs to another store is refused, whichever parameter names it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.people.employee import Employee
from backoffice_web.stores.store import Store
from shared_web.errors import NotAllowed
from shared_web.language import _


def my_stores(session: Session) -> list[Store]:
    """The stores where this person may act, in the order of their names."""
    me = current.account()
    stores = session.scalars(select(Store).order_by(Store.name))
    return [store for store in stores if me.reaches([store.id])]


def shown_stores(session: Session) -> list[Store]:
    """The chosen store alone, or all where this person may act."""
    stores = my_stores(session)
    chosen = [store for store in stores if store.id == current.chosen_store()]
    return chosen or stores


def hidden_names(session: Session) -> list[str]:
    """The names of the stores where this person may not act."""
    me = current.account()
    stores = session.execute(select(Store.id, Store.name))
    return [name for key, name in stores if not me.reaches([key])]


def veiled(text: str, hidden: Iterable[str]) -> str:
    """`text` of a record that all stores share, without the hidden stores' names."""
    for name in hidden:
        text = text.replace(name, _("another store"))
    return text


def stores_of(employee: Employee) -> list[str]:
    """The ids of the stores where somebody works.

    Of whoever works in none, an id that no store has: only who may act in every store reaches them.
    """
    return [link.store_id for link in employee.stores] or [""]


def check_reach(*store_ids: str) -> None:
    """Raises NotAllowed when something belongs to a store where this person may not act."""
    if not current.account().reaches(store_ids):
        raise NotAllowed(_("This belongs to a store where you do not work. Ask an owner."))
