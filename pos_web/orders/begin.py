"""The order that is open at a terminal, and beginning the next one.

Invariant: one open order per terminal, none at one that is gone. Every command first locks the terminal's
row, so that two requests of one terminal follow each other on any database, and looks at it under the lock.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.catalog import published
from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from pos_web.staff.person import Person
from pos_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from shared_web.language import _

LARGEST_TICKET = 9999


class OrderNotOpen(RuleError):
    """There is no open order at this terminal, or it changed meanwhile."""


class TerminalGone(RuleError):
    """The terminal was archived, or moved to another store, while the request waited for its turn."""


class OtherOrder(RuleError):
    """The screen that was pressed on shows another order than the one that is open, as in an older tab."""

    status = 409


class PartlyPaid(RuleError):
    """An order with payments is not changed: its payments would no longer fit."""


def open_order(book: Session, *, terminal_id: str) -> Order | None:
    return book.scalars(select(Order).where(Order.terminal_id == terminal_id, Order.state == "open")).first()


def the_open_order(book: Session, *, terminal_id: str, order_uuid: str | None = None) -> Order:
    """The terminal's open order, locked for a command. `order_uuid` is the one that the person saw.

    Raises OrderNotOpen, OtherOrder.
    """
    lock_terminal(book, terminal_id)
    order = open_order(book, terminal_id=terminal_id)
    if order is None and not order_uuid:
        raise OrderNotOpen(_("There is no open order here."))
    if order is None or order_uuid not in {None, order.uuid}:
        raise OtherOrder(_("This screen shows another order than the one that is open. Nothing was done."))
    return order


def changeable_order(book: Session, *, terminal_id: str, order_uuid: str | None = None) -> Order:
    """The open order, when nothing is paid yet. Raises OrderNotOpen, OtherOrder, PartlyPaid."""
    order = the_open_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    refuse_if_partly_paid(book, order)
    return order


def refuse_if_partly_paid(book: Session, order: Order) -> None:
    if book.scalar(select(func.count()).where(Payment.order_uuid == order.uuid)):
        raise PartlyPaid(_("This order is partly paid. Take the rest, or remove the payment first."))


def begin(book: Session, replica: Session, *, terminal_id: str, by: Person, now: datetime) -> Order:
    """A new open order, with the next short number of this terminal."""
    terminal = lock_terminal(book, terminal_id)
    terminal.last_ticket = terminal.last_ticket % LARGEST_TICKET + 1
    order = Order(
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        employee_id=by.employee,
        employee_name=by.name,
        state="open",
        currency=published.profile(replica, store_id=terminal.store_id).currency,
        ticket=terminal.last_ticket,
        opened_at=now,
        lines=[],
    )
    book.add(order)
    return order


def lock_terminal(book: Session, terminal_id: str) -> Terminal:
    """The terminal, locked for a command; `book.info["store"]` is the store that the request came for.

    Raises TerminalGone: whoever asked before the lock may have waited behind the office's answer.
    """
    terminal = book.get_one(Terminal, terminal_id, with_for_update=True, populate_existing=True)
    if terminal.is_archived or terminal.store_id != book.info.get("store", terminal.store_id):
        raise TerminalGone(_("This terminal was archived or moved. Go on at another one."))
    return terminal
