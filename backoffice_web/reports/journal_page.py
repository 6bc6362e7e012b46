"""The journal as its URL asks for it: who changed which field of what, and what people did at the tills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.wording import kind_label
from shared_web.language import _

FILTERS = ("person", "kind", "from", "to")
SORTS = ("time",)
DEFAULT_SORT = "-time"
KINDS = (
    "item", "category", "modifier_group", "price_list", "tax", "tax_class", "store_profile",
    "store_settings", "role", "employee", "credential", "terminal", "store_node", "shift",
    "publication", "sold_out", "terminal_settings",
)  # fmt: skip


def journal_page(session: Session, wish: Wish, *, time_zone: str) -> Page[JournalEntry]:
    """One page, newest first. The dates of the wish are days of `time_zone`, both included."""
    statement = select(JournalEntry).where(*_conditions(wish, ZoneInfo(time_zone)))
    # The fields of one record that were saved together stay together.
    sorts = {"time": (JournalEntry.at, JournalEntry.kind, JournalEntry.key, JournalEntry.id)}
    return fetch_page(session, statement, wish, sorts=sorts)


def people(session: Session) -> list[str]:
    """The names to choose from; entries carry the name that somebody had then."""
    return sorted(set(session.scalars(select(Employee.name))))


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
        "withdrawn": _("took back"),
        "item.sold_out": _("marked as sold out"),
        "item.available": _("brought back"),
        "terminal.settings": _("changed the settings"),
        "line.remove": _("removed a line"),
        "order.void": _("voided an order"),
        "order.refund": _("refunded a sale"),
        "payment.remove": _("removed a payment"),
        "prices.update": _("took newer prices"),
        "sync.run": _("synced"),
    }
    return words.get(action, action)


def _conditions(wish: Wish, zone: ZoneInfo) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text := wish.text:
        columns = (JournalEntry.label, JournalEntry.by, JournalEntry.field)
        found.append(or_(*(contains(column, text) for column in columns)))
    if person := wish.filter("person"):
        found.append(JournalEntry.by == person)
    if wish.filter("kind") in KINDS:
        found.append(JournalEntry.kind == wish.filter("kind"))
    if (start := _midnight(wish.filter("from"), zone)) is not None:
        found.append(JournalEntry.at >= start)
    if (end := _midnight(wish.filter("to"), zone, days=1)) is not None:
        found.append(JournalEntry.at < end)
    return found


def _midnight(text: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """The beginning of a day in UTC; None for what is no day of our calendar."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
