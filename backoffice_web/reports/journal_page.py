"""The journal as its URL asks for it: who changed which field of what, and what people did at the tills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.employee import Employee, EmployeeStore
from backoffice_web.publishing.journal import JournalEntry, JournalLink
from backoffice_web.publishing.wording import kind_label
from backoffice_web.stores.store import Store
from shared_web.language import _

FILTERS = ("person", "kind", "store", "from", "to")
SORTS = ("time",)
DEFAULT_SORT = "-time"
KINDS = (
    "item", "category", "modifier_group", "price_list", "tax", "tax_class", "store_profile",
    "store_settings", "role", "employee", "credential", "terminal", "store_node", "shift",
    "publication", "sold_out", "terminal_settings", "pos", "session", "refusal",
    "refused_document",
)  # fmt: skip
# What belongs to the enterprise and may be read by whoever may read the journal of one store.
SHARED_KINDS = (
    "item", "category", "modifier_group", "price_list", "tax_class", "discount", "reason", "tender_type",
)  # fmt: skip


@dataclass(frozen=True)
class Sight:
    """Which entries somebody may read and looks at: those of `stores`, and what concerns no single store.

    `is_whole` is False for whoever may not act in every store: then only what all stores share.
    """

    stores: Sequence[Store]
    is_whole: bool
    is_everywhere: bool
    """Every store is looked at, also those that are not there any more."""
    hidden_names: Sequence[str] = ()
    """Names of stores that an entry about the shared catalog must not tell of."""


def journal_page(session: Session, wish: Wish, sight: Sight) -> Page[JournalEntry]:
    """One page, newest first. The dates of the wish are days of the first store, both included."""
    statement = select(JournalEntry).where(*_conditions(wish, sight))
    # The fields of one record that were saved together stay together.
    sorts = {"time": (JournalEntry.at, JournalEntry.kind, JournalEntry.key, JournalEntry.id)}
    return fetch_page(session, statement, wish, sorts=sorts)


def all_entries(
    session: Session, wish: Wish, sight: Sight
) -> Iterator[tuple[JournalEntry, JournalLink | None]]:
    """What the wish finds, oldest first, as the chain has it."""
    found = session.execute(
        select(JournalEntry, JournalLink)
        .outerjoin(JournalLink, JournalLink.entry_id == JournalEntry.id)
        .where(*_conditions(wish, sight))
        .order_by(JournalLink.number),
        execution_options={"yield_per": 500},
    )
    with found as rows:
        yield from (tuple(row) for row in rows)  # type: ignore[misc]


def people(session: Session, sight: Sight) -> list[str]:
    """The names to choose from; entries carry the name that somebody had then."""
    names = select(Employee.name)
    if not sight.is_whole:
        here = EmployeeStore.store_id.in_([store.id for store in sight.stores])
        names = names.where(Employee.id.in_(select(EmployeeStore.employee_id).where(here)))
    return sorted(set(session.scalars(names)))


def zone_of(sight: Sight) -> str:
    return sight.stores[0].time_zone if sight.stores else "UTC"


def kind_words(kind: str) -> str:
    """What an entry is about, also for kinds that are never published."""
    words = {
        "price_list": _("Price list"),
        "tax_class": _("Tax class"),
        "shift": _("Shift"),
        "terminal": _("Terminal"),
        "sold_out": _("86 List"),
        "terminal_settings": _("Terminal settings"),
        "store_node": _("Store node"),
        "publication": _("Publication"),
        "pos": _("At the till"),
        "session": _("Sign-in"),
        "refusal": _("Refusal"),
        "refused_document": _("Refused document"),
    }
    return words.get(kind) or kind_label(kind)


def action_words(action: str) -> str:
    """What was done; a till's own word for it where the office has none."""
    words = {
        "created": _("created"),
        "changed": _("changed"),
        "archived": _("archived"),
        "restored": _("restored"),
        "removed": _("removed"),
        "published": _("published"),
        "rolled_back": _("rolled back"),
        "code_made": _("made a registration code"),
        "registered": _("registered its browser"),
        "pairing_code_made": _("made a pairing code"),
        "paired": _("paired"),
        "revoked": _("revoked"),
        "commanded": _("asked the store"),
        "dismissed": _("dismissed"),
        "withdrawn": _("took back"),
        "item.sold_out": _("marked as sold out"),
        "item.available": _("brought back"),
        "terminal.settings": _("changed the settings"),
        "store.settings": _("asked for other settings of every till"),
        "line.remove": _("removed a line"),
        "line.override_price": _("changed a price"),
        "approval.request": _("asked for an approval"),
        "approval.approve": _("approved"),
        "approval.deny": _("denied"),
        "session.lock_out": _("was locked out after wrong PINs"),
        "session.unlock": _("unlocked a sign-in"),
        "terminal.leave": _("signed the terminal out"),
        "sync.full": _("fetched the whole catalog anew"),
        "sync.older": _("went back to an older catalog"),
        "document.correct": _("corrected a refused document"),
        "documents.send_again": _("sent refused documents again"),
        "documents.export": _("exported unsent documents"),
        "support.bundle": _("made a diagnostic bundle"),
        "support.verify": _("checked the database"),
        "order.void": _("voided an order"),
        "order.refund": _("refunded a sale"),
        "payment.remove": _("removed a payment"),
        "prices.update": _("took newer prices"),
        "sync.run": _("synced"),
        "session.begin": _("signed in"),
        "session.end": _("signed out"),
        "signed_in": _("signed in"),
        "signed_out": _("signed out"),
        "refused": _("was refused"),
    }
    return words.get(action, action)


def shortened(text: str) -> str:
    """Ids by their first signs, as far as a list needs them; the export has them whole."""
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{24}\b", r"\1…", text, flags=re.ASCII)


def _conditions(wish: Wish, sight: Sight) -> Sequence[ColumnElement[bool]]:
    zone = ZoneInfo(zone_of(sight))
    found = _within(sight)
    if text := wish.text:
        columns = (
            JournalEntry.label, JournalEntry.by, JournalEntry.field, JournalEntry.before, JournalEntry.after,
        )  # fmt: skip
        found.append(or_(*(contains(column, text) for column in columns)))
    if person := wish.filter("person"):
        found.append(JournalEntry.by == person)
    if wish.filter("kind") in KINDS:
        found.append(JournalEntry.kind == wish.filter("kind"))
    if store := wish.filter("store"):
        found.append(JournalEntry.store_id == store)
    if (start := _midnight(wish.filter("from"), zone)) is not None:
        found.append(JournalEntry.at >= start)
    if (end := _midnight(wish.filter("to"), zone, days=1)) is not None:
        found.append(JournalEntry.at < end)
    return found


def _within(sight: Sight) -> list[ColumnElement[bool]]:
    if sight.is_everywhere and sight.is_whole:
        return []
    of_all = JournalEntry.store_id == ""
    if not sight.is_whole:
        of_all = of_all & JournalEntry.kind.in_(SHARED_KINDS)
    columns = (JournalEntry.field, JournalEntry.before, JournalEntry.after)
    hidden = [~contains(column, name) for name in sight.hidden_names for column in columns]
    return [of_all | JournalEntry.store_id.in_([store.id for store in sight.stores]), *hidden]


def _midnight(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """The beginning of a day in UTC; None for what is no day of our calendar."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
