"""Composition root and command line: builds the two web apps, wires the bridge, serves."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx2
from flask import Flask

from backoffice_web import upkeep as office_upkeep
from backoffice_web.house import OfficeHouse, open_office
from migrations.migrate import migrate
from pos_web import upkeep as node_upkeep
from pos_web.house import StoreHouse, open_store
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.office_link import OfficeLink, link_files, read_link
from settings import ROLES, VERSION, Settings, read_settings
from shared_web.backups import back_up, erase_home, last_backup, note_backup, restore
from shared_web.command_line import command_line
from shared_web.database import Database, opened
from shared_web.errors import RuleError
from shared_web.front_door import WsgiApp, behind_proxies, front_door, only
from shared_web.logs import configure_logs
from shared_web.permission_matrix import permission_matrix
from shared_web.serving import Server
from shared_web.sole_server import sole_server
from sync_contract.notice import Notice

EMBEDDED_OFFICE = "http://office/backoffice/bridge/v1/"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Evertill:
    """The whole of one process: its houses behind one WSGI callable. `stop` also ends their threads."""

    wsgi: WsgiApp
    office: OfficeHouse | None
    store: StoreHouse | None

    def start(self) -> None:
        """Start the threads; after a fork, never before it."""
        for house in (self.office, self.store):
            if house is not None:
                house.start()

    def stop(self) -> None:
        # The store first: its last words go to the office.
        for house in (self.store, self.office):
            if house is not None:
                house.stop()

    @property
    def backoffice(self) -> Flask:
        return self._office.app

    @property
    def office_database(self) -> Database:
        return self._office.database

    @property
    def pos(self) -> Flask:
        return self._store.app

    @property
    def agent(self) -> Agent:
        return self._store.agent

    @property
    def book(self) -> Database:
        return self._store.book

    @property
    def replica(self) -> Database:
        return self._store.replica

    @property
    def _office(self) -> OfficeHouse:
        assert self.office is not None, "this process is a store node"
        return self.office

    @property
    def _store(self) -> StoreHouse:
        assert self.store is not None, "this process is a Back Office"
        return self.store


def build(
    settings: Settings, *, clock: Callable[[], datetime] = utc_now, started_at: datetime | None = None
) -> Evertill:
    """Wire the houses of this role over their databases, which must have been migrated.

    `started_at`: when the first of several workers started, so that they count as one start.
    """
    heard: list[Callable[[Notice], None]] = []
    office = _open_office(settings, clock, heard) if settings.has_office else None
    store = _open_store(settings, clock, office, started_at) if settings.has_store else None
    if office is not None and store is not None:
        heard.append(store.agent.notice)
    houses = {
        prefix: house for prefix, house in (("/pos", store), ("/backoffice", office)) if house is not None
    }
    wsgi = front_door(
        houses,
        version=VERSION,
        role=settings.role,
        clock=clock,
        backed_up_at=lambda: last_backup(settings.home),
        threads=settings.threads,
        has_siblings=settings.workers > 1,
        metrics_token=settings.metrics_token,
    )
    return Evertill(behind_proxies(wsgi, count=settings.proxies), office, store)


def _open_office(
    settings: Settings, clock: Callable[[], datetime], heard: list[Callable[[Notice], None]]
) -> OfficeHouse:
    """The Back Office; whoever is in `heard` at that moment is told of a new version."""
    _settle_embedded_node(settings, now=clock())

    def notify(notice: Notice) -> None:
        for hear in heard:
            hear(notice)

    return open_office(
        Database(settings.office_database),
        secret_key=settings.office_secret,
        is_https=settings.is_https,
        redis_url=settings.redis_url,
        clock=clock,
        version=VERSION,
        notify=notify,
    )


def _settle_embedded_node(settings: Settings, *, now: datetime) -> None:
    token = settings.node_token if settings.has_store else None
    office_upkeep.settle_embedded_node(settings.office_database, token=token, now=now)


def _open_store(
    settings: Settings,
    clock: Callable[[], datetime],
    office: OfficeHouse | None,
    started_at: datetime | None,
) -> StoreHouse:
    """The store node. With the office in the same process its requests never leave it."""
    link = None
    if office is None:
        client = BridgeClient(version=VERSION)
        link = OfficeLink(
            settings.link_file, client, office=settings.back_office, clock=clock, started_at=started_at
        )
    else:
        inside = httpx2.WSGITransport(app=only("/backoffice", office.app))
        client = BridgeClient(EMBEDDED_OFFICE, settings.node_token, inside, version=VERSION)
    return open_store(
        book=Database(settings.book_database),
        replica=Database(settings.replica_database),
        client=client,
        link=link,
        secret_key=settings.pos_secret,
        is_https=settings.is_https,
        redis_url=settings.redis_url,
        clock=clock,
        version=VERSION,
    )


def server(settings: Settings, *, of: type[Server] = Server) -> Server:
    """The web server of this process, not yet running."""
    started_at = utc_now()
    return of(
        lambda: build(settings, started_at=started_at),
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        workers=settings.workers,
    )


def prepare(settings: Settings) -> None:
    """Migrate what lives here; on an empty office load the demo where it is wanted. Prints the way in."""
    migrate_houses(settings)
    if settings.has_store:
        print(f"POS          {settings.address}/pos")
    if settings.has_office:
        print(f"Back Office  {settings.address}/backoffice")
        way_in = office_upkeep.open_business(
            settings.office_database,
            wants_demo=settings.wants_demo,
            owner_email=settings.owner_email,
            owner_password=settings.owner_password,
            now=utc_now(),
        )
        print(*way_in, sep="\n")
        # Here too, so that a refusal is a sentence on the command line and no server that does not start.
        _settle_embedded_node(settings, now=utc_now())
    else:
        print(node_upkeep.way_to_office(settings.link_file, given=settings.back_office))
    sys.stdout.flush()


def migrate_houses(settings: Settings) -> None:
    """Bring the databases of this role up to date. A store node has no office's database, nor the reverse."""
    if settings.has_office:
        migrate("office", settings.office_database)
    if settings.has_store:
        migrate("store", settings.book_database)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = command_line(roles=ROLES).parse_args(arguments)
    configure_logs()
    settings = read_settings(
        role=getattr(chosen, "role", None), back_office=getattr(chosen, "back_office", None)
    )
    try:
        return COMMANDS[chosen.command](chosen, settings)
    except RuleError as problem:
        print(problem.sentence, file=sys.stderr)
        return 1


