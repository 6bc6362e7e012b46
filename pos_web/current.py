"""What a request at the POS works with: the node, its terminal, its person, the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from flask import current_app, g, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import structs
from sqlalchemy.orm import Session

from pos_web.approvals.use import Approval, spend_with
from pos_web.owned.terminal_settings import terminal_settings as read_settings
from pos_web.staff.touches import Touches
from pos_web.terminals.presence import Presence
from pos_web.terminals.terminal import Terminal
from shared_web.announcer import Announcer
from shared_web.database import Database
from shared_web.skeleton import cookie_name
from sync_contract.owned import TerminalSettings

if TYPE_CHECKING:
    from pos_web.staff.person import Person
    from pos_web.syncing.agent import Agent
    from pos_web.syncing.office_link import OfficeLink


TERMINAL_COOKIE = "evertill_terminal"


@dataclass
class StoreNode:
    """Everything of one store node that its routes need. Lives in `app.extensions["pos"]`."""

    book: Database
    replica: Database
    agent: Agent
    announcer: Announcer
    presence: Presence
    clock: Callable[[], datetime]
    version: str
    # Where people open the Back Office from this node's browsers.
    office_url: str = "/backoffice/"
    # How a node far from its office knows it; None inside one process.
    link: OfficeLink | None = None
    touches: Touches = field(default_factory=Touches)


def node() -> StoreNode:
    found: StoreNode = current_app.extensions["pos"]
    return found


def now() -> datetime:
    return node().clock()


def utc_now() -> datetime:
    return datetime.now(UTC)


def book_read() -> Session:
    return node().book.read()


def book_write() -> Session:
    """A writing session; a manager's approval that this request goes by is spent by its commit."""
    session = node().book.write()
    # The terminal may be moved while this session waits for its turn: the lock looks whether it was.
    if (terminal := g.get("terminal")) is not None:
        session.info["store"] = terminal.store_id
    if (approval := g.pop("approval", None)) is not None:
        spend_with(session, approval, now=now())
    return session


def replica() -> Session:
    """A reading session on the replica; only sync writes there."""
    return node().replica.read()


def agent() -> Agent:
    return node().agent


def terminal() -> Terminal | None:
    """The terminal that this browser is registered as, from its signed cookie."""
    if "terminal" not in g:
        g.terminal = _load_terminal()
        if g.terminal is not None:
            structlog.contextvars.bind_contextvars(store=g.terminal.store_id, terminal=g.terminal.id)
    found: Terminal | None = g.terminal
    return found


def terminal_settings() -> TerminalSettings:
    """The settings of this browser's terminal; the defaults while it is none."""
    if "terminal_settings" not in g:
        found = terminal()
        g.terminal_settings = TerminalSettings()
        if found is not None:
            with book_read() as session:
                read, _revision = read_settings(session, store_id=found.store_id, terminal_id=found.id)
                g.terminal_settings = read
    settings: TerminalSettings = g.terminal_settings
    return settings


def the_terminal() -> Terminal:
    """The registered terminal, in routes that demand one."""
    found = terminal()
    if found is None:
        raise LookupError("this route must demand a registered terminal")
    return found


def store_id() -> str:
    return the_terminal().store_id


def person() -> Person:
    """The signed-in person, in routes that demand one; with what a manager lent them for this request."""
    signed_in: Person = current_user._get_current_object()
    lent: frozenset[str] = g.get("lent", frozenset())
    return structs.replace(signed_in, permissions=signed_in.permissions | lent) if lent else signed_in


def lend(approval: Approval) -> None:
    """Let the person do in this request what `approval` allows. The first `book_write` spends it."""
    g.approval, g.lent, g.approver = approval, approval.permissions, approval.approver


def claim_approval() -> Approval | None:
    """Spend the approval that this request goes by, if any, before anything is done with it.

    Raises ApprovalUsed when another request was faster.
    """
    approval: Approval | None = g.get("approval")
    if approval is not None:
        with book_write() as book:
            book.commit()
    return approval


def approver() -> str:
    """The manager whose approval this request goes by; empty when the person may do it themselves."""
    found: str = g.get("approver", "")
    return found


def terminal_cookie_name() -> str:
    return cookie_name(TERMINAL_COOKIE, is_https=bool(current_app.config["SESSION_COOKIE_SECURE"]))


def terminal_cookie(terminal_id: str, registration: int = 0) -> str:
    """The signed value that makes a browser this terminal, until a newer registration."""
    return _signer().dumps([terminal_id, registration])


def _load_terminal() -> Terminal | None:
    try:
        told = _signer().loads(request.cookies.get(terminal_cookie_name(), ""))
    except BadSignature:
        return None
    # Before there were registrations the cookie was the id alone.
    terminal_id, registration = told if isinstance(told, list) else (told, 0)
    with book_read() as session:
        found = session.get(Terminal, str(terminal_id))
    if found is None or found.is_archived or found.registration != registration:
        return None
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="terminal")
