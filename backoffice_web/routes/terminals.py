"""The stores' terminals: how they stand, their names, and the codes that register them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.forms.terminal_form import TerminalTexts, posted_terminal, terminal_words
from backoffice_web.publishing.published import head_version
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import board, store_board
from backoffice_web.terminals.pairing import has_embedded_node, serving_names
from backoffice_web.terminals.registration import (
    CODE_LIVES,
    add_terminal,
    archive,
    move,
    new_registration_code,
    rename,
    revoke,
)
from backoffice_web.terminals.terminal import Terminal
from shared_web.access import needs
from shared_web.answers import fragment, go_to, is_htmx, toast, with_toasts
from shared_web.language import _
from sync_contract.notice import Notice

blueprint = Blueprint("terminals", __name__)


class TerminalEditor(Editor[Terminal, TerminalTexts, TerminalTexts]):
    endpoint = "terminals"
    template = "backoffice/terminals/show.html"
    model = Terminal
    is_published = False

    def blank(self) -> TerminalTexts:
        return TerminalTexts(store_id=current.chosen_store() or "")

    def draft_of(self, row: Terminal) -> TerminalTexts:
        if row.is_archived:
            raise NoSuchRecord(_("This terminal was archived."))
        return TerminalTexts(name=row.name, store_id=row.store_id)

    def texts_of(self, draft: TerminalTexts) -> TerminalTexts:
        return draft

    def posted(self, form: MultiDict[str, str]) -> TerminalTexts:
        return posted_terminal(form)

    def read(self, texts: TerminalTexts, before: TerminalTexts | None) -> TerminalTexts:
        return texts

    def save(
        self, draft: TerminalTexts, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Terminal:
        if key is None:
            return add_terminal(self.session, store_id=draft.store_id, name=draft.name, by=by, now=now)
        return rename(self.session, terminal_id=key, name=draft.name, revision=revision or 0, by=by, now=now)

    def words(self, draft: TerminalTexts) -> Mapping[str, str]:
        return terminal_words(draft)

    def belongs_to(self, row: Terminal) -> list[str]:
        return [row.store_id]

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("terminal", key)]

    def context(self) -> dict[str, Any]:
        options = [(store.id, store.name) for store in self.stores(None)]
        return {"now": current.now(), "store_options": options}


@blueprint.get("/terminals")
@needs("terminal.edit")
def index() -> ResponseReturnValue:
    """The board; as a fragment when the page refreshes itself."""
    template = "_board.html" if is_htmx() else "index.html"
    return render_template(f"backoffice/terminals/{template}", **_board())


@blueprint.get("/terminals/new")
@needs("terminal.edit")
def new() -> ResponseReturnValue:
    return show_new(TerminalEditor)


@blueprint.post("/terminals")
@needs("terminal.edit")
def create() -> ResponseReturnValue:
    return save_record(TerminalEditor)


@blueprint.get("/terminals/<key>")
@needs("terminal.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(TerminalEditor, key)


@blueprint.post("/terminals/<key>")
@needs("terminal.edit")
def update(key: str) -> ResponseReturnValue:
    return save_record(TerminalEditor, key)


@blueprint.post("/terminals/<key>/archive")
@needs("terminal.edit")
def create_archive(key: str) -> ResponseReturnValue:
    with current.write() as session:
        terminal = _existing(session.get(Terminal, key))
        name, store_id = terminal.name, terminal.store_id
        archive(session, terminal_id=key, revision=_revision(), by=current.account().name, now=current.now())
        session.commit()
    tell_of_terminals(store_id)
    return go_to(
        url_for("terminals.index"), toasts=[toast("success", _("%(name)s was archived.", name=name))]
    )


@blueprint.post("/terminals/<key>/revocations")
@needs("terminal.edit")
def create_revocation(key: str) -> ResponseReturnValue:
    """Send its browser away."""
    with current.write() as session:
        terminal = _existing(session.get(Terminal, key))
        revoke(session, terminal_id=key, revision=_revision(), by=current.account().name, now=current.now())
        session.commit()
    tell_of_terminals(terminal.store_id)
    said = toast("success", _("The browser of %(name)s was sent away.", name=terminal.name))
    return go_to(url_for("terminals.show", key=key), toasts=[said])


@blueprint.post("/terminals/<key>/moves")
@needs("terminal.edit")
def create_move(key: str) -> ResponseReturnValue:
    with current.write() as session:
        before = _existing(session.get(Terminal, key))
        wanted = request.form.get("store", "")[:64]
        check_reach(wanted)
        moved = move(
            session,
            terminal_id=key,
            store_id=wanted,
            revision=_revision(),
            by=current.account().name,
            now=current.now(),
        )
        store = session.get_one(Store, moved.store_id)
        session.commit()
    tell_of_terminals(before.store_id, moved.store_id)
    said = toast(
        "success",
        _("%(name)s moved to %(store)s.", name=moved.name, store=store.name),
        _("Make a code for its browser there."),
    )
    return go_to(url_for("terminals.show", key=moved.id), toasts=[said])


@blueprint.post("/terminals/<key>/registration-codes")
@needs("terminal.edit", wants_password=True)
def create_registration_code(key: str) -> ResponseReturnValue:
    """The code is in this answer and nowhere else."""
    now = current.now()
    with current.write() as session:
        terminal = _existing(session.get(Terminal, key))
        code = new_registration_code(session, terminal_id=key, by=current.account().name, now=now)
        store = session.get_one(Store, terminal.store_id)
        session.commit()
    _refresh_boards(store.id)
    template = "_code.html" if is_htmx() else "code.html"
    return fragment(
        f"backoffice/terminals/{template}",
        terminal=terminal,
        store=store,
        code=code,
        expires_at=now + CODE_LIVES,
    )


@blueprint.post("/terminals/syncs")
@needs("terminal.edit")
def create_sync() -> ResponseReturnValue:
    """Tell the nodes of one shown store, or of all, to look for the newest version at once."""
    with current.read() as session:
        wanted = request.form.get("store")
        stores = [store for store in shown_stores(session) if not wanted or store.id == wanted]
        versions = {store.id: head_version(session, store.id) for store in stores}
    for store_id, version in versions.items():
        current.office().notify(Notice(store=store_id, version=version, urgent=True))
    names = ", ".join(store.name for store in stores)
    told = toast("info", _("Asked to sync now: %(stores)s", stores=names) if stores else _("No such store."))
    return with_toasts("", toasts=[told]) if is_htmx() else go_to(url_for("terminals.index"), toasts=[told])


def _board() -> dict[str, Any]:
    state = request.args.get("state", "")
    with current.read() as session:
        stores = shown_stores(session)
        ids = [store.id for store in stores]
        rows = board(session, now=current.now(), store_ids=ids)
        store_rows = store_board(session, now=current.now(), store_ids=ids, node_names=serving_names(session))
        is_embedded = has_embedded_node(session)
    return {
        "is_embedded": is_embedded,
        "store_rows": store_rows,
        "stores": stores,
        "rows": [row for row in rows if not state or row.state == state],
        "counts": Counter(row.state for row in rows),
        "total": len(rows),
        "versions": sorted({row.newest_version for row in rows}),
        "state": state,
    }


def _revision() -> int:
    return request.form.get("revision", 0, type=int)


def _existing(terminal: Terminal | None) -> Terminal:
    if terminal is None or terminal.is_archived:
        raise NoSuchRecord(_("This terminal is not there any more."))
    check_reach(terminal.store_id)
    return terminal


def tell_of_terminals(*store_ids: str) -> None:
    """After the commit: the stores' nodes stop and start terminals at once, and open boards show it."""
    with current.read() as session:
        versions = {store_id: head_version(session, store_id) for store_id in sorted(set(store_ids))}
    for store_id, version in versions.items():
        current.office().notify(Notice(store=store_id, version=version, urgent=True))
        _refresh_boards(store_id)


def _refresh_boards(store_id: str) -> None:
    current.office().announcer.announce("office:reports", {"store": store_id}, room="office")
