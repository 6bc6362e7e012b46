"""The 86 List: what is sold out in this store now. Everybody at a terminal sees it."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.catalog import published
from pos_web.catalog.tiles import search
from pos_web.orders.offer import NotForSale
from pos_web.owned.sold_out import bring_back, mark_sold_out, sold_out_list
from pos_web.screens import screen
from pos_web.syncing.sync_memory import OWNED_EVENTS
from pos_web.tills import tell_store
from shared_web.access import at_terminal, needs_or_approval
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.formats import business_day_end
from shared_web.language import _
from sync_contract.owned import LONGEST_KEY, SOLD_OUT, sold_out_key

MOST_FOUND = 20
blueprint = Blueprint("sold_out", __name__)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be marked; `variant` is empty for the whole item."""

    item: str
    variant: str
    name: str

    @property
    def key(self) -> str:
        return sold_out_key(self.item, self.variant)


@blueprint.get("/sold-out")
@at_terminal
def index() -> ResponseReturnValue:
    if is_htmx():
        return fragment("pos/sold_out/_lists.html", **_lists())
    return screen("pos/sold_out/index.html", **_lists())


def _ask_mark(_book: Session, replica: Session) -> Ask:
    item, variant = _asked_item()
    name = _name(replica, current.store_id(), item, variant)
    return Ask(what=_("Mark %(item)s as sold out", item=name), target=sold_out_key(item, variant))


def _ask_back(book: Session, _replica: Session) -> Ask | None:
    key = _asked_key()
    entries = sold_out_list(book, store_id=current.store_id(), now=current.now())
    names = [entry.name for entry in entries if entry.key == key]
    return Ask(what=_("Sell %(item)s again", item=names[0]), target=key) if names else None


@blueprint.post("/sold-out")
@needs_or_approval("sold_out.edit", asks=_ask_mark)
def create() -> ResponseReturnValue:
    item, variant = _asked_item()
    store_id, now = current.store_id(), current.now()
    with current.book_write() as book, current.replica() as replica:
        name = _name(replica, store_id, item, variant)
        store = published.profile(replica, store_id=store_id)
        is_for_today = request.form.get("until") == "day_end"
        mark_sold_out(
            book,
            store_id=store_id,
            terminal_id=current.the_terminal().id,
            item=item,
            variant=variant,
            name=name,
            until=business_day_end(now, store.time_zone, store.day_cutoff_minutes) if is_for_today else None,
            by=current.person(),
            now=now,
        )
        book.commit()
    _tell()
    undo = {"action": url_for("sold_out.remove"), "fields": {"key": sold_out_key(item, variant)}}
    return _answer(_("%(item)s is sold out", item=name), undo)


@blueprint.post("/sold-out/removal")
@needs_or_approval("sold_out.edit", asks=_ask_back)
def remove() -> ResponseReturnValue:
    key = _asked_key()
    with current.book_write() as book:
        name = bring_back(
            book,
            store_id=current.store_id(),
            terminal_id=current.the_terminal().id,
            key=key,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    if not name:
        return _answer(_("It was brought back already."), None)
    _tell()
    item, _slash, variant = key.partition("/")
    undo = {"action": url_for("sold_out.create"), "fields": {"item": item, "variant": variant}}
    return _answer(_("%(item)s is available again", item=name), undo)


def _asked_item() -> tuple[str, str]:
    return request.form.get("item", "")[:64], request.form.get("variant", "")[:64]


def _asked_key() -> str:
    return request.form.get("key", "")[:LONGEST_KEY]


def _answer(title: str, undo: dict[str, Any] | None) -> ResponseReturnValue:
    told = toast("success", title) | ({"undo": "#sold-out-undo"} if undo else {})
    if not is_htmx():
        return go_to(url_for("sold_out.index"), toasts=[toast("success", title)])
    response: Response = fragment("pos/sold_out/_answer.html", toasts=[told], undo=undo, **_lists())
    return response


def _lists() -> dict[str, Any]:
    text = (request.values.get("q") or "").strip()[:100]
    store_id = current.store_id()
    with current.book_read() as book:
        entries = sold_out_list(book, store_id=store_id, now=current.now())
    with current.replica() as replica:
        choices = _choices(replica, store_id, text) if text else []
    marked = {entry.key for entry in entries}
    return {
        "entries": entries,
        "text": text,
        "choices": [choice for choice in choices if choice.key not in marked],
    }


def _choices(replica: Session, store_id: str, text: str) -> list[Choice]:
    found = []
    for tile in search(replica, store_id=store_id, text=text).tiles[:MOST_FOUND]:
        found.append(Choice(item=tile.item, variant="", name=tile.name))
        published_item = published.find_item(replica, store_id=store_id, key=tile.item)
        if tile.is_from and published_item is not None:
            found += [
                Choice(item=tile.item, variant=each.key, name=f"{tile.name} · {each.name}")
                for each in published_item.item.variants
            ]
    return found


def _name(replica: Session, store_id: str, item: str, variant: str) -> str:
    found = published.find_item(replica, store_id=store_id, key=item)
    if found is None:
        raise NotForSale(_("This item is no longer sold here."))
    if not variant:
        return found.item.name
    names = [each.name for each in found.item.variants if each.key == variant]
    if not names:
        raise NotForSale(_("This form of %(item)s is no longer sold here.", item=found.item.name))
    return f"{found.item.name} · {names[0]}"


def _tell() -> None:
    tell_store(OWNED_EVENTS[SOLD_OUT])
