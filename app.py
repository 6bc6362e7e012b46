"""Composition root and command line: builds the two web apps, wires the bridge, serves."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from flask import Flask

from backoffice_web.bridge.access import end_embedded_node, keep_embedded_node
from backoffice_web.demo.business import load_demo
from backoffice_web.house import OfficeHouse, open_office
from backoffice_web.people.lost_password import give_new_password
from backoffice_web.stores.setup import is_set_up
from backoffice_web.upkeep import begin_after_restore as begin_office_after_restore
from backoffice_web.upkeep import verify_office
from migrations.migrate import migrate
from pos_web.house import StoreHouse, open_store
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.office_link import OfficeLink, office_address, pair_node, read_link
from pos_web.upkeep import begin_after_restore as begin_node_after_restore
from pos_web.upkeep import check_nothing_unsent, series_before_restore, verify_node
from settings import ROLES, VERSION, Settings, read_settings
from shared_web.backups import LAST, SECRETS, back_up, last_backup, restore
from shared_web.database import Database
from shared_web.database_files import check_unused, erase
from shared_web.errors import RuleError
from shared_web.front_door import WsgiApp, behind_proxies, front_door, only
from shared_web.logs import configure_logs
from shared_web.metrics import Figure
from shared_web.permission_matrix import permission_matrix
from shared_web.serving import Server
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
        prefix: house.app for prefix, house in (("/pos", store), ("/backoffice", office)) if house is not None
    }

    def health() -> dict[str, object]:
        told: dict[str, object] = {"version": VERSION, "role": settings.role, "worker": os.getpid()}
        for house in (office, store):
            told |= house.health() if house is not None else {}
        return told

    def figures() -> Iterator[Figure]:
        what = {"version": VERSION, "role": settings.role}
        yield Figure("evertill_info", "What runs here.", 1, what)
        if (backed_up_at := last_backup(settings.home)) is not None:
            words = "When the last backup was made, in seconds since 1970."
            yield Figure("evertill_last_backup_timestamp_seconds", words, backed_up_at.timestamp())
        for house in (office, store):
            yield from house.figures(now=clock()) if house is not None else ()

    wsgi = front_door(
        houses,
        home="/pos/" if store is not None else "/backoffice/",
        health=health,
        figures=figures,
        metrics_token=settings.metrics_token,
    )
    return Evertill(behind_proxies(wsgi, count=settings.proxies), office, store)


def _open_office(
    settings: Settings, clock: Callable[[], datetime], heard: list[Callable[[Notice], None]]
) -> OfficeHouse:
    """The Back Office; whoever is in `heard` at that moment is told of a new version."""
    database = Database(settings.office_database)
    _settle_embedded_node(database, settings, now=clock())

    def notify(notice: Notice) -> None:
        for hear in heard:
            hear(notice)

    return open_office(
        database,
        secret_key=settings.office_secret,
        is_https=settings.is_https,
        redis_url=settings.redis_url,
        clock=clock,
        version=VERSION,
        notify=notify,
    )


def _settle_embedded_node(database: Database, settings: Settings, *, now: datetime) -> None:
    """Does this office's own process serve its stores? RuleError when paired nodes do that already."""
    with database.write() as session:
        if settings.has_store:
            keep_embedded_node(session, token=settings.node_token, now=now)
        else:
            end_embedded_node(session)
        session.commit()


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
    address = f"http://{_shown_host(settings.host)}:{settings.port}"
    migrate_houses(settings)
    if settings.has_store:
        print(f"POS          {address}/pos")
    if settings.has_office:
        print(f"Back Office  {address}/backoffice")
        _open_business(settings)
    else:
        _show_link(settings)
    sys.stdout.flush()


def migrate_houses(settings: Settings) -> None:
    """Bring the databases of this role up to date. A store node has no office's database, nor the reverse."""
    if settings.has_office:
        migrate("office", settings.office_database)
    if settings.has_store:
        migrate("store", settings.book_database)


def _open_business(settings: Settings) -> None:
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
        elif is_set_up(session):
            print("             Password lost? python app.py new-password E-MAIL")
        else:
            print("Open the Back Office to create the owner, the first store and its first terminal.")
    # Here too, so that a refusal is a sentence on the command line and no server that does not start.
    _settle_embedded_node(database, settings, now=utc_now())
    database.dispose()


