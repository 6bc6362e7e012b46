"""Signs that the office is another copy of itself: an old copy of its database was started, or left again.

A restore by the commands gives the office a new epoch. A copy that somebody put back by hand, or that runs
beside the real one, has the epoch of before; what a store sent meanwhile may then be in the other one alone.
Invariant: these are only signs, so all that follows is offering documents again, which the office keeps once.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.orders.finish import receipt_number
from pos_web.orders.order import Order
from pos_web.syncing.outbox import ACKNOWLEDGED, OutboxDocument
from pos_web.terminals.terminal import Terminal


def lacks_receipts(session: Session, *, store_id: str, marks: Mapping[str, int]) -> bool:
    """Does the office lack a sale that it acknowledged? `marks`: highest counter per "terminal id/series"."""
    terminals = session.scalars(
        select(Terminal).where(Terminal.store_id == store_id, Terminal.last_counter > 0)
    )
    return any(_is_forgotten(session, terminal, marks) for terminal in terminals.all())


def _is_forgotten(session: Session, terminal: Terminal, marks: Mapping[str, int]) -> bool:
    series = f"{terminal.code}-{terminal.series}"
    mark = marks.get(f"{terminal.id}/{series}", 0)
    if mark >= terminal.last_counter:
        return False
    # Usually the next one waits to go up. The receipt number leads to it by an index.
    next_one = (
        select(OutboxDocument.state)
        .join(Order, Order.uuid == OutboxDocument.uuid)
        .where(Order.store_id == terminal.store_id, Order.number == receipt_number(series, mark + 1))
    )
    return session.scalar(next_one) == ACKNOWLEDGED
