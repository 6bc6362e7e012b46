"""The series of receipt numbers: `R1-1-0042` is the 42nd receipt of terminal R1 in its series 1.

Invariants: within a store no number is ever given twice; a series that begins where the numbers given so far
cannot be known is named by the second in which it begins, so that two lives of one backup, on whatever
computers, do not share one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.orders.order import Order
from pos_web.terminals.terminal import Terminal

# The seconds from here on fit into the column until 2094.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
LARGEST = 2**31 - 2


def next_series(highest: int, *, now: datetime) -> int:
    """A series above the `highest` known one that no other life of this book has opened, or will.

    Counting on from `highest` alone would repeat: a backup that is restored twice knows the same highest one.
    By a clock that stands before 2026 it does count on; the office's receipt marks are the net then.
    """
    return max(highest + 1, int((now - BEGINNING).total_seconds()))


def first_series(session: Session, *, store_id: str, code: str) -> int:
    """Where a terminal begins that this book did not know with this `code` in this store.

    Usually 1. Above all receipts that another terminal with the code has given here: an office that was
    restored to before that one existed gives its code again.
    """
    terminals = select(Terminal.series).where(Terminal.store_id == store_id, Terminal.code == code)
    printed = select(Order.series).where(
        Order.store_id == store_id, Order.series.startswith(f"{code}-", autoescape=True)
    )
    known = [*session.scalars(terminals), *map(number_of, session.scalars(printed.distinct()))]
    return max(known, default=0) + 1


def number_of(series: str) -> int:
    """The number at the end of a printed series such as `R1-3`; 0 of one without any of ours."""
    number = series.rpartition("-")[2]
    is_number = number.isascii() and number.isdigit() and len(number) <= len(str(LARGEST))
    return int(number) if is_number and int(number) <= LARGEST else 0
