"""POS Settings: what is this terminal's own, and what every till of the store shares."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from babel import Locale
from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.catalog import published
from pos_web.noting import noted_when_done
from pos_web.office_line import office_line
from pos_web.owned.terminal_settings import save_terminal_settings, terminal_settings
from pos_web.screens import screen
from pos_web.syncing.bridge_client import BridgeError
from pos_web.syncing.sync_memory import OWNED_EVENTS
from pos_web.till_rules import (
    NO_NUMBER,
    noted_rules,
    posted_number,
    posted_rules,
    refuse_what_is_no_number,
    rule_words,
    rules_of,
    shown_rules,
    wanted_rules,
)
from pos_web.tills import tell_store
from shared_web.access import at_terminal, needs_or_approval, signed_in
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError, StaleEdit
from shared_web.language import _, languages
from sync_contract.owned import TERMINAL_SETTINGS, TerminalSettings
from sync_contract.store_edit import StoreEdit, TillRules

blueprint = Blueprint("pos_settings", __name__)


@blueprint.get("/pos-settings")
@signed_in
def show() -> ResponseReturnValue:
    """For everybody to look at; saving needs the permission, or a manager who approves the change."""
    return screen("pos/pos_settings/show.html", **_context())


@blueprint.get("/pos-settings/device")
@at_terminal
def device() -> ResponseReturnValue:
    """This terminal's settings for the scripts of the open page."""
    return fragment("pos/pos_settings/_device.html")


def _ask(book: Session, _replica: Session) -> Ask | None:
    terminal, wanted = current.the_terminal(), _wanted_settings()
    saved, revision = terminal_settings(book, store_id=terminal.store_id, terminal_id=terminal.id)
    before, after = _settings_words(saved), _settings_words(wanted)
    changes = [f"{label}: {words or '–'}" for label, words in after.items() if words != before[label]]
    if not changes:
        return None
    return Ask(
        what=_("Change the settings of %(terminal)s", terminal=terminal.name),
        target=f"{terminal.id}/{revision}",
        reason=", ".join(changes),
    )


@blueprint.post("/pos-settings")
@needs_or_approval("pos_settings.edit", asks=_ask)
def update() -> ResponseReturnValue:
    terminal, wanted = current.the_terminal(), _wanted_settings()
    try:
        if wanted.language and wanted.language not in languages():
            sentence = _("Choose one of these.")
            raise RuleError(_("Please check what you entered."), fields={"language": sentence})
        with current.book_write() as book:
            save_terminal_settings(
                book,
                store_id=terminal.store_id,
                terminal_id=terminal.id,
                settings=wanted,
                seen=max(posted_number("revision"), 0),
                by=current.person(),
                now=current.now(),
            )
            book.commit()
    except StaleEdit as problem:
        conflict = _conflict(_settings_words(_saved()[0]), _settings_words(wanted))
        return _again("terminal", problem.status, form=wanted, conflict=conflict)
    except RuleError as problem:
        return _again("terminal", problem.status, form=_typed(wanted), errors=problem.fields)
    tell_store(OWNED_EVENTS[TERMINAL_SETTINGS])
    return go_to(url_for("pos_settings.show"), toasts=[toast("success", _("Settings saved"))])


def _ask_store(_book: Session, replica: Session) -> Ask | None:
    wanted = wanted_rules()
    refuse_what_is_no_number(wanted)
    if office_line().is_offline:
        # A manager would be asked for nothing.
        raise RuleError(_("Internet appears to be offline. Please try again later"))
    seen = rule_words(posted_rules("seen_"))
    changes = [f"{label}: {words}" for label, words in rule_words(wanted).items() if words != seen[label]]
    if not changes:
        return None
    store = published.profile(replica, store_id=current.store_id())
    return Ask(
        what=_("Change the settings of every till of %(store)s", store=store.name),
        target=current.store_id(),
        reason=", ".join(changes),
    )


