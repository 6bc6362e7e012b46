"""One act on many items: what was ticked in the list, or everything that its search finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.catalog.category import Category
from backoffice_web.catalog.change_items import (
    WAYS,
    Change,
    PriceChange,
    archived,
    change_items,
    moved,
    preview_prices,
    priced,
    sold,
)
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.list_items import DEFAULT_SORT, FILTERS, SORTS, found_items
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import rate_millionths
from backoffice_web.listing import read_wish
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.published import RecordKey
from backoffice_web.routes.editing import announce, published_toast, published_words
from backoffice_web.routes.scope import check_reach, my_stores, shown_stores
from shared_web.access import needs
from shared_web.answers import go_to, toast
from shared_web.errors import NotAllowed, RuleError
from shared_web.formats import parse_money
from shared_web.language import _, ngettext

blueprint = Blueprint("item_batches", __name__)

MOST_PREVIEWED = 200
MOST_ITEMS = 20_000


@blueprint.post("/item-batches")
@needs("catalog.edit")
def create() -> ResponseReturnValue:
    act = ACTS.get(request.form.get("act", ""))
    if act is None:
        raise RuleError(_("Choose what to do with the items."))
    is_asking = request.form.get("act") in ASKING and request.form.get("step") != "apply"
    with current.read() if is_asking else current.write() as session:
        keys = _chosen(session)
        if not keys:
            return go_to(_list_url(), toasts=[toast("info", _("Tick some items first."))])
        return act(session, keys)


def _archive(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    return _apply(session, keys, archived(True))


def _restore(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    return _apply(session, keys, archived(False))


def _category(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    if request.form.get("step") != "apply":
        return _ask(session, keys)
    wanted = request.form.get("category_id", "")
    if wanted and session.get(Category, wanted) is None:
        raise RuleError(_("Choose one from the list."))
    return _apply(session, keys, moved(wanted or None))


def _sold(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    if request.form.get("step") != "apply":
        return _ask(session, keys)
    store, is_sold = request.form.get("store", ""), request.form.get("is_sold") == "yes"
    if store not in Names(session).stores:
        raise RuleError(_("Choose the store."))
    check_reach(store)
    return _apply(session, keys, sold(store, is_sold))


def _prices(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    step = request.form.get("step", "")
    if not step:
        return _ask(session, keys)
    try:
        price = _price_change(session)
        rows = preview_prices(session, keys, price)
    except RuleError as problem:
        session.rollback()
        return _ask(session, keys, errors=problem.fields or {"": problem.sentence})
    fingerprint = str(sum(row.after for row in rows)) + f"/{len(rows)}"
    if step == "apply" and request.form.get("fingerprint") == fingerprint:
        return _apply(session, keys, priced(price))
    return _ask(session, keys, preview=rows, fingerprint=fingerprint, price=price)


def _publish(session: Session, keys: Sequence[str]) -> ResponseReturnValue:
    return publish_records(session, [("item", key) for key in keys], back=_list_url())


def publish_records(session: Session, records: Sequence[RecordKey], *, back: str) -> ResponseReturnValue:
    """Publish ticked records in the stores that the page looks at; `back` when nothing went out."""
    if not current.account().may("publish"):
        raise NotAllowed(_("Your role does not allow publishing. Ask a manager to publish."))
    stores = [store.id for store in shown_stores(session)]
    results = publish(session, stores=stores, records=records, by=current.account().name, now=current.now())
    session.commit()
    announce(results)
    changed = [result for result in results if result.change_count]
    refused = list(dict.fromkeys(refusal.sentence for result in results for refusal in result.refused))
    toasts = [published_toast(changed)] if changed else [toast("info", _("Nothing to publish."))]
    if refused:
        toasts.append(toast("error", _("Something stayed behind."), " ".join(refused[:3])))
    url = url_for("publications.index", published=published_words(changed)) if changed else back
    return go_to(url, toasts=toasts)


ACTS: dict[str, Callable[[Session, Sequence[str]], ResponseReturnValue]] = {
    "archive": _archive,
    "restore": _restore,
    "category": _category,
    "sold": _sold,
    "prices": _prices,
    "publish": _publish,
}
ASKING = frozenset({"category", "sold", "prices"})


def _apply(session: Session, keys: Sequence[str], change: Change) -> ResponseReturnValue:
    saved = change_items(session, keys, change, by=current.account().name, now=current.now())
    session.commit()
    announce([])
    count = len(saved)
    words = ngettext(
        "%(count)s item saved. Not on the POS yet.", "%(count)s items saved. Not on the POS yet.", count
    )
    return go_to(
        _list_url(), toasts=[toast("success", words) if saved else toast("info", _("Nothing changed."))]
    )


def _ask(session: Session, keys: Sequence[str], **more: object) -> ResponseReturnValue:
    names = Names(session)
    categories = session.execute(
        select(Category.id, Category.name).where(~Category.is_archived).order_by(Category.name)
    ).all()
    context = {"errors": {}, "preview": None, "fingerprint": "", "price": None, **more}
    page = render_template(
        "backoffice/items/batch.html",
        act=request.form["act"],
        keys=[] if "everything" in request.form else keys,
        count=len(keys),
        back=_list_url(),
        names=names,
        categories=categories,
        price_list_options=[(key, f"{row.name} ({row.currency})") for key, row in names.price_lists.items()],
        store_options=[(store.id, store.name) for store in my_stores(session)],
        most_previewed=MOST_PREVIEWED,
        **context,
    )
    return page, 422 if more.get("errors") else 200


def _price_change(session: Session) -> PriceChange:
    complaints = Complaints()
    price_list = session.get(PriceList, request.form.get("price_list", ""))
    way, text = request.form.get("way", ""), request.form.get("value", "")
    if price_list is None:
        complaints.add("price_list", _("Choose a price list."))
    if way not in WAYS:
        complaints.add("way", _("Choose how the price changes."))
    complaints.raise_if_any()
    assert price_list is not None
    value = 0
    if way == "percent":
        value = rate_millionths(text, "value", complaints)
    else:
        try:
            value = parse_money(text, price_list.currency)
        except RuleError as problem:
            complaints.add("value", problem.sentence)
    complaints.raise_if_any()
    return PriceChange(price_list_id=price_list.id, way=way, value=value)


def _chosen(session: Session) -> list[str]:
    if "everything" not in request.form:
        return request.form.getlist("key")[:MOST_ITEMS]
    arguments = dict(parse_qsl(urlsplit(request.form.get("after", "")).query))
    wish = read_wish(arguments, sorts=tuple(SORTS), default_sort=DEFAULT_SORT, filters=FILTERS)
    found = found_items(wish, stores=shown_stores(session)).with_only_columns(Item.id)
    return list(session.scalars(found.limit(MOST_ITEMS)))


def _list_url() -> str:
    """The list as it was, whatever somebody posts."""
    arguments = dict(parse_qsl(urlsplit(request.form.get("after", "")).query))
    wish = read_wish(arguments, sorts=tuple(SORTS), default_sort=DEFAULT_SORT, filters=FILTERS)
    query: dict[str, Any] = dict(wish.query(page=wish.page))
    return url_for("items.index", **query)
