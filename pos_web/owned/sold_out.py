"""The 86 list: what is sold out now in this store, and the refusal to ring it.

Invariants: the server decides when an item is rung, whatever a screen shows; lines that are on orders
stay, but do not grow; a record whose `until` has passed counts as gone; an item with a modifier that is
sold out is sold without that modifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.owned.change import TooManyOwned, all_owned, body_of, change_owned, find_owned
from pos_web.owned.record import OwnedRecord
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.owned import SOLD_OUT, SoldOut, modifier_of_key, sold_out_key, sold_out_modifier_key

NONE: Mapping[str, str] = MappingProxyType({})


class ItemSoldOut(RuleError):
    """The item, or what goes with it, is on the 86 list."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the 86 list. `since` and `until` in UTC."""

    key: str
    revision: int
    name: str
    by: str
    since: datetime
    until: datetime | None

    @property
    def is_modifier(self) -> bool:
        return bool(modifier_of_key(self.key))


def sold_out_list(book: Session, *, store_id: str, now: datetime) -> list[Entry]:
    """What is sold out at `now`, the newest first."""
    found = (_entry(record, now) for record in all_owned(book, store_id=store_id, kind=SOLD_OUT))
    return [entry for entry in found if entry is not None]


def sold_out_keys(book: Session, *, store_id: str, now: datetime) -> frozenset[str]:
    """The keys of items, `item/variant` and modifiers that are sold out at `now`."""
    return frozenset(entry.key for entry in sold_out_list(book, store_id=store_id, now=now))


def refuse_sold_out(
    book: Session,
    *,
    store_id: str,
    item: str,
    variant: str = "",
    name: str,
    modifiers: Mapping[str, str] = NONE,
    now: datetime,
) -> None:
    """`modifiers` are key → name. Raises ItemSoldOut when the item, this form or one of them is listed."""
    names = {sold_out_modifier_key(key): modifier for key, modifier in modifiers.items()}
    names |= {item: name, sold_out_key(item, variant): name}
    records = book.scalars(
        select(OwnedRecord).where(
            OwnedRecord.store_id == store_id, OwnedRecord.kind == SOLD_OUT, OwnedRecord.key.in_(list(names))
        )
    )
    for record in records:
        if _entry(record, now) is not None:
            raise ItemSoldOut(
                _("%(item)s is sold out. Bring it back on the 86 List to sell it.", item=names[record.key])
            )


def mark_sold_out(
    book: Session,
    *,
    store_id: str,
    terminal_id: str,
    key: str,
    name: str,
    until: datetime | None,
    by: Person,
    now: datetime,
) -> Entry | None:
    """Put something on the list, and clear away what has come back by itself; the entry it had before.

    Raises RuleError when the list is as long as a list may be.
    """
    before = _find(book, store_id, key, now)
    for record in all_owned(book, store_id=store_id, kind=SOLD_OUT):
        if _entry(record, now) is None:
            change_owned(book, store_id=store_id, kind=SOLD_OUT, key=record.key, body=None, by="", now=now)
    body = SoldOut(name=name, until=until)
    try:
        change_owned(book, store_id=store_id, kind=SOLD_OUT, key=key, body=body, by=by.name, now=now)
    except TooManyOwned:
        raise RuleError(
            _("The 86 List is full. Bring something back, or switch items off instead.")
        ) from None
    _note(book, store_id, terminal_id, by, "item.sold_out", name, now)
    return before


def bring_back(
    book: Session, *, store_id: str, terminal_id: str, key: str, by: Person, now: datetime
) -> Entry | None:
    """Take an entry off the list and return it; None when somebody else, or its end, was faster."""
    entry = _find(book, store_id, key, now)
    if entry is None:
        return None
    change_owned(book, store_id=store_id, kind=SOLD_OUT, key=key, body=None, by=by.name, now=now)
    _note(book, store_id, terminal_id, by, "item.available", entry.name, now)
    return entry


def _find(book: Session, store_id: str, key: str, now: datetime) -> Entry | None:
    record = find_owned(book, store_id=store_id, kind=SOLD_OUT, key=key)
    return _entry(record, now) if record is not None else None


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
