"""The Back Office as a whole: its app, its sockets and its database, ready to be served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from flask import Flask
from sqlalchemy import text

from backoffice_web.current import Office
from backoffice_web.factory import create_backoffice
from backoffice_web.node_sockets import hang_up, store_room
from backoffice_web.reports.figures import office_figures
from backoffice_web.sockets import close_sockets, new_sockets
from shared_web.announcer import Announcer
from shared_web.database import Database
from shared_web.metrics import Figure
from sync_contract.notice import NODES, NOTICE, Notice


@dataclass(frozen=True)
class OfficeHouse:
    """`start` starts threads: after a fork, never before it."""

    app: Flask
    database: Database
    announcer: Announcer
    node_announcer: Announcer

    def start(self) -> None:
        self.announcer.start()
        self.node_announcer.start()

    def stop(self) -> None:
        self.announcer.stop()
        self.node_announcer.stop()
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

    office = Office(
        database=database,
        announcer=announcer,
        clock=clock,
        notify=tell,
        version=version,
        hang_up=lambda node_id: hang_up(sockets, node_id),
        close_sockets=lambda employee_id, alive: close_sockets(sockets, employee_id, alive),
    )
    app = create_backoffice(office, secret_key=secret_key, is_https=is_https)
    sockets = new_sockets(app, redis_url=redis_url)
    return OfficeHouse(app, database, announcer, node_announcer)
