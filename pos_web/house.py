"""A store node as a whole: its app, its sockets, its databases and its agent, ready to be served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from pos_web.current import StoreNode
from pos_web.factory import create_pos
from pos_web.office_socket import OfficeSocket
from pos_web.sockets import new_sockets, session_room, store_room, terminal_room
from pos_web.staff.person import people
from pos_web.staff.till_session import end_changed
from pos_web.staff.touches import Touches
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.figures import node_figures
from pos_web.syncing.inbox import Hint
from pos_web.syncing.mend import open_or_begin_anew
from pos_web.syncing.office_link import OfficeLink
from pos_web.syncing.outbox import waiting
from pos_web.syncing.served import TERMINALS_ENDED, gone_stores, served_store_ids
from pos_web.syncing.status import applied_versions
from pos_web.terminals.presence import Presence, forget_all
from shared_web.announcer import Announcer
from shared_web.database import Database
from shared_web.metrics import Figure
from shared_web.relay import Relay
from shared_web.sockets import stop_sockets
from sync_contract.records import UnreadableRecord

HINT = "hint"
log = structlog.get_logger("evertill.house")


@dataclass(frozen=True)
class StoreHouse:
    """`start` starts threads: after a fork, never before it."""

    app: Flask
    book: Database
    replica: Database
    agent: Agent
    announcer: Announcer
    presence: Presence
    link: OfficeLink | None
    office_socket: OfficeSocket | None
    relay: Relay

    def start(self) -> None:
        self._forget_sockets()
        self.announcer.start()
        self.relay.start()
        self.agent.start()
        if self.office_socket is not None:
            self.office_socket.start()

    def _forget_sockets(self) -> None:
        if not self.relay.is_alone:
            return
        with self.book.write() as book:
            forget_all(book)
            book.commit()

    def stop(self) -> None:
        if self.office_socket is not None:
            self.office_socket.stop()
        self.agent.stop()
        self.presence.stop()
        self.announcer.stop()
        self.relay.stop()
        stop_sockets(self.app)
        self.book.dispose()
        self.replica.dispose()

    def figures(self, *, now: datetime) -> list[Figure]:
        with self.book.read() as book, self.replica.read() as replica:
            return list(node_figures(book, replica, now=now))

    def health(self) -> dict[str, object]:
        with self.book.read() as book, self.replica.read() as replica:
            told: dict[str, object] = {
                "applied_versions": applied_versions(replica),
                "outbox": {store: waiting(book, store_id=store).length for store in served_store_ids(book)}
                | {gone.store_id: gone.waiting.length for gone in gone_stores(book)},
            }
        return told if self.link is None else {**told, "paired": self.link.is_paired}


def open_store(
    *,
    book: Database,
    replica: Database,
    client: BridgeClient,
    link: OfficeLink | None,
    secret_key: str,
    is_https: bool,
    redis_url: str | None,
    clock: Callable[[], datetime],
    version: str,
) -> StoreHouse:
    """The store node over its two databases; the book must have been migrated. `client` asks the office.

    `link` is that of a node far from its office; None inside one process.
    """
    open_or_begin_anew(replica)
    announcer = Announcer(lambda event, payload, room: sockets.emit(event, payload, to=room))
    relay = Relay(redis_url, channel="pos")

    def announce(store: str, event: str, payload: dict[str, Any]) -> None:
        if event == TERMINALS_ENDED:
            for terminal in payload["terminals"]:
                announcer.announce("pos:ended", {}, room=terminal_room(terminal))
            return
        if event == "pos:applied" and payload["has_people"]:
            # First whoever may not be there any more; the news is for the others.
            for key in _ended_sessions(book, replica, store):
                announcer.announce("pos:locked", {}, room=session_room(key))
        announcer.announce(event, payload, room=store_room(store))

    def tell_devices(store: str) -> None:
        announcer.announce("pos:devices", {}, room=store_room(store))

    presence = Presence(book, clock=clock, tell=tell_devices)
    agent = Agent(
        book=book,
        replica=replica,
        client=client,
        clock=clock,
        announce=announce,
        is_alone=relay.is_alone,
        pass_on=lambda hint: relay.tell(HINT, msgspec.to_builtins(hint)),
        link=link,
    )
    relay.hear(HINT, lambda content: agent.hear(msgspec.convert(content, Hint)))
    node = StoreNode(
        book=book,
        replica=replica,
        agent=agent,
        announcer=announcer,
        clock=clock,
        version=version,
        presence=presence,
        office_url=f"{link.office}/backoffice/" if link is not None else "/backoffice/",
        link=link,
        touches=Touches(is_alone=relay.is_alone),
    )
    app = create_pos(node, secret_key=secret_key, is_https=is_https)
    sockets = new_sockets(app, redis_url=redis_url)
    office_socket = OfficeSocket(link, agent) if link is not None else None
    return StoreHouse(app, book, replica, agent, announcer, presence, link, office_socket, relay)


def _ended_sessions(book: Database, replica: Database, store_id: str) -> list[str]:
    try:
        return _end_changed_sessions(book, replica, store_id)
    except (SQLAlchemyError, UnreadableRecord) as problem:
        # Their next request sends them away as well; no screen must miss the update for it.
        log.error("sessions of changed people were not ended", store=store_id, exc_info=problem)
        return []


def _end_changed_sessions(book: Database, replica: Database, store_id: str) -> list[str]:
    """After an apply: end the sessions of people who were switched off, or got another PIN or role."""
    with replica.read() as reading:
        present = people(reading, store_id=store_id)
    with book.write() as session:
        ended = end_changed(session, store_id=store_id, people=present)
        session.commit()
    return ended
