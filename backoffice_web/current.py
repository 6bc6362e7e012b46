"""What a request at the Back Office works with: the database, the person, the chosen store, the time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app
from flask import session as browser
from flask_login import current_user
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from shared_web.announcer import Announcer
from shared_web.database import Database
from sync_contract.notice import Notice

if TYPE_CHECKING:
    from backoffice_web.people.account import Account


@dataclass
class Office:
    """Everything of the Back Office that its routes need. Lives in `app.extensions["office"]`.

    `notify` tells the store nodes of a new version: a hint, after the commit. `hang_up` ends the connection
    of a node that was revoked; `close_sockets` those of a person, but for the sessions that are alive.
    """

    database: Database
    announcer: Announcer
    clock: Callable[[], datetime]
    notify: Callable[[Notice], None]
    version: str
    hang_up: Callable[[str], None] = lambda node_id: None
    close_sockets: Callable[[str, Collection[str]], None] = lambda employee_id, alive: None


def office() -> Office:
    found: Office = current_app.extensions["office"]
    return found


def now() -> datetime:
    return office().clock()


def read() -> Session:
    return office().database.read()


def reading() -> Connection:
    return office().database.reading()


def write() -> Session:
    return office().database.write()


def account() -> Account:
    """The signed-in person, in routes that demand one."""
    signed_in: Account = current_user._get_current_object()
    return signed_in


def chosen_store() -> str | None:
    """The id of the store that the person looks at; None for all of them."""
    return browser.get("store") or None


def choose_store(store_id: str | None) -> None:
    browser["store"] = store_id or ""


def announce_publications(notices: Iterable[Notice]) -> None:
    """Tell store nodes and open Back Office pages of new versions. Call it after the commit."""
    for notice in notices:
        office().notify(notice)
        office().announcer.announce(
            "office:published", {"store": notice.store, "version": notice.version}, room="office"
        )
