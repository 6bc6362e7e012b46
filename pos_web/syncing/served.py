"""What the office says about this node: which stores it serves, with which terminals.

Invariants: the book keeps the last answer, so that the node starts and sells without the office; what
belongs to the store (theme, receipt counters) is never overwritten; nothing is written when nothing
changed; a store that is gone is remembered for as long as documents of it wait here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pos_web.orders.hold import put_aside_of_gone
from pos_web.orders.order import Order
from pos_web.syncing.outbox import Waiting, unsent_by_store, waiting
from pos_web.terminals.series import first_series, next_series, number_of
from pos_web.terminals.terminal import ServedStore, Terminal
from sync_contract.changes import StoreEntry, TerminalEntry


@dataclass(frozen=True)
class GoneStore:
    """A store that this node serves no more, and what it keeps of it that no office has."""

    store_id: str
    name: str
    waiting: Waiting


def served_store_ids(session: Session) -> list[str]:
    served = select(ServedStore.store_id).where(ServedStore.is_gone.is_(False))
    return list(session.scalars(served.order_by(ServedStore.store_id)))


def gone_stores(session: Session) -> list[GoneStore]:
    """Those that are served no more although documents of them wait here, by name."""
    gone = select(ServedStore).where(ServedStore.is_gone.is_(True)).order_by(ServedStore.name)
    found = [(each, waiting(session, store_id=each.store_id)) for each in session.scalars(gone)]
    return [GoneStore(each.store_id, each.name, waits) for each, waits in found if waits.unsent]


def unsent_in_words(session: Session) -> str:
    """How many documents no office has, store by store ("Boston: 3, Hamburg: 1"); empty when all is sent."""
    names = dict(session.execute(select(ServedStore.store_id, ServedStore.name)).all())
    counts = {names.get(store_id, store_id): count for store_id, count in unsent_by_store(session).items()}
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


# What screens hear whose browser is their terminal no more; to whom, the store's house knows.
TERMINALS_ENDED = "pos:terminals-ended"


def update_served(session: Session, *, stores: Sequence[StoreEntry]) -> dict[str, list[str]]:
    """Make the book agree with the office's list; the caller commits.

    A store that is gone keeps its book, its terminals are archived. Nobody asked this node: what waits here
    of that store is shown until the office has it. An empty list is no list: an office that forgot all its
    stores must not stop the sale. Returns, by store, the terminals that have ended.
    """
    if not stores:
        return {}
    ended = {}
    known = {store.store_id: store for store in session.scalars(select(ServedStore))}
    for entry in stores:
        store = known.pop(entry.id, None)
        if store is None:
            store = ServedStore(store_id=entry.id, name=entry.name, epoch=entry.epoch)
            session.add(store)
        store.name, store.epoch, store.is_demo = entry.name, entry.epoch, entry.is_demo
        store.is_gone = False
        ended[entry.id] = update_terminals(session, store_id=entry.id, terminals=entry.terminals)
    for gone in known.values():
        ended[gone.store_id] = update_terminals(session, store_id=gone.store_id, terminals=())
        if waiting(session, store_id=gone.store_id).unsent:
            gone.is_gone = True
        else:
            session.delete(gone)
    return {store_id: terminals for store_id, terminals in ended.items() if terminals}


def update_terminals(session: Session, *, store_id: str, terminals: Iterable[TerminalEntry]) -> list[str]:
    """Make the store's terminals agree with the office's list; the caller commits.

    An order that is open at a terminal which is archived or moved goes on hold. Returns those whose browser
    is this terminal no more: archived, moved, or registered anew.
    """
    ended = []
    known = {
        terminal.id: terminal
        for terminal in session.scalars(select(Terminal).where(Terminal.store_id == store_id))
    }
    for entry in terminals:
        terminal = known.pop(entry.id, None)
        if terminal is None:
            terminal = session.get(Terminal, entry.id)
            if terminal is not None:
                put_aside_of_gone(session, terminal, store_id=terminal.store_id)
            else:
                terminal = Terminal(id=entry.id)
        if terminal.store_id != store_id:
            # New here: its numbers begin, and another terminal may have given some with this code.
            series = first_series(session, store_id=store_id, code=entry.code)
            terminal.series, terminal.last_counter = series, 0
        terminal.store_id, terminal.name, terminal.code = store_id, entry.name, entry.code
        session.add(terminal)
        terminal.is_archived = False
        if entry.registration > (terminal.registration or 0):
            # Another browser, or none: what the one before showed is over. (A lower number is that of an
            # office which was restored from a backup.)
            ended.append(terminal.id)
            terminal.registration, terminal.is_registered = entry.registration, entry.is_registered
            terminal.seen_at = None
        # A browser may have been registered here a moment ago; only a newer registration takes that back.
        terminal.is_registered = bool(terminal.is_registered) or entry.is_registered
    leaving = [gone for gone in known.values() if not gone.is_archived]
    for gone in leaving:
        put_aside_of_gone(session, gone, store_id=store_id)
        gone.is_archived = True
    _put_aside_strays(session, store_id)
    return ended + [gone.id for gone in leaving]


def _put_aside_strays(session: Session, store_id: str) -> None:
    """What an earlier release left open at terminals that are gone: nobody could ever take it up there."""
    is_gone = or_(Terminal.is_archived, Terminal.store_id != store_id)
    strays = (
        select(Terminal)
        .join(Order, Order.terminal_id == Terminal.id)
        .where(Order.store_id == store_id, Order.state == "open", is_gone)
    )
    for terminal in session.scalars(strays).all():
        put_aside_of_gone(session, terminal, store_id=store_id)


def heed_receipt_marks(session: Session, *, store_id: str, marks: Mapping[str, int], now: datetime) -> None:
    """Open a new series where the office holds receipts that this (restored) book has forgotten.

    `marks`: highest counter per "terminal id/series"; a series ends in its number. The caller commits.
    """
    for terminal_id, series, counter in _parsed(marks):
        terminal = session.get(Terminal, terminal_id)
        if terminal is None or terminal.store_id != store_id:
            continue
        if (terminal.series, terminal.last_counter) < (series, counter):
            terminal.series, terminal.last_counter = next_series(series, now=now), 0


def _parsed(marks: Mapping[str, int]) -> list[tuple[str, int, int]]:
    found = []
    for name, counter in marks.items():
        terminal_id, _slash, series = name.rpartition("/")
        if number := number_of(series):
            found.append((terminal_id, number, counter))
    # In order of series, so that the newest one decides.
    return sorted(found, key=lambda mark: mark[1:])
