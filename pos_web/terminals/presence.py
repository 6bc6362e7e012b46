"""Who is connected in a store right now, by the sockets of its tills.

Each worker counts its sockets in memory; the book, in which every worker reads of the others, hears only
what is news: a till came, another person is there, it is gone, and once a minute at most that it is still
there. Going from page to page is none of these. Invariant: nothing depends on it; a worker that dies leaves
rows behind, which do not count as soon as their terminal is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Timer
from typing import Any

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from pos_web.database import new_uuid
from pos_web.terminals.connection import Connection
from pos_web.terminals.terminal import Terminal
from shared_web.clock import is_within
from shared_web.database import Database

log = structlog.get_logger("evertill.presence")

# From one page to the next a till is without a socket for a moment: so long nobody is told.
AWAY_AFTER = timedelta(seconds=5)
# Whoever is back within this time has stayed.
BETWEEN_PAGES = timedelta(seconds=20)
# A page tells every half minute what it shows; three times nothing, and nobody is there.
SILENT_AFTER = timedelta(seconds=90)
# That somebody is still there is written at most so often.
STILL_THERE_EVERY = timedelta(minutes=1)
OF_A_DEAD_WORKER = timedelta(days=1)


@dataclass(frozen=True)
class Device:
    """A connected terminal; `person` is empty while nobody is signed in there."""

    terminal_id: str
    name: str
    code: str
    person: str
    shown_version: int
    since: datetime


class Presence:
    """The sockets of this worker. `tell(store_id)`: what its Devices pages show has changed."""

    def __init__(
        self,
        book: Database,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[str], None],
        pause: timedelta = AWAY_AFTER,
    ) -> None:
        self._book, self._clock, self._tell, self._pause = book, clock, tell, pause
        self._worker = ""
        # Socket → (store, terminal).
        self._sockets: dict[str, tuple[str, str]] = {}
        self._leaving: dict[tuple[str, str], Timer] = {}
        self._lock = Lock()
        self._is_stopped = False

    def came(self, *, sid: str, store_id: str, terminal_id: str, person: str) -> None:
        """A socket of the terminal stands."""
        place = (store_id, terminal_id)
        with self._lock:
            # Not earlier: workers that were forked from one process are several.
            self._worker = self._worker or new_uuid()[:16]
            self._sockets[sid] = place
            if (timer := self._leaving.pop(place, None)) is not None:
                timer.cancel()
        what: dict[str, Any] = {"terminal_id": terminal_id, "person": person, "now": self._clock()}
        with self._book.read() as book:
            is_due = is_news(book, worker=self._worker, **what)
        if is_due:
            self._write(store_id, note_connected, of_store=store_id, **what)

    def went(self, *, sid: str) -> None:
        """A socket has closed. Only when no other one comes for a while the terminal is gone."""
        with self._lock:
            place = self._sockets.pop(sid, None)
            if place is None or self._is_stopped or self._is_here(place) or place in self._leaving:
                return
            timer = Timer(self._pause.total_seconds(), self._gone, [place, self._clock()])
            timer.daemon = True
            self._leaving[place] = timer
            timer.start()

    def stop(self) -> None:
        """Write nothing any more."""
        with self._lock:
            self._is_stopped = True
            timers = list(self._leaving.values())
        for timer in timers:
            timer.cancel()
            timer.join()

    def _is_here(self, place: tuple[str, str]) -> bool:
        return place in self._sockets.values()

    def _gone(self, place: tuple[str, str], at: datetime) -> None:
        # Whoever comes in this moment waits, and then finds that it has to be written again.
        with self._lock:
            self._leaving.pop(place, None)
            if not self._is_stopped and not self._is_here(place):
                self._write(place[0], note_gone, terminal_id=place[1], at=at)

    def _write(self, store_id: str, note: Callable[..., None], **what: Any) -> None:
        """Write it for the Devices pages, and tell them. A socket does not fail for it."""
        try:
            with self._book.write() as book:
                note(book, worker=self._worker, **what)
                book.commit()
        except DatabaseError as problem:
            log.warning("presence not written", store=store_id, exc_info=problem)
            return
        self._tell(store_id)


def is_news(session: Session, *, worker: str, terminal_id: str, person: str, now: datetime) -> bool:
    """Would a Devices page show something else, or has nothing been written for a while?"""
    row = session.get(Connection, (worker, terminal_id))
    if row is None or row.gone_at is not None or row.employee_name != person[:80]:
        return True
    return not is_within(now, row.connected_at, row.connected_at + STILL_THERE_EVERY)


def note_connected(
    session: Session, *, worker: str, terminal_id: str, of_store: str, person: str, now: datetime
) -> None:
    """The terminal has a socket at this worker; the caller commits."""
    before = session.scalars(select(Connection).where(Connection.terminal_id == terminal_id)).all()
    stays = [row for row in before if row.gone_at is None or now - row.gone_at < BETWEEN_PAGES]
    since = min((row.since for row in stays if now - row.connected_at < OF_A_DEAD_WORKER), default=now)
    own = next((row for row in before if row.worker == worker), None)
    for row in before:
        if row is not own and (row.gone_at is not None or now - row.connected_at > OF_A_DEAD_WORKER):
            session.delete(row)
    if own is None:
        own = Connection(worker=worker, terminal_id=terminal_id)
        session.add(own)
    own.store_id, own.employee_name = of_store, person[:80]
    own.since, own.connected_at, own.gone_at = since, now, None
    session.flush()


def note_gone(session: Session, *, worker: str, terminal_id: str, at: datetime) -> None:
    """The last socket of the terminal at this worker closed at `at`; the caller commits."""
    own = (Connection.worker == worker, Connection.terminal_id == terminal_id)
    session.execute(update(Connection).where(*own).values(gone_at=at))


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
        signs = (connection.connected_at, terminal.seen_at or connection.connected_at)
        is_there = any(is_within(now, sign, sign + SILENT_AFTER) for sign in signs)
        if terminal.id not in found and is_there:
            found[terminal.id] = Device(
                terminal.id,
                terminal.name,
                terminal.code,
                connection.employee_name,
                terminal.shown_version,
                connection.since,
            )
    return list(found.values())
