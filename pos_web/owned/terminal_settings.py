"""The settings of one till, which belong to the store and are the device's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.owned.change import body_of, change_owned, find_owned
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError
from shared_web.language import _
from shared_web.terminal_settings import settings_errors
from sync_contract.owned import TERMINAL_SETTINGS, TerminalSettings


def terminal_settings(book: Session, *, store_id: str, terminal_id: str) -> tuple[TerminalSettings, int]:
    """The settings and the revision that they were changed at; the defaults at revision 0."""
    record = find_owned(book, store_id=store_id, kind=TERMINAL_SETTINGS, key=terminal_id)
    if record is None:
        return TerminalSettings(), 0
    return body_of(record) or TerminalSettings(), record.revision


def save_terminal_settings(
    book: Session,
    *,
    store_id: str,
    terminal_id: str,
    settings: TerminalSettings,
    seen: int,
    by: Person,
    now: datetime,
) -> None:
    """Keep what somebody chose who saw revision `seen`. Raises RuleError with fields, StaleEdit."""
    if errors := settings_errors(settings):
        raise RuleError(_("Please check what you entered."), fields=errors)
    before, _revision = terminal_settings(book, store_id=store_id, terminal_id=terminal_id)
    change_owned(
        book,
        store_id=store_id,
        kind=TERMINAL_SETTINGS,
        key=terminal_id,
        body=settings,
        seen=seen,
        by=by.name,
        now=now,
    )
    changed = {
        name: f"{getattr(before, name)} → {getattr(settings, name)}"
        for name in settings.__struct_fields__
        if getattr(before, name) != getattr(settings, name)
    }
    if changed:
        note(
            book, store_id=store_id, terminal_id=terminal_id, by=by, action="terminal.settings",
            details=changed, now=now,
        )  # fmt: skip
