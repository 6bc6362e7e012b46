"""Putting the open order aside, and taking one up again – at any terminal of the store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pos_web.orders.begin import (
    PartlyPaid,
    changeable_order,
    lock_terminal,
    open_order,
    refuse_if_partly_paid,
)
from pos_web.orders.order import Order
from pos_web.staff.person import Person
from pos_web.terminals.terminal import Terminal
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _


class NothingToHold(RuleError):
    """An order without lines is not put aside."""


class NotOnHold(RuleError):
    """Somebody took the order up, or voided it, meanwhile."""


def hold(
    book: Session, *, terminal_id: str, order_uuid: str | None = None, note: str = "", now: datetime
) -> Order:
    """Put the terminal's open order on hold, which is the one that the person saw; again changes nothing.

    Raises OrderNotOpen, OtherOrder, PartlyPaid, NothingToHold.
    """
    note = note.strip()[:80]
    lock_terminal(book, terminal_id)
    done = book.get(Order, order_uuid) if order_uuid else None
    if done is not None and (done.terminal_id, done.state, done.held_note) == (terminal_id, "held", note):
        return done
    order = changeable_order(book, terminal_id=terminal_id, order_uuid=order_uuid)
    if not order.lines:
        raise NothingToHold(_("There is nothing on this order yet."))
    _put_on_hold(order, now)
    order.held_note = note
    return order


def recall(book: Session, *, terminal_id: str, order_uuid: str, by: Person, now: datetime) -> Order:
    """Take a held order up at this terminal; an order that is open here is put on hold for it.

    Again, as after a lost answer, changes nothing.

    Raises NotOnHold, PartlyPaid, NotAllowed for another person's order without `order.view_others`.
    """
    terminal = lock_terminal(book, terminal_id)
    opened = open_order(book, terminal_id=terminal_id)
    if opened is not None and opened.uuid == order_uuid:
        return opened
    wanted = held_order(book, store_id=terminal.store_id, order_uuid=order_uuid)
    if wanted.employee_id != by.employee and not by.may("order.view_others"):
        raise NotAllowed(_("This order belongs to %(name)s.", name=wanted.employee_name))
    _put_aside(book, terminal_id, now)
    wanted.state = "open"
    wanted.terminal_id = terminal_id
    return wanted


def held_order(book: Session, *, store_id: str, order_uuid: str) -> Order:
    """A held order of the store, locked for a command. Raises NotOnHold."""
    wanted = book.get(Order, order_uuid, with_for_update=True)
    if wanted is None or wanted.store_id != store_id or wanted.state != "held":
        raise NotOnHold(_("This order is no longer on hold."))
    return wanted


def put_aside_others(book: Session, *, terminal_id: str, by: Person, now: datetime) -> Order | None:
    """At sign-in: another's open order goes on hold when the person may not see it. Returns that order.

    One that is partly paid stays: the money for it lies in this drawer.
    """
    lock_terminal(book, terminal_id)
    order = open_order(book, terminal_id=terminal_id)
    if order is None or order.employee_id == by.employee or by.may("order.view_others"):
        return None
    try:
        refuse_if_partly_paid(book, order)
    except PartlyPaid:
        return None
    _put_on_hold(order, now)
    order.held_note = order.held_note or order.employee_name
    return order


def put_aside_of_gone(book: Session, terminal: Terminal, *, store_id: str) -> None:
    """The terminal leaves the store: what is open there goes on hold, for the store's other tills.

    Partly paid or not: at a terminal that is gone nobody could pay the rest. The terminal is locked, so
    that no tap comes in between; the caller notes why it is gone, and commits.
    """
    book.refresh(terminal, with_for_update=True)
    is_open = (Order.terminal_id == terminal.id, Order.store_id == store_id, Order.state == "open")
    for order in book.scalars(select(Order).where(*is_open).execution_options(populate_existing=True)).all():
        order.held_note = order.held_note or terminal.name
        _hold_or_drop(book, order, terminal.seen_at or order.opened_at)


def held_orders(book: Session, *, store_id: str, by: Person) -> list[Order]:
    """The orders on hold that the person may take up, oldest first."""
    query = select(Order).where(Order.store_id == store_id, Order.state == "held").order_by(Order.opened_at)
    if not by.may("order.view_others"):
        query = query.where(Order.employee_id == by.employee)
    return list(book.scalars(query))


def held_by_others(book: Session, *, store_id: str, by: Person) -> list[Order]:
    """The orders on hold that the person may take up with a manager's approval only, oldest first."""
    if by.may("order.view_others"):
        return []
    query = select(Order).where(
        Order.store_id == store_id, Order.state == "held", Order.employee_id != by.employee
    )
    return list(book.scalars(query.order_by(Order.opened_at)))


def count_held(book: Session, *, store_id: str, by: Person) -> tuple[int, int]:
    """How many `held_orders` and how many `held_by_others` there are; asked with every tap."""
    is_mine = Order.employee_id == by.employee
    query = select(func.count(), func.count().filter(is_mine)).where(
        Order.store_id == store_id, Order.state == "held"
    )
    every, mine = book.execute(query).one()
    return (every, 0) if by.may("order.view_others") else (mine, every - mine)


def _put_aside(book: Session, terminal_id: str, now: datetime) -> None:
    order = open_order(book, terminal_id=terminal_id)
    if order is None:
        return
    refuse_if_partly_paid(book, order)
    _hold_or_drop(book, order, now)


def _hold_or_drop(book: Session, order: Order, at: datetime) -> None:
    if order.lines:
        _put_on_hold(order, at)
    else:
        # Nothing was rung or everything was removed: there is nothing to come back to.
        book.delete(order)
    book.flush()


def _put_on_hold(order: Order, now: datetime) -> None:
    order.state = "held"
    order.held_at = order.held_at or now