def _serve(_chosen: Namespace, settings: Settings) -> int:
    with sole_server(settings.served_databases, tell=partial(print, file=sys.stderr, flush=True)):
        prepare(settings)
        server(settings).run()
    return 0


def _pair(chosen: Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    link = node_upkeep.pair(
        settings.link_file,
        settings.book_database,
        given=settings.back_office,
        code=chosen.code,
        clock=utc_now,
        leaves_unsent=chosen.discard_unsent,
    )
    print(f"This computer is the store node {link.name} now. A node that is running finds out by itself.")
    return 0


def _unpair(chosen: Namespace, settings: Settings) -> int:
    if not chosen.discard_unsent:
        node_upkeep.check_nothing_unsent(settings.book_database)
    link = node_upkeep.unpair(settings.link_file)
    print(f"Not the store node {link.name} of {link.office} any more. Revoke it there under Terminals.")
    return 0


def _export_unsent(chosen: Namespace, settings: Settings) -> int:
    """What cannot go up by itself, for *Refused documents* of the Back Office."""
    if not settings.has_store:
        raise RuleError("A Back Office sends nothing. Run this where the store is.")
    migrate("store", settings.book_database)
    link = read_link(settings.link_file)
    token = link.token if link is not None else settings.node_token
    unsent = node_upkeep.export_unsent(settings.book_database, chosen.file, token=token, now=utc_now())
    print(f"{chosen.file}: {unsent}. Take it in at the Back Office, under Refused documents.")
    return 0


def _migrate(_chosen: Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    return 0


def _permissions(_chosen: Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    evertill = build(settings)
    print(permission_matrix(evertill.pos, evertill.backoffice), end="")
    return 0


def _new_password(chosen: Namespace, settings: Settings) -> int:
    if not settings.has_office:
        raise RuleError("People sign in where the Back Office runs. Run this there.")
    migrate_houses(settings)
    password = office_upkeep.replace_password(
        settings.office_database,
        email=chosen.email,
        is_second_factor_lost=chosen.second_factor,
        now=utc_now(),
    )
    print(f"{chosen.email}, password {password} (they choose their own when they sign in with it)")
    return 0


def _import_catalog(chosen: Namespace, settings: Settings) -> int:
    # Only this command needs the file readers, and the server must start fast.
    from backoffice_web.imports.command import import_file

    if not settings.has_office:
        raise RuleError("A store node has no catalog of its own. Import it where the Back Office runs.")
    migrate_houses(settings)
    with opened(settings.office_database) as database:
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


def _verify(_chosen: Namespace, settings: Settings) -> int:
    problems = office_upkeep.verify(settings.office_database) if settings.has_office else []
    if settings.has_store:
        problems += node_upkeep.verify(settings.book_database, settings.replica_database)
    for problem in problems:
        print(problem, file=sys.stderr)
    found = len(problems)
    print(f"Problems found: {found}" if found else "Everything is as it was published and sold.")
    return 1 if problems else 0


def _backup(chosen: Namespace, settings: Settings) -> int:
    files = back_up(settings.databases, chosen.folder, home=settings.home, version=VERSION, now=utc_now())
    print(f"{chosen.folder}: {', '.join(files)}")
    return 0


def _backed_up(_chosen: Namespace, settings: Settings) -> int:
    note_backup(settings.home, now=utc_now())
    return 0


def _restore(chosen: Namespace, settings: Settings) -> int:
    if settings.has_store and not chosen.discard_unsent:
        node_upkeep.check_nothing_unsent(settings.book_database)
    above = node_upkeep.series_before_restore(settings.book_database) if settings.has_store else {}
    prepare = {"office.sqlite3": _begin_office, "book.sqlite3": partial(_begin_book, above=above)}
    with sole_server(settings.served_databases, patience_s=0):
        restored = restore(settings.databases, chosen.folder, home=settings.home, prepare=prepare)
    print(f"Restored: {', '.join(restored)}")
    return 0


def _restored(_chosen: Namespace, settings: Settings) -> int:
    """A new epoch for the office, new series of receipts for the store: as after `restore`."""
    if settings.has_office:
        _begin_office(settings.office_database)
    if settings.has_store:
        _begin_book(settings.book_database, above={})
    print("The restored databases are ready to be served.")
    return 0


def _begin_office(url: str) -> None:
    migrate("office", url)
    office_upkeep.begin_after_restore(url)


def _begin_book(url: str, *, above: dict[str, int]) -> None:
    migrate("store", url)
    node_upkeep.begin_after_restore(url, above=above, clock=utc_now)


def _reset(chosen: Namespace, settings: Settings) -> int:
    """To begin anew, or before this computer is given away."""
    if not chosen.yes:
        raise RuleError("This erases everything that is kept here. Make a backup, then add --yes.")
    if settings.has_store and not chosen.discard_unsent:
        node_upkeep.check_nothing_unsent(settings.book_database)
    with sole_server(settings.served_databases, patience_s=0):
        erase_home(settings.databases, home=settings.home, others=link_files(settings.link_file))
    print(f"{settings.home} is empty. A paired node is revoked in its Back Office, under Terminals.")
    return 0


COMMANDS: dict[str, Callable[[Namespace, Settings], int]] = {
    "serve": _serve,
    "pair": _pair,
    "unpair": _unpair,
    "export-unsent": _export_unsent,
    "migrate": _migrate,
    "permissions": _permissions,
    "new-password": _new_password,
    "import-catalog": _import_catalog,
    "verify": _verify,
    "backup": _backup,
    "backed-up": _backed_up,
    "restore": _restore,
    "restored": _restored,
    "reset": _reset,
}


if __name__ == "__main__":
    raise SystemExit(main())
