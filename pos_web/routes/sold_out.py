"""The 86 List: items and modifiers that are sold out in this store now. Everybody at a terminal sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.ask import Ask
from pos_web.catalog import published
from pos_web.database import new_uuid
from pos_web.owned.markable import find_markable, markable_name
from pos_web.owned.sold_out import Entry, bring_back, mark_sold_out, sold_out_list
from pos_web.screens import screen
from pos_web.syncing.sync_memory import OWNED_EVENTS
from pos_web.tills import tell_store
from shared_web.access import at_terminal, needs_or_approval
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.formats import business_day_end
from shared_web.language import _
from sync_contract.owned import LONGEST_KEY, SOLD_OUT, is_moment
from sync_contract.records import StoreProfile

blueprint = Blueprint("sold_out", __name__)


@blueprint.get("/sold-out")
@at_terminal
def index() -> ResponseReturnValue:
    if is_htmx():
        return fragment("pos/sold_out/_lists.html", **_lists())
    return screen("pos/sold_out/index.html", **_lists())


def _ask_mark(_book: Session, replica: Session) -> Ask:
    key = _asked_key()
    name = markable_name(replica, store_id=current.store_id(), key=key)
    return Ask(what=_("Mark %(item)s as sold out", item=name), target=key)


def _ask_back(book: Session, _replica: Session) -> Ask | None:
    key = _asked_key()
    entries = sold_out_list(book, store_id=current.store_id(), now=current.now())
    names = [entry.name for entry in entries if entry.key == key]
    return Ask(what=_("Sell %(item)s again", item=names[0]), target=key) if names else None


@blueprint.post("/sold-out")
@needs_or_approval("sold_out.edit", asks=_ask_mark)
def create() -> ResponseReturnValue:
    key, store_id, now = _asked_key(), current.store_id(), current.now()
    with current.book_write() as book, current.replica() as replica:
        name = markable_name(replica, store_id=store_id, key=key)
        before = mark_sold_out(
            book,
            store_id=store_id,
            terminal_id=current.the_terminal().id,
            key=key,
            name=name,
            until=_asked_end(published.profile(replica, store_id=store_id), now),
            by=current.person(),
            now=now,
        )
        book.commit()
    _tell()
    return _answer(_("%(item)s is sold out", item=name), undo=_back_to(key, before))


@blueprint.post("/sold-out/removal")
@needs_or_approval("sold_out.edit", asks=_ask_back)
def remove() -> ResponseReturnValue:
    key = _asked_key()
    with current.book_write() as book:
        before = bring_back(
            book,
            store_id=current.store_id(),
            terminal_id=current.the_terminal().id,
            key=key,
            by=current.person(),
            now=current.now(),
        )
        book.commit()
    if before is None:
        return _answer(_("It was brought back already."))
    _tell()
    return _answer(_("%(item)s is available again", item=before.name), undo=_back_to(key, before))


def _asked_key() -> str:
    return request.form.get("key", "")[:LONGEST_KEY]


def _asked_end(store: StoreProfile, now: datetime) -> datetime | None:
    """`until` is empty, `day_end`, or the moment that an Undo brings back."""
    asked = request.form.get("until", "")
    if asked == "day_end":
        return business_day_end(now, store.time_zone, store.day_cutoff_minutes)
    if not asked:
        return None
    try:
        end = datetime.fromisoformat(asked[:40])
    except ValueError:
        end = None
    if end is None or not is_moment(end):
        raise RuleError(_("Choose whether it is sold out until tomorrow or until it is brought back."))
    if end <= now:
        raise RuleError(_("It was sold out until a time that has passed: it is available again."))
    return end.astimezone(UTC)


def _back_to(key: str, before: Entry | None) -> dict[str, Any]:
    """The form that makes the list what it was; `control` is the id of its button."""
    action, fields = url_for("sold_out.remove"), {"key": key}
    if before is not None:
        action = url_for("sold_out.create")
        fields["until"] = before.until.isoformat() if before.until is not None else ""
    return {"action": action, "fields": fields, "control": f"undo-{new_uuid()}"}


def _answer(title: str, undo: dict[str, Any] | None = None) -> ResponseReturnValue:
    told = toast("success", title) | ({"undo": f"#{undo['control']}"} if undo else {})
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
        choices = find_markable(replica, store_id=store_id, text=text) if text else []
    marked = {entry.key for entry in entries}
    return {
        "entries": entries,
        "text": text,
        "choices": [choice for choice in choices if choice.key not in marked],
    }


def _tell() -> None:
    tell_store(OWNED_EVENTS[SOLD_OUT])
