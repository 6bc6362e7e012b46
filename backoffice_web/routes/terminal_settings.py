"""A terminal's settings: the store has them, the office sees them and asks for changes."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from babel import Locale
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.owned.command import command_store, seen_with
from backoffice_web.owned.mirror import WAITING
from backoffice_web.reports.owned_pages import command_rows, mirrored_settings
from backoffice_web.routes.scope import check_reach
from backoffice_web.routes.store_commands import repeat_command, tell_store, withdraw_command
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.language import _, languages
from shared_web.terminal_settings import settings_errors
from sync_contract.owned import TERMINAL_SETTINGS, TerminalSettings, decode_owned

NO_NUMBER = -1
blueprint = Blueprint("terminal_settings", __name__)


@blueprint.get("/terminals/<key>/settings")
@needs("pos_settings.edit")
def show(key: str) -> ResponseReturnValue:
    return _page(key)


@blueprint.post("/terminals/<key>/settings")
@needs("pos_settings.edit")
def update(key: str) -> ResponseReturnValue:
    wanted = TerminalSettings() if request.form.get("action") == "reset" else _posted()
    errors = settings_errors(wanted)
    if errors:
        return _page(key, wanted=wanted, errors=errors), 422
    with current.write() as session:
        terminal = _terminal(session, key)
        record = {"store_id": terminal.store_id, "kind": TERMINAL_SETTINGS, "key": key}
        asked = request.form.get("asked", "")[:64]
        command_store(
            session,
            **record,
            seen=seen_with(session, asked=asked, **record, seen=max(_number("revision"), 0)),
            body=wanted,
            label=terminal.name,
            by=current.account().name,
            now=current.now(),
        )
        session.commit()
    tell_store(terminal.store_id)
    told = toast("success", _("The store is asked to change the settings"))
    return go_to(url_for("terminal_settings.show", key=key), toasts=[told])


@blueprint.post("/terminals/<key>/settings/commands/<command>/withdrawal")
@needs("pos_settings.edit")
def withdraw(key: str, command: str) -> ResponseReturnValue:
    withdraw_command(command, kind=TERMINAL_SETTINGS)
    told = toast("success", _("Taken back: %(what)s", what=_("Settings")))
    return go_to(url_for("terminal_settings.show", key=key), toasts=[told])


@blueprint.post("/terminals/<key>/settings/commands/<command>/repetition")
@needs("pos_settings.edit")
def repeat(key: str, command: str) -> ResponseReturnValue:
    repeat_command(command, kind=TERMINAL_SETTINGS)
    told = toast("success", _("The store is asked to change the settings"))
    return go_to(url_for("terminal_settings.show", key=key), toasts=[told])


def _page(key: str, *, wanted: Any = None, errors: dict[str, str] | None = None) -> str:
    with current.read() as session:
        terminal = _terminal(session, key)
        settings, mirror = mirrored_settings(session, store_id=terminal.store_id, terminal_id=key)
        store = session.get_one(Store, terminal.store_id)
        commands = command_rows(
            session, store_id=store.id, kind=TERMINAL_SETTINGS, key=key, now=current.now()
        )
        waiting = next((row.command for row in commands if row.command.state == WAITING), None)
    # What was asked for is what its author expects to see, though the store has not answered yet.
    form = wanted or (decode_owned(waiting.kind, waiting.body) if waiting and waiting.body else settings)
    return render_template(
        "backoffice/terminal_settings/show.html",
        terminal=terminal,
        store=store,
        mirror=mirror,
        commands=commands,
        form=form,
        asked=waiting,
        volume=request.form.get("volume", "")[:40] if errors else form.volume,
        errors=defaultdict(str, errors or {}),
        languages=[(code, Locale.parse(code).get_display_name(code) or code) for code in languages()],
    )


def _posted() -> TerminalSettings:
    form = request.form
    return TerminalSettings(
        theme=form.get("theme", ""),
        text_size=form.get("text_size", ""),
        has_sounds="has_sounds" in form,
        volume=_number("volume"),
        scanner_prefix=form.get("scanner_prefix", "")[:40],
        language=form.get("language", "")[:12],
    )


def _terminal(session: Session, key: str) -> Terminal:
    terminal = session.get(Terminal, key)
    if terminal is None or terminal.is_archived:
        raise NoSuchRecord(_("This terminal is not there any more."))
    check_reach(terminal.store_id)
    return terminal


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else NO_NUMBER
