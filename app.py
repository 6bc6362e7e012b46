"""Composition root and command line: builds the two web apps, wires the bridge, serves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from flask import Flask, Response, jsonify, redirect
from gunicorn.app.base import BaseApplication
from sqlalchemy import text
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from backoffice_web.bridge.access import keep_embedded_node
from backoffice_web.current import Office
from backoffice_web.demo.business import load_demo
from backoffice_web.factory import create_backoffice
from backoffice_web.sockets import new_sockets as new_office_sockets
from backoffice_web.stores.setup import is_set_up
from migrations.migrate import migrate
from pos_web.current import StoreNode
from pos_web.database import ReplicaBase
from pos_web.factory import create_pos
from pos_web.sockets import new_sockets as new_pos_sockets
from pos_web.sockets import store_room
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.status import applied_versions
from settings import VERSION, Settings, read_settings
from shared_web.announcer import Announcer
from shared_web.database import Database, create_tables
from shared_web.errors import RuleError
from shared_web.logs import configure_logs
from sync_contract.notice import Notice

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Evertill:
    """The whole of one process: both apps behind one WSGI callable, and what runs beside them."""

    wsgi: WsgiApp
    pos: Flask
    backoffice: Flask
    agent: Agent
    announcers: tuple[Announcer, ...]
    office_database: Database
    book: Database
    replica: Database

    def start(self) -> None:
        """Start the threads; after a fork, never before it."""
        for announcer in self.announcers:
            announcer.start()
        self.agent.start()

    def stop(self) -> None:
        self.agent.stop()
        for announcer in self.announcers:
            announcer.stop()
        for database in (self.office_database, self.book, self.replica):
            database.dispose()


def build(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Evertill:
    """Wire both houses over their databases, which must have been migrated."""
    office_database = Database(settings.office_database)
    book, replica = Database(settings.book_database), Database(settings.replica_database)
    create_tables(replica, ReplicaBase)
    with office_database.write() as session:
        keep_embedded_node(session, token=settings.node_token, now=clock())
        session.commit()

    # Each side is told of by the other: the names below are bound before anybody calls.
    office = Office(
        database=office_database,
        announcer=Announcer(lambda event, payload, room: office_sockets.emit(event, payload, to=room)),
        clock=clock,
        notify=lambda notice: agent.notice(notice),
        version=VERSION,
    )
    backoffice = create_backoffice(office, secret_key=settings.office_secret, is_https=settings.is_https)
    office_sockets = new_office_sockets(backoffice, redis_url=settings.redis_url)

    pos_announcer = Announcer(lambda event, payload, room: pos_sockets.emit(event, payload, to=room))
    agent = Agent(
        book=book,
        replica=replica,
        client=BridgeClient(
            base_url="http://office/backoffice/bridge/v1/",
            token=settings.node_token,
            transport=httpx2.WSGITransport(app=DispatcherMiddleware(_nothing, {"/backoffice": backoffice})),
        ),
        clock=clock,
        announce=lambda store, event, payload: pos_announcer.announce(event, payload, room=store_room(store)),
    )
    node = StoreNode(
        book=book, replica=replica, agent=agent, announcer=pos_announcer, clock=clock, version=VERSION
    )
    pos = create_pos(node, secret_key=settings.pos_secret, is_https=settings.is_https)
    pos_sockets = new_pos_sockets(pos, redis_url=settings.redis_url)

    front = _front_door(settings, office_database=office_database, replica=replica)
    return Evertill(
        wsgi=DispatcherMiddleware(front, {"/pos": pos, "/backoffice": backoffice}),
        pos=pos,
        backoffice=backoffice,
        agent=agent,
        announcers=(office.announcer, pos_announcer),
        office_database=office_database,
        book=book,
        replica=replica,
    )


def _front_door(settings: Settings, *, office_database: Database, replica: Database) -> Flask:
    """`/` leads to the POS; `/healthz` says whether this process is ready."""
    app = Flask("evertill", static_folder=None)

    @app.get("/")
    def home() -> Any:
        return redirect("/pos/")

    @app.get("/healthz")
    def health() -> Response:
        with office_database.read() as session:
            session.execute(text("SELECT 1"))
        with replica.read() as session:
            versions = applied_versions(session)
        return jsonify(version=VERSION, role=settings.role, database="ok", applied_versions=versions)

    return app


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with one worker of threads: Socket.IO needs one process, SQLite likes one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": self.settings.threads,
            # More connections than threads, else waiting clients hang behind open sockets.
            "worker_connections": self.settings.threads * 4,
            "graceful_timeout": 5,
            "timeout": 120,
            "accesslog": None,
            "loglevel": "warning",
            "worker_exit": lambda _server, worker: worker.app.evertill.stop(),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WsgiApp:
        # Runs in the worker, after the fork: threads and database connections belong there.
        self.evertill = build(self.settings)
        self.evertill.start()
        return self.evertill.wsgi


def prepare(settings: Settings) -> None:
    """Migrate both houses; on an empty home load the demo business where it is wanted. Prints the way in."""
    migrate("office", settings.office_database)
    migrate("store", settings.book_database)
    address = f"http://{_shown_host(settings.host)}:{settings.port}"
    print(f"POS          {address}/pos")
    print(f"Back Office  {address}/backoffice")
    database = Database(settings.office_database)
    with database.write() as session:
        if not is_set_up(session) and settings.wants_demo:
            demo = load_demo(
                session,
                owner_email=settings.owner_email,
                owner_password=settings.owner_password,
                now=utc_now(),
            )
            session.commit()
            print("Demo         tills: cashier PIN 1111, manager PIN 2222, owner PIN 3333")
            print(f"             Back Office: {demo.owner_email}, password {demo.shown_password}")
        elif not is_set_up(session):
            print("Open the Back Office to create the owner, the first store and its first terminal.")
    database.dispose()
    sys.stdout.flush()


def _shown_host(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py", description="Evertill: a point of sale that is always up to date."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="migrate, then serve the POS and the Back Office")
    commands.add_parser("migrate", help="bring the databases up to date")
    importing = commands.add_parser("import-catalog", help="import a catalog file into a store")
    importing.add_argument("file", type=Path)
    importing.add_argument("--store", required=True, help="the store's name")
    importing.add_argument("--format", default="auto")
    importing.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    importing.add_argument("--publish", action="store_true", help="publish what was imported")
    chosen = parser.parse_args(arguments)
    configure_logs()
    settings = read_settings()
    try:
        return _run(chosen, settings)
    except RuleError as problem:
        print(problem.sentence, file=sys.stderr)
        return 1


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    if chosen.command == "serve":
        prepare(settings)
        Server(settings).run()
        return 0
    migrate("office", settings.office_database)
    migrate("store", settings.book_database)
    if chosen.command == "migrate":
        return 0
    # Only this command needs the file readers, and the server must start fast.
    from backoffice_web.imports.command import import_file

    database = Database(settings.office_database)
    try:
        return import_file(
            database,
            file=chosen.file,
            store=chosen.store,
            format=chosen.format,
            dry_run=chosen.dry_run,
            publish=chosen.publish,
            now=utc_now(),
            out=sys.stdout,
        )
    finally:
        database.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
