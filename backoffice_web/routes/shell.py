"""What surrounds every page: navigation, store switcher, the badge of unpublished changes, the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask import session as browser
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.listing import Wish
from backoffice_web.publishing.pending import count_pending
from backoffice_web.routes.scope import my_stores
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from shared_web.access import signed_in
from shared_web.answers import go_to
from shared_web.language import SPOKEN, _, parse_locale, speak

blueprint = Blueprint("shell", __name__)

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class NavEntry:
    """`section` is the first part of the endpoint, by which the current page is told."""

    endpoint: str
    icon: str
    label: str
    permission: str = ""

    @property
    def section(self) -> str:
        return self.endpoint.partition(".")[0]


@dataclass(frozen=True)
class NavGroup:
    heading: str
    entries: tuple[NavEntry, ...]


@dataclass(frozen=True)
class Shell:
    enterprise: Enterprise
    stores: list[Store]
    store: Store | None
    pending: int
    groups: list[NavGroup]


@blueprint.before_app_request
def choose_language() -> None:
    """The person's own language, else the device's."""
    tag = request.accept_languages.best_match(SPOKEN, default=SPOKEN[0])
    # A request without a cookie, as those of the bridge, is nobody's: that need not be looked up.
    if request.blueprint is not None and browser and current_user.is_authenticated:
        tag = current.account().language or tag
    speak(str(parse_locale(tag or SPOKEN[0])))


@blueprint.app_context_processor
def shell_words() -> dict[str, Any]:
    return {
        "theme": browser.get("theme", "auto"),
        "app_version": current.office().version,
    }


@blueprint.record_once
def add_words(state: BlueprintSetupState) -> None:
    """Words that macros know too, which see no context."""
    state.app.jinja_env.globals.update(account=current.account, office_shell=office_shell, list_url=list_url)


@blueprint.post("/chosen-store")
@signed_in
def choose_store() -> ResponseReturnValue:
    with current.read() as session:
        mine = {store.id for store in my_stores(session)}
    wanted = request.form.get("store", "")
    current.choose_store(wanted if wanted in mine else None)
    return go_to(_back())


@blueprint.post("/theme")
@signed_in
def choose_theme() -> ResponseReturnValue:
    theme = request.form.get("theme", "")
    browser["theme"] = theme if theme in THEMES else "auto"
    return go_to(_back())


@blueprint.get("/unpublished")
@signed_in
def unpublished() -> ResponseReturnValue:
    """The badge alone, for when something was published elsewhere."""
    with current.read() as session:
        return render_template("backoffice/_unpublished.html", pending=_pending(session, my_stores(session)))


def office_shell() -> Shell:
    """Read once per page, when a page has a shell at all."""
    if "shell" not in g:
        with current.read() as session:
            stores = my_stores(session)
            chosen = current.chosen_store()
            g.shell = Shell(
                enterprise=session.get_one(Enterprise, 1),
                stores=stores,
                store=next((store for store in stores if store.id == chosen), None),
                pending=_pending(session, stores),
                groups=navigation(),
            )
    found: Shell = g.shell
    return found


def _pending(session: Session, stores: list[Store]) -> int:
    is_all = current.account().reaches_all
    return count_pending(session, stores=None if is_all else [store.id for store in stores])


def navigation() -> list[NavGroup]:
    """What this person may open; rooms that are not built into this installation are left out."""
    groups = [NavGroup(group.heading, tuple(filter(_is_open, group.entries))) for group in _all_rooms()]
    return [group for group in groups if group.entries]


def list_url(wish: Wish, **changes: Any) -> str:
    """This list with another page, sort or filter."""
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **wish.query(**changes)})


def _is_open(entry: NavEntry) -> bool:
    is_allowed = not entry.permission or current.account().may(entry.permission)
    return is_allowed and entry.endpoint in current_app.view_functions


def _all_rooms() -> list[NavGroup]:
    return [
        NavGroup(
            "",
            (
                NavEntry("dashboard.show", "home", _("Dashboard"), "dashboard.view"),
                NavEntry("sales.index", "receipt", _("Sales"), "sales.view"),
                NavEntry("publications.index", "rocket", _("Publish Center")),
            ),
        ),
        NavGroup(
            _("Catalog"),
            (
                NavEntry("items.index", "package", _("Items"), "catalog.edit"),
                NavEntry("categories.index", "category", _("Categories"), "catalog.edit"),
                NavEntry("modifier_groups.index", "stack-2", _("Modifier groups"), "catalog.edit"),
                NavEntry("price_lists.index", "tag", _("Price lists"), "catalog.edit"),
                NavEntry("imports.index", "file-import", _("Import"), "catalog.import"),
            ),
        ),
        NavGroup(
            _("Stores"),
            (
                NavEntry("stores.index", "building-store", _("Stores"), "store.edit"),
                NavEntry("terminals.index", "device-ipad", _("Terminals"), "terminal.edit"),
                NavEntry("sold_out.index", "ban", _("86 List"), "sold_out.edit"),
                NavEntry("dead_letters.index", "lifebuoy", _("Refused documents"), "support.repair"),
                NavEntry("taxes.index", "percentage", _("Taxes"), "tax.edit"),
                NavEntry("tax_classes.index", "tags", _("Tax classes"), "tax.edit"),
            ),
        ),
        NavGroup(
            _("User Management"),
            (
                NavEntry("employees.index", "users", _("Users"), "people.edit"),
                NavEntry("roles.index", "shield-lock", _("Roles"), "role.edit"),
                NavEntry("attendance.index", "clock", _("Attendance"), "punch.view"),
                NavEntry("time_events.index", "calendar-time", _("Forced Punch In/Out"), "punch.edit"),
                NavEntry("journal.index", "history", _("Journal"), "journal.view"),
            ),
        ),
    ]


def _back() -> str:
    """The page that the form was on."""
    after = request.form.get("after", "")
    is_ours = after.startswith("/") and not after.startswith(("//", "/\\")) and after.isprintable()
    return after if is_ours else url_for("dashboard.show")
