"""The Back Office as a whole: its app, its sockets and its database, ready to be served."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
from flask import Flask
from sqlalchemy import text

from backoffice_web.bridge.access import known_nodes
from backoffice_web.current import Office
from backoffice_web.factory import create_backoffice
from backoffice_web.node_lines import NodeLines
from backoffice_web.node_sockets import hang_up, held_nodes, store_room
from backoffice_web.people.account import account_of
from backoffice_web.reports.figures import office_figures
from backoffice_web.sockets import close_session, close_sockets, held_sessions, new_sockets
from shared_web.announcer import Announcer
from shared_web.database import Database
from shared_web.metrics import Figure
from shared_web.relay import Relay
from shared_web.sockets import stop_sockets
from sync_contract.notice import NODES, NOTICE, Notice

HANG_UP, CLOSE = "hang-up", "close-sockets"


@dataclass(frozen=True)
class OfficeHouse:
    """`start` starts threads: after a fork, never before it."""

    app: Flask
    database: Database
    announcer: Announcer
    node_announcer: Announcer
    relay: Relay
    lines: NodeLines

    def start(self) -> None:
        self.lines.start()
        self.announcer.start()
        self.node_announcer.start()
        self.relay.start()

    def stop(self) -> None:
        self.lines.stop()
        self.announcer.stop()
        self.node_announcer.stop()
        self.relay.stop()
        stop_sockets(self.app)
        self.database.dispose()

    def figures(self, *, now: datetime) -> list[Figure]:
        with self.database.read() as session:
            return list(office_figures(session, now=now))

    def health(self) -> dict[str, object]:
        with self.database.read() as session:
            session.execute(text("SELECT 1"))
        return {}


def open_office(
    database: Database,
    *,
    secret_key: str,
    is_https: bool,
    redis_url: str | None,
    clock: Callable[[], datetime],
    version: str,
    notify: Callable[[Notice], None],
) -> OfficeHouse:
    """The Back Office over `database`, which must have been migrated.

    `notify` tells the store node in this very process, if there is one, of a new version. Nodes far away
    are told by their sockets.
    """
    announcer = Announcer(lambda event, payload, room: sockets.emit(event, payload, to=room))
    node_announcer = Announcer(
        lambda event, payload, room: sockets.emit(event, payload, to=room, namespace=NODES)
    )

    def tell(notice: Notice) -> None:
        notify(notice)
        node_announcer.announce(NOTICE, msgspec.structs.asdict(notice), room=store_room(notice.store))

    relay = Relay(redis_url, channel="office")
    # A connection is one worker's; who must go is told to all.
    relay.hear(HANG_UP, lambda content: hang_up(sockets, content["node"]))
    relay.hear(CLOSE, lambda content: close_sockets(sockets, content["person"], content["alive"]))

    def look_after_gap() -> None:
        with database.read() as session:
            ended = [key for key in held_sessions(sockets) if account_of(session, key, now=clock()) is None]
            gone = held_nodes(sockets) - known_nodes(session)
        for key in ended:
            close_session(sockets, key)
        for node_id in gone:
            hang_up(sockets, node_id)

    relay.look_after_gap(look_after_gap)

    def hang_up_everywhere(node_id: str) -> None:
        hang_up(sockets, node_id)
        relay.tell(HANG_UP, {"node": node_id})

    def close_sockets_everywhere(employee_id: str, alive: Collection[str]) -> None:
        close_sockets(sockets, employee_id, alive)
        relay.tell(CLOSE, {"person": employee_id, "alive": list(alive)})

    office = Office(
        database=database,
        announcer=announcer,
        clock=clock,
        notify=tell,
        version=version,
        hang_up=hang_up_everywhere,
        close_sockets=close_sockets_everywhere,
    )

    def tell_line(store_id: str) -> None:
        announcer.announce("office:reports", {"store": store_id}, room="office")

    lines = NodeLines(database, tell=tell_line)
    app = create_backoffice(office, secret_key=secret_key, is_https=is_https)
    sockets = new_sockets(app, lines, redis_url=redis_url)
    return OfficeHouse(app, database, announcer, node_announcer, relay, lines)
