"""The settings of one till, which belong to the store and are the device's own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.owned.change import body_of, change_owned, find_owned
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.owned import LONGEST_PREFIX, TERMINAL_SETTINGS, TerminalSettings, wrong_fields


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
    if wrong := wrong_fields(settings):
        sentences = _sentences()
        fields = {name: sentences[name] for name in wrong}
        raise RuleError(_("Please check what you entered."), fields=fields)
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


def _sentences() -> dict[str, str]:
    return {
        "theme": _("Choose one of these."),
        "text_size": _("Choose one of these."),
        "volume": _("Enter 0 to 100."),
        "scanner_prefix": _(
            "Use at most %(count)s plain letters, digits and signs, as a scanner types them.",
            count=LONGEST_PREFIX,
        ),
        "language": _("Choose one of these."),
    }
