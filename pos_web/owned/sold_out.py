"""The 86 list: what is sold out now in this store, and the refusal to ring it.

Invariants: the server decides when an item is rung, whatever a screen shows; lines that are on orders
stay, but do not grow; a record whose `until` has passed counts as gone.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from pos_web.owned.change import TooManyOwned, all_owned, body_of, change_owned, find_owned
from pos_web.owned.record import OwnedRecord
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.owned import SOLD_OUT, SoldOut, sold_out_key


class ItemSoldOut(RuleError):
    """The item is on the 86 list."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the 86 list. `since` and `until` in UTC."""

    key: str
    revision: int
    name: str
    by: str
    since: datetime
    until: datetime | None


def sold_out_list(book: Session, *, store_id: str, now: datetime) -> list[Entry]:
    """What is sold out at `now`, the newest first."""
    found = (_entry(record, now) for record in all_owned(book, store_id=store_id, kind=SOLD_OUT))
    return [entry for entry in found if entry is not None]


def sold_out_keys(book: Session, *, store_id: str, now: datetime) -> frozenset[str]:
    """The keys of items and `item/variant` that are sold out at `now`."""
    return frozenset(entry.key for entry in sold_out_list(book, store_id=store_id, now=now))


def refuse_sold_out(
    book: Session, *, store_id: str, item: str, variant: str = "", name: str, now: datetime
) -> None:
    """Raises ItemSoldOut when the item or this form of it is on the list."""
    for key in {item, sold_out_key(item, variant)}:
        record = find_owned(book, store_id=store_id, kind=SOLD_OUT, key=key)
        if record is not None and _entry(record, now) is not None:
            raise ItemSoldOut(_("%(item)s is sold out. Bring it back on the 86 List to sell it.", item=name))


def mark_sold_out(
    book: Session,
    *,
    store_id: str,
    terminal_id: str,
    item: str,
    variant: str,
    name: str,
    until: datetime | None,
    by: Person,
    now: datetime,
) -> None:
    """Put an item (or one `variant` of it) on the list, and clear away what has come back by itself.

    Raises RuleError when the list is as long as a list may be.
    """
    for record in all_owned(book, store_id=store_id, kind=SOLD_OUT):
        if _entry(record, now) is None:
            change_owned(book, store_id=store_id, kind=SOLD_OUT, key=record.key, body=None, by="", now=now)
    key = sold_out_key(item, variant)
    body = SoldOut(name=name, until=until)
    try:
        change_owned(book, store_id=store_id, kind=SOLD_OUT, key=key, body=body, by=by.name, now=now)
    except TooManyOwned:
        raise RuleError(
            _("The 86 List is full. Bring something back, or switch items off instead.")
        ) from None
    _note(book, store_id, terminal_id, by, "item.sold_out", name, now)


def bring_back(book: Session, *, store_id: str, terminal_id: str, key: str, by: Person, now: datetime) -> str:
    """Take an entry off the list; its name, or "" when somebody else was faster."""
    record = find_owned(book, store_id=store_id, kind=SOLD_OUT, key=key)
    if record is None:
        return ""
    body = body_of(record)
    name = body.name if body is not None else key
    change_owned(book, store_id=store_id, kind=SOLD_OUT, key=key, body=None, by=by.name, now=now)
    _note(book, store_id, terminal_id, by, "item.available", name, now)
    return str(name)


def _entry(record: OwnedRecord, now: datetime) -> Entry | None:
    body = body_of(record)
    if body is None or (body.until is not None and body.until <= now):
        return None
    return Entry(
        key=record.key,
        revision=record.revision,
        name=body.name,
        by=record.changed_by,
        since=record.changed_at,
        until=body.until,
    )


def _note(
    book: Session, store_id: str, terminal_id: str, by: Person, action: str, name: str, now: datetime
) -> None:
    note(
        book,
        store_id=store_id,
        terminal_id=terminal_id,
        by=by,
        action=action,
        details={"item": name},
        now=now,
    )