def _show_link(settings: Settings) -> None:
    given = office_address(settings.back_office) if settings.back_office else ""
    kept = read_link(settings.link_file)
    if kept is None:
        print("Not paired with a Back Office yet: open the POS, or run python app.py pair.")
    else:
        print(f"Back Office  {given or kept.office}/backoffice")


def _shown_host(host: str) -> str:
    return "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _command_line().parse_args(arguments)
    configure_logs()
    settings = read_settings(
        role=getattr(chosen, "role", None), back_office=getattr(chosen, "back_office", None)
    )
    try:
        code: int = chosen.run(chosen, settings)
    except RuleError as problem:
        print(problem.sentence, file=sys.stderr)
        return 1
    return code


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py", description="Evertill: a point of sale that is always up to date."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="migrate, then serve the POS, the Back Office, or both")
    serving.set_defaults(run=_serve)
    serving.add_argument("--role", choices=ROLES, help="what this process is; all when it is not given")
    serving.add_argument("--back-office", metavar="URL", help="of a store node: where its Back Office is")
    pairing = commands.add_parser(
        "pair", help="make this computer a store node, by a code of the Back Office"
    )
    pairing.set_defaults(run=_pair, role="store")
    pairing.add_argument("--back-office", metavar="URL", help="where the Back Office is")
    pairing.add_argument("--code", required=True, help="the code: Back Office, Terminals, Pair a store node")
    migrating = commands.add_parser("migrate", help="bring the databases up to date")
    migrating.set_defaults(run=_migrate)
    resetting = commands.add_parser("new-password", help="give somebody a new Back Office password")
    resetting.set_defaults(run=_new_password)
    resetting.add_argument("email")
    resetting.add_argument(
        "--second-factor",
        action="store_true",
        help="they lost their phone and recovery codes too: take the second factor away",
    )
    importing = commands.add_parser("import-catalog", help="import a catalog file into a store")
    importing.set_defaults(run=_import_catalog)
    importing.add_argument("file", type=Path)
    importing.add_argument("--store", required=True, help="the store's name")
    importing.add_argument("--format", default="auto")
    importing.add_argument("--dry-run", action="store_true", help="say what would change, change nothing")
    importing.add_argument("--publish", action="store_true", help="publish what was imported")
    telling = commands.add_parser("permissions", help="print which permission opens which route")
    telling.set_defaults(run=_permissions)
    _add_upkeep(commands)
    return parser


def _add_upkeep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verifying = commands.add_parser("verify", help="re-hash everything that is kept here, and report")
    verifying.set_defaults(run=_verify)
    backing_up = commands.add_parser("backup", help="write a backup into a new folder; also while serving")
    backing_up.set_defaults(run=_backup)
    backing_up.add_argument("folder", type=Path)
    resetting = commands.add_parser("reset", help="erase everything that is kept here; not while serving")
    resetting.set_defaults(run=_reset)
    resetting.add_argument("--yes", action="store_true", help="really")
    unpairing = commands.add_parser("unpair", help="make this computer no store node any more")
    unpairing.set_defaults(run=_unpair, role="store")
    restoring = commands.add_parser("restore", help="put a backup back; not while serving")
    restoring.set_defaults(run=_restore)
    restoring.add_argument("folder", type=Path)
    for command in (restoring, resetting, unpairing):
        command.add_argument(
            "--discard-unsent",
            action="store_true",
            help="even if the store's book holds sales that no office has",
        )
    beginning = commands.add_parser(
        "restored", help="after a database server's own tools put a backup back; before serving"
    )
    beginning.set_defaults(run=_restored)


def _verify(_chosen: argparse.Namespace, settings: Settings) -> int:
    problems: list[str] = []
    if settings.has_office:
        problems += verify_office(settings.office_database)
    if settings.has_store:
        problems += verify_node(settings.book_database, settings.replica_database)
    for problem in problems:
        print(problem, file=sys.stderr)
    print("Everything is as it was published and sold." if not problems else f"{len(problems)} problems.")
    return 1 if problems else 0


def _backup(chosen: argparse.Namespace, settings: Settings) -> int:
    files = back_up(_databases(settings), chosen.folder, home=settings.home, version=VERSION, now=utc_now())
    print(f"{chosen.folder}: {', '.join(files)}")
    return 0


