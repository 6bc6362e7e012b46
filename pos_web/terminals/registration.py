"""Which browser is which terminal: choosing one in the demo, or registering by a code.

The office owns the list of terminals; `tell_terminals` copies what it says into the book.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.terminals.terminal import ServedStore, Terminal
from shared_web.errors import RuleError
from shared_web.language import _


class NotRegistered(RuleError):
    """The code is wrong or used up, or the terminal may not be chosen here."""


class StoreTerminals(msgspec.Struct, frozen=True):
    """A store and its terminals, for the list of buttons."""

    store: ServedStore
    terminals: list[Terminal]


def terminals_by_store(book: Session) -> list[StoreTerminals]:
    """Every store that this node serves, with its terminals by name."""
    served = select(ServedStore).where(ServedStore.is_gone.is_(False))
    stores = book.scalars(served.order_by(ServedStore.name)).all()
    terminals = book.scalars(
        select(Terminal).where(Terminal.is_archived.is_(False)).order_by(Terminal.name)
    ).all()
    return [
        StoreTerminals(store, [each for each in terminals if each.store_id == store.store_id])
        for store in stores
    ]


def is_demo(book: Session) -> bool:
    """May a fresh browser simply choose its terminal? Only when every store here is a demo."""
    stores = book.scalars(select(ServedStore).where(ServedStore.is_gone.is_(False))).all()
    return bool(stores) and all(store.is_demo for store in stores)


def choose(book: Session, *, terminal_id: str) -> Terminal:
    """Make this browser the terminal, in the demo. Raises NotRegistered."""
    terminal = book.get(Terminal, terminal_id)
    if not is_demo(book) or terminal is None or terminal.is_archived:
        raise NotRegistered(_("Ask an admin for a code to register this terminal."))
    terminal.is_registered = True
    return terminal


def cleaned_code(text: str) -> str:
    """A one-time code as people type it, without spaces and hyphens."""
    return "".join(text.split()).replace("-", "").upper()


def register(book: Session, *, terminal_id: str | None) -> Terminal:
    """Make this browser the terminal whose code the office has redeemed; None = the code was not valid.

    Raises NotRegistered.
    """
    terminal = book.get(Terminal, terminal_id) if terminal_id else None
    if terminal is None or terminal.is_archived:
        raise NotRegistered(
            _("This code is not valid. Ask for a new one."), fields={"code": _("This code is not valid.")}
        )
    terminal.is_registered = True
    return terminal