@blueprint.post("/pos-settings/store")
@needs_or_approval("pos_settings.edit", asks=_ask_store)
def update_store() -> ResponseReturnValue:
    wanted = wanted_rules()
    edit = StoreEdit(
        store=current.store_id(),
        employee=current.person().employee,
        terminal=current.the_terminal().id,
        seen=posted_rules("seen_"),
        wanted=wanted,
        approver=current.approver(),
    )
    try:
        refuse_what_is_no_number(wanted)
        with noted_when_done("store.settings", noted_rules(edit)) as done:
            answer = current.agent().edit_store(edit)
            if answer.outcome == "published":
                done()
        if answer.outcome == "refused":
            raise RuleError(answer.sentence, fields=answer.fields)
    except BridgeError:
        sentence = _("Internet appears to be offline. Please try again later")
        return _again("store", 422, store_form=_typed(wanted), store_errors={"": sentence})
    except RuleError as problem:
        errors = problem.fields or {"": problem.sentence}
        return _again("store", 422, store_form=_typed(wanted), store_errors=errors)
    if answer.outcome == "stale" and answer.saved is not None:
        conflict = _conflict(rule_words(answer.saved), rule_words(wanted))
        return _again("store", 409, store_form=wanted, seen=answer.saved, store_conflict=conflict)
    current.agent().sync(edit.store, by=current.person().name, is_manual=False)
    return go_to(url_for("pos_settings.show"), toasts=[toast("success", _("Settings saved and published"))])


def _again(part: str, status: int, **context: Any) -> ResponseReturnValue:
    """The form once more with what was typed: in its own place for htmx, else on its page."""
    if not is_htmx():
        return screen("pos/pos_settings/show.html", **_context(**context)), status
    response = fragment(f"pos/pos_settings/_{part}.html", status=status, **_context(**context))
    # Also where htmx shows nothing of an answer by itself.
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _context(
    *,
    form: Any = None,
    errors: dict[str, str] | None = None,
    conflict: list[tuple[str, str, str]] | None = None,
    store_form: Any = None,
    seen: TillRules | None = None,
    store_errors: dict[str, str] | None = None,
    store_conflict: list[tuple[str, str, str]] | None = None,
) -> dict[str, Any]:
    saved, revision = _saved()
    with current.replica() as replica:
        settings = published.settings(replica, store_id=current.store_id())
    rules = rules_of(settings)
    return {
        "form": form or saved,
        "revision": revision,
        "errors": defaultdict(str, errors or {}),
        "conflict": conflict,
        "themes": list(_themes().items()),
        "text_sizes": list(_text_sizes().items()),
        "languages": _language_options(),
        "store_form": store_form or rules,
        # Not spent while the office was away: the same change may be sent once more.
        "approval": request.form.get("approval", "")[:64],
        "seen": shown_rules(seen or rules),
        "store_errors": defaultdict(str, store_errors or {}),
        "store_conflict": store_conflict,
        "pin_length": settings.pin_length,
    }


def _saved() -> tuple[TerminalSettings, int]:
    terminal = current.the_terminal()
    with current.book_read() as book:
        return terminal_settings(book, store_id=terminal.store_id, terminal_id=terminal.id)


def _wanted_settings() -> TerminalSettings:
    form = request.form
    if form.get("action") == "reset":
        return TerminalSettings()
    return TerminalSettings(
        theme=form.get("theme", ""),
        text_size=form.get("text_size", ""),
        has_sounds="has_sounds" in form,
        volume=posted_number("volume"),
        scanner_prefix=form.get("scanner_prefix", "")[:40],
        language=form.get("language", "")[:12],
    )


def _themes() -> dict[str, str]:
    return {"auto": _("As the device"), "light": _("Light"), "dark": _("Dark")}


def _text_sizes() -> dict[str, str]:
    return {"normal": _("Normal"), "large": _("Large"), "largest": _("Largest")}


def _typed(wanted: msgspec.Struct) -> dict[str, Any]:
    """The form as it was typed, also where it is no number."""
    values: dict[str, Any] = msgspec.structs.asdict(wanted)
    return {
        name: request.form.get(name, "")[:40] if value == NO_NUMBER and value is not True else value
        for name, value in values.items()
    }


def _settings_words(settings: TerminalSettings) -> dict[str, str]:
    return {
        _("Theme"): _themes().get(settings.theme, settings.theme),
        _("Text size"): _text_sizes().get(settings.text_size, settings.text_size),
        _("Sounds"): _("Yes") if settings.has_sounds else _("No"),
        _("Volume"): str(settings.volume),
        _("Scanner prefix"): settings.scanner_prefix,
        _("Language"): dict(_language_options()).get(settings.language, settings.language),
    }


def _conflict(theirs: dict[str, str], yours: dict[str, str]) -> list[tuple[str, str, str]]:
    return [
        (label, words or "–", yours[label] or "–") for label, words in theirs.items() if words != yours[label]
    ]


def _language_options() -> list[tuple[str, str]]:
    return [(code, Locale.parse(code).get_display_name(code) or code) for code in languages()]