def _restore(chosen: argparse.Namespace, settings: Settings) -> int:
    above: dict[str, int] = {}
    if settings.has_store:
        if not chosen.discard_unsent:
            check_nothing_unsent(settings.book_database)
        above = series_before_restore(settings.book_database)

    def prepare_office(url: str) -> None:
        migrate("office", url)
        begin_office_after_restore(url)

    def prepare_book(url: str) -> None:
        migrate("store", url)
        begin_node_after_restore(url, above=above)

    prepare = {"office.sqlite3": prepare_office, "book.sqlite3": prepare_book}
    restored = restore(_databases(settings), chosen.folder, home=settings.home, prepare=prepare)
    print(f"Restored: {', '.join(restored)}")
    return 0


def _reset(chosen: argparse.Namespace, settings: Settings) -> int:
    """To begin anew, or before this computer is given away."""
    if not chosen.yes:
        raise RuleError("This erases everything that is kept here. Make a backup, then add --yes.")
    if settings.has_store and not chosen.discard_unsent:
        check_nothing_unsent(settings.book_database)
    urls = _databases(settings).values()
    for url in urls:
        check_unused(url)
    for url in urls:
        erase(url)
    for name in (SECRETS, LAST):
        (settings.home / name).unlink(missing_ok=True)
    settings.link_file.unlink(missing_ok=True)
    print(f"{settings.home} is empty. A paired node is revoked in its Back Office, under Terminals.")
    return 0


def _unpair(chosen: argparse.Namespace, settings: Settings) -> int:
    if not chosen.discard_unsent:
        check_nothing_unsent(settings.book_database)
    kept = read_link(settings.link_file)
    if kept is None:
        raise RuleError("This computer is not paired with a Back Office.")
    settings.link_file.unlink()
    print(f"Not the store node {kept.name} of {kept.office} any more. Revoke it there under Terminals.")
    return 0


def _restored(_chosen: argparse.Namespace, settings: Settings) -> int:
    """A new epoch for the office, new series of receipts for the store: as after `restore`."""
    migrate_houses(settings)
    if settings.has_office:
        begin_office_after_restore(settings.office_database)
    if settings.has_store:
        begin_node_after_restore(settings.book_database, above={})
    print("The restored databases are ready to be served.")
    return 0


def _databases(settings: Settings) -> dict[str, str]:
    """The databases of this role by their names in a backup. The replica too: a store sells at once."""
    found = {"office.sqlite3": settings.office_database} if settings.has_office else {}
    if settings.has_store:
        found |= {"book.sqlite3": settings.book_database, "replica.sqlite3": settings.replica_database}
    return found


def _serve(_chosen: argparse.Namespace, settings: Settings) -> int:
    prepare(settings)
    server(settings).run()
    return 0


def _pair(chosen: argparse.Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    link = OfficeLink(settings.link_file, BridgeClient(), office=settings.back_office, clock=utc_now)
    book = Database(settings.book_database)
    try:
        kept = pair_node(book, link, code=chosen.code)
    finally:
        book.dispose()
    print(f"This computer is the store node {kept.name} now. A node that is running finds out by itself.")
    return 0


def _migrate(_chosen: argparse.Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    return 0


def _permissions(_chosen: argparse.Namespace, settings: Settings) -> int:
    migrate_houses(settings)
    evertill = build(settings)
    print(permission_matrix(evertill.pos, evertill.backoffice), end="")
    return 0


def _new_password(chosen: argparse.Namespace, settings: Settings) -> int:
    if not settings.has_office:
        raise RuleError("People sign in where the Back Office runs. Run this there.")
    migrate_houses(settings)
    database = Database(settings.office_database)
    with database.write() as session:
        password = give_new_password(
            session,
            email=chosen.email,
            is_second_factor_lost=chosen.second_factor,
            by="command line",
            now=utc_now(),
        )
        session.commit()
    database.dispose()
    print(f"{chosen.email}, password {password} (they choose their own when they sign in with it)")
    return 0


def _import_catalog(chosen: argparse.Namespace, settings: Settings) -> int:
    # Only this command needs the file readers, and the server must start fast.
    from backoffice_web.imports.command import import_file

    if not settings.has_office:
        raise RuleError("A store node has no catalog of its own. Import it where the Back Office runs.")
    migrate_houses(settings)
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
