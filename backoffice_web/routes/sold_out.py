"""The stores' 86 lists: seen as the stores tell them, changed by asking the store."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.owned.command import command_store
from backoffice_web.owned.markable import find_markable, markable_name
from backoffice_web.owned.mirror import OwnedMirror
from backoffice_web.reports.owned_pages import sold_out_lists
from backoffice_web.routes.scope import check_reach, shown_stores
from backoffice_web.routes.store_commands import repeat_command, tell_store, withdraw_command
from backoffice_web.stores.store import Store
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.formats import business_day_end
from shared_web.language import _
from sync_contract.owned import LONGEST_KEY, SOLD_OUT, SoldOut, UnreadableOwned, decode_owned

blueprint = Blueprint("sold_out", __name__)


@blueprint.get("/sold-out")
@needs("sold_out.edit")
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:100]
    with current.read() as session:
        lists = sold_out_lists(session, shown_stores(session), now=current.now())
        found = find_markable(session, text)
    return render_template("backoffice/sold_out/index.html", lists=lists, text=text, found=found)


@blueprint.post("/sold-out")
@needs("sold_out.edit")
def create() -> ResponseReturnValue:
    key, now = request.form.get("key", "")[:LONGEST_KEY], current.now()
    with current.write() as session:
        store = _store(session)
        name = markable_name(session, key)
        if name is None:
            raise NoSuchRecord(_("This does not exist any more."))
        is_for_today = request.form.get("until") == "day_end"
        until = business_day_end(now, store.time_zone, store.day_cutoff_minutes) if is_for_today else None
        mirror = session.get(OwnedMirror, (store.id, SOLD_OUT, key))
        command_store(
            session,
            store_id=store.id,
            kind=SOLD_OUT,
            key=key,
            seen=mirror.revision if mirror is not None else 0,
            body=SoldOut(name=name, until=until),
            label=name,
            by=current.account().name,
            now=now,
        )
        session.commit()
    tell_store(store.id)
    return _back(_("%(store)s is asked to mark %(item)s as sold out", store=store.name, item=name))


@blueprint.post("/sold-out/removal")
@needs("sold_out.edit")
def remove() -> ResponseReturnValue:
    key, seen = request.form.get("key", "")[:LONGEST_KEY], request.form.get("seen", "")
    with current.write() as session:
        store = _store(session)
        mirror = session.get(OwnedMirror, (store.id, SOLD_OUT, key))
        if mirror is None:
            return _back(_("It was brought back already."))
        name = _name(mirror)
        command_store(
            session,
            store_id=store.id,
            kind=SOLD_OUT,
            key=key,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else mirror.revision,
            body=None,
            label=name,
            by=current.account().name,
            now=current.now(),
        )
        session.commit()
    tell_store(store.id)
    return _back(_("%(store)s is asked to sell %(item)s again", store=store.name, item=name))


@blueprint.post("/sold-out/commands/<key>/withdrawal")
@needs("sold_out.edit")
def withdraw(key: str) -> ResponseReturnValue:
    command = withdraw_command(key, kind=SOLD_OUT)
    return _back(_("Taken back: %(what)s", what=command.label))


@blueprint.post("/sold-out/commands/<key>/repetition")
@needs("sold_out.edit")
def repeat(key: str) -> ResponseReturnValue:
    command = repeat_command(key, kind=SOLD_OUT)
    return _back(_("Asked again: %(what)s", what=command.label))


def _store(session: Session) -> Store:
    store = session.get(Store, request.form.get("store", "")[:64])
    if store is None:
        raise NoSuchRecord(_("This store does not exist."))
    check_reach(store.id)
    return store


def _name(mirror: OwnedMirror) -> str:
    try:
        return str(decode_owned(mirror.kind, mirror.body).name)
    except UnreadableOwned:
        return mirror.key


def _back(title: str) -> ResponseReturnValue:
    text = request.form.get("q", "")[:100]
    return go_to(url_for("sold_out.index", q=text or None), toasts=[toast("success", title)])
