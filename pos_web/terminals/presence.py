"""Who is connected in a store right now, by the sockets of its tills.

In the book, so that every worker knows of the others' sockets. Invariant: nothing depends on it; a worker
that dies leaves rows behind, which do not count as soon as their terminal is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pos_web.terminals.connection import Connection
from pos_web.terminals.terminal import Terminal

# From one page to the next a till is without a socket for a moment.
BETWEEN_PAGES = timedelta(seconds=20)
# A page tells every half minute what it shows; three times nothing, and nobody is there.
SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True)
class Device:
    """A connected terminal; `person` is empty while nobody is signed in there."""

    terminal_id: str
    name: str
    code: str
    person: str
    shown_version: int
    since: datetime


def note_connected(
    session: Session, *, sid: str, store_id: str, terminal_id: str, person: str, now: datetime
) -> None:
    """A socket of the terminal stands; the caller commits."""
    before = session.scalars(select(Connection).where(Connection.terminal_id == terminal_id)).all()
    stays = [each for each in before if each.gone_at is None or now - each.gone_at < BETWEEN_PAGES]
    since = min((each.since for each in stays if _is_fresh(each, now)), default=now)
    for each in before:
        if each.gone_at is not None or now - each.connected_at > timedelta(days=1):
            session.delete(each)
    session.merge(
        Connection(
            sid=sid,
            store_id=store_id,
            terminal_id=terminal_id,
            employee_name=person[:80],
            since=since,
            connected_at=now,
            gone_at=None,
        )
    )
    session.flush()


def note_gone(session: Session, *, sid: str, now: datetime) -> None:
    session.execute(update(Connection).where(Connection.sid == sid).values(gone_at=now))


def forget_all(session: Session) -> None:
    """After a start of the only worker: no socket of the one before is there any more."""
    session.execute(delete(Connection))


def devices(session: Session, *, store_id: str, now: datetime) -> list[Device]:
    """The terminals of the store that are connected now, by name."""
    rows = session.execute(
        select(Terminal, Connection)
        .join(Connection, Connection.terminal_id == Terminal.id)
        .where(Terminal.store_id == store_id, Terminal.is_archived.is_(False), Connection.gone_at.is_(None))
        # The newest page is the one in front of somebody.
        .order_by(Terminal.name, Terminal.id, Connection.connected_at.desc())
    )
    found: dict[str, Device] = {}
    for terminal, connection in rows:
        last = max(connection.connected_at, terminal.seen_at or connection.connected_at)
        if terminal.id not in found and now - last < SILENT_AFTER:
            found[terminal.id] = Device(
                terminal.id,
                terminal.name,
                terminal.code,
                connection.employee_name,
                terminal.shown_version,
                connection.since,
            )
    return list(found.values())


def _is_fresh(connection: Connection, now: datetime) -> bool:
    return now - connection.connected_at < timedelta(days=1)
