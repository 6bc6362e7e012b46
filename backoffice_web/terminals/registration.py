"""Terminals as the office keeps them: added, renamed, moved, archived, registered by a code, revoked.

Invariants: a terminal's code is unique in its store and never given again, because it prefixes receipt
numbers; a registration code works once, for fifteen minutes, and is kept as a hash.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.editing import name_problem
from backoffice_web.ledger.sale import ReceiptMark
from backoffice_web.publishing.saved_change import SavedChange, note_changes
from backoffice_web.stores.store import Store
from backoffice_web.terminals.one_time_code import hash_code, new_code
from backoffice_web.terminals.terminal import Terminal, TerminalState
from shared_web.clock import is_within
from shared_web.database import one_after_another
from shared_web.errors import RuleError, StaleEdit
from shared_web.language import _

CODE_LIVES = timedelta(minutes=15)
CODE_GROUPS = 2
# A longer receipt prefix was never given by us, and a code after it might not fit into its column.
PREFIX_DIGITS = 6


def add_terminal(
    session: Session, *, store_id: str, name: str, by: str, now: datetime, terminal_id: str | None = None
) -> Terminal:
    """A new terminal of the store; its receipt prefix is the next number. RuleError for a taken name."""
    if session.get(Store, store_id) is None:
        raise RuleError(_("Choose the store of the terminal."))
    terminal = Terminal(
        id=terminal_id or new_key(),
        store_id=store_id,
        name=_free_name(session, store_id, name),
        code=_next_code(session, store_id),
    )
    session.add(terminal)
    _note(session, terminal, "created", {"Name": ("", terminal.name)}, by=by, now=now)
    return terminal


def rename(
    session: Session, *, terminal_id: str, name: str, revision: int, by: str, now: datetime
) -> Terminal:
    """Raises RuleError for a taken name, StaleEdit when somebody else saved the terminal since."""
    terminal = _current(session, terminal_id, revision)
    before = terminal.name
    if name.strip() != before:
        terminal.name = _free_name(session, terminal.store_id, name)
        _note(session, terminal, "changed", {"Name": (before, terminal.name)}, by=by, now=now)
    return terminal


def archive(session: Session, *, terminal_id: str, revision: int, by: str, now: datetime) -> Terminal:
    """The terminal sells no more; its name is free again, its receipt prefix never is."""
    terminal = _current(session, terminal_id, revision)
    before, terminal.name = terminal.name, _archived_name(terminal)
    terminal.is_archived = True
    terminal.registered_at = None
    terminal.registration_code_hash = terminal.registration_code_expires_at = None
    _note(session, terminal, "archived", {"Name": (before, "")}, by=by, now=now)
    return terminal


def revoke(session: Session, *, terminal_id: str, revision: int, by: str, now: datetime) -> Terminal:
    """Its browser is this terminal no more; the terminal waits for another one.

    Raises RuleError, StaleEdit.
    """
    terminal = _current(session, terminal_id, revision)
    terminal.registered_at = None
    terminal.registration += 1
    terminal.registration_code_hash = terminal.registration_code_expires_at = None
    # What the browser that was sent away showed says nothing of the next one.
    session.execute(delete(TerminalState).where(TerminalState.terminal_id == terminal.id))
    _note(session, terminal, "revoked", {"": ("", "")}, by=by, now=now)
    return terminal


def move(
    session: Session, *, terminal_id: str, store_id: str, revision: int, by: str, now: datetime
) -> Terminal:
    """The terminal ends here and begins in another store, with receipt numbers of its own.

    Returns the new one, which waits for its browser. Raises RuleError, StaleEdit.
    """
    before = _current(session, terminal_id, revision)
    if store_id == before.store_id or session.get(Store, store_id) is None:
        sentence = _("Choose another store.")
        raise RuleError(sentence, fields={"store": sentence})
    name = before.name
    archive(session, terminal_id=terminal_id, revision=revision, by=by, now=now)
    return add_terminal(session, store_id=store_id, name=name, by=by, now=now)


def new_registration_code(session: Session, *, terminal_id: str, by: str, now: datetime) -> str:
    """A code by which one browser becomes this terminal, to be shown once. The one before it ends."""
    terminal = _found(session, terminal_id)
    code = new_code(CODE_GROUPS)
    terminal.registration_code_hash = hash_code(code)
    terminal.registration_code_expires_at = now + CODE_LIVES
    _note(session, terminal, "code_made", {"": ("", "")}, by=by, now=now)
    return code


def claim(
    session: Session, *, code: str, now: datetime, store_ids: Collection[str] | None = None
) -> Terminal:
    """Register the terminal that `code` was made for, once. Hyphens, spaces and case do not matter.

    `store_ids` are the stores whose terminals may be claimed; None for all. Raises RuleError.
    """
    terminal = session.scalar(
        select(Terminal)
        .where(Terminal.registration_code_hash == hash_code(code), ~Terminal.is_archived)
        .with_for_update()
    )
    ends_at = terminal.registration_code_expires_at if terminal is not None else None
    is_alive = ends_at is not None and is_within(now, ends_at - CODE_LIVES, ends_at)
    if terminal is None or not is_alive or not (store_ids is None or terminal.store_id in store_ids):
        raise RuleError(_("This code is wrong, used or older than 15 minutes. Make a new one."))
    terminal.registered_at = now
    terminal.registration += 1
    terminal.registration_code_hash = terminal.registration_code_expires_at = None
    _note(session, terminal, "registered", {"": ("", "")}, by=terminal.name, now=now)
    return terminal


def _found(session: Session, terminal_id: str) -> Terminal:
    terminal = session.get(Terminal, terminal_id)
    if terminal is None or terminal.is_archived:
        raise RuleError(_("This terminal is not there any more."))
    return terminal


def _current(session: Session, terminal_id: str, revision: int) -> Terminal:
    terminal = _found(session, terminal_id)
    if terminal.revision != revision:
        raise StaleEdit(_("Somebody else saved this terminal meanwhile."))
    return terminal


def _free_name(session: Session, store_id: str, name: str) -> str:
    # Name and code are looked for, then taken: one after the other, or two get the same at once.
    one_after_another(session, f"terminals {store_id}")
    name = name.strip()
    taken = select(Terminal.id).where(Terminal.store_id == store_id, Terminal.name == name)
    sentence = name_problem(name, longest=80)
    if not sentence and session.scalar(taken) is not None:
        sentence = _("The store has a terminal with this name already.")
    if sentence:
        raise RuleError(sentence, fields={"name": sentence})
    return name


def _archived_name(terminal: Terminal) -> str:
    return f"{terminal.name[:40]} ({terminal.id[:32]})"


def _next_code(session: Session, store_id: str) -> str:
    # Archived terminals count too: their receipts are still in people's pockets. So do those that were here
    # before this office was restored to an older state: their sales have come again, with their prefix.
    codes = set(session.scalars(select(Terminal.code).where(Terminal.store_id == store_id)))
    series = session.scalars(select(ReceiptMark.series).where(ReceiptMark.store_id == store_id))
    prefixes = (printed.rpartition("-")[0] for printed in series)
    codes.update(prefix for prefix in prefixes if len(prefix) <= PREFIX_DIGITS)
    return str(max((int(code) for code in codes if code.isascii() and code.isdigit()), default=0) + 1)


def _note(
    session: Session,
    terminal: Terminal,
    action: str,
    fields: Mapping[str, tuple[str, str]],
    *,
    by: str,
    now: datetime,
) -> None:
    change = SavedChange(
        kind="terminal",
        key=terminal.id,
        label=terminal.name,
        action=action,
        fields=fields,
        store_id=terminal.store_id,
    )
    note_changes(session, [change], stores=[], by=by, now=now)
