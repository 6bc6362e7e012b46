"""What a sync changed, for the people at the till: counts per kind, and the newest changes in detail.

Invariants: nothing of a secret kind but its number; at most `LONGEST` changes in detail; values are
kept raw (minor units, millionths), because each reader sees them in their own language.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Literal

import msgspec

from sync_contract.changes import PublicationNote
from sync_contract.readers import reader
from sync_contract.records import KINDS, SECRET_KINDS, Item, Record, Tax, UnreadableRecord, decode

LONGEST = 50
# The fields that are told with what they were and are.
TOLD = frozenset({"name", "category", "rate_millionths", "variants"})

How = Literal["new", "changed", "removed"]
Unit = Literal["text", "cents", "millionths"]
Names = Callable[[str, str], str]
# A record before and after.
Read = tuple[Record | None, Record | None]


class FieldChange(msgspec.Struct, frozen=True):
    """One field before and after, as `unit` says; `of` names the variant where there are several."""

    field: str
    before: str
    after: str
    unit: Unit = "text"
    of: str = ""


class RecordChange(msgspec.Struct, frozen=True):
    kind: str
    name: str
    how: How
    fields: tuple[FieldChange, ...] = ()


class Summary(msgspec.Struct, frozen=True):
    """`counts`: changed records per kind. `publications`: newest first."""

    change_count: int = 0
    counts: dict[str, int] = {}
    changes: tuple[RecordChange, ...] = ()
    publications: tuple[PublicationNote, ...] = ()


_SUMMARY = reader(Summary)


def encode_summary(summary: Summary) -> bytes:
    return msgspec.json.encode(summary)


def decode_summary(content: bytes) -> Summary:
    """The summary of an apply; an empty one for bytes of another release."""
    try:
        return _SUMMARY.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Summary()


class SummaryWriter:
    """Collects changes as they are applied; decodes only those that will be shown."""

    def __init__(self, *, wants_details: bool) -> None:
        self.wants_details = wants_details
        self.counts: Counter[str] = Counter()
        self._latest: deque[tuple[str, bytes | None, bytes | None, Read | None]] = deque(
            maxlen=LONGEST if wants_details else 0
        )

    def note(self, kind: str, before: bytes | None, after: bytes | None, read: Read | None = None) -> None:
        """Of one record; `read` is what the two bodies hold, where somebody has decoded them already."""
        self.counts[kind] += 1
        if kind not in SECRET_KINDS and kind in KINDS:
            self._latest.append((kind, before, after, read))

    def finish(self, publications: tuple[PublicationNote, ...], names: Names) -> Summary:
        """`names(kind, key)` is the present name of a record, for fields that refer to one."""
        return Summary(
            change_count=self.counts.total(),
            counts=dict(self.counts),
            changes=tuple(_describe(*entry, names) for entry in reversed(self._latest)),
            publications=tuple(sorted(publications, key=lambda note: -note.version)[:LONGEST]),
        )


def _describe(
    kind: str, before: bytes | None, after: bytes | None, read: Read | None, names: Names
) -> RecordChange:
    old, new = read or (_read(kind, before), _read(kind, after))
    if before is None or after is None:
        return RecordChange(kind, _name(new or old), "removed" if after is None else "new")
    if old is None or new is None:
        return RecordChange(kind, _name(new or old), "changed")
    return RecordChange(kind, _name(new), "changed", tuple(_differences(old, new, names)))


def _read(kind: str, body: bytes | None) -> Record | None:
    try:
        return None if body is None else decode(kind, body)
    except UnreadableRecord:  # bytes damaged by hand, about to be mended by a full resync
        return None


def _name(record: Record | None) -> str:
    return str(getattr(record, "name", ""))


def _differences(old: Record, new: Record, names: Names) -> list[FieldChange]:
    found: list[FieldChange] = []
    if (before := _name(old)) != (after := _name(new)):
        found.append(FieldChange("name", before, after))
    if isinstance(old, Item) and isinstance(new, Item):
        found += _price_changes(old, new)
        if old.category != new.category:
            before, after = names("category", old.category), names("category", new.category)
            found.append(FieldChange("category", before, after))
    if isinstance(old, Tax) and isinstance(new, Tax) and old.rate_millionths != new.rate_millionths:
        rates = str(old.rate_millionths), str(new.rate_millionths)
        found.append(FieldChange("rate", *rates, unit="millionths"))
    fields, values = _untold(type(new))
    # Of most records nothing but the price changed: one look at all the others is enough.
    if values(old) != values(new):
        found += [
            FieldChange(field, "", "") for field in fields if getattr(old, field) != getattr(new, field)
        ]
    return found


@cache
def _untold(kind: type[Record]) -> tuple[tuple[str, ...], Callable[[Record], Any]]:
    """The fields of which nothing is told but that they changed, and what takes them all from a record."""
    fields = tuple(field for field in kind.__struct_fields__ if field not in TOLD)
    return fields, attrgetter(*fields)


def _price_changes(old: Item, new: Item) -> list[FieldChange]:
    prices = {variant.key: variant.price_cents for variant in old.variants}
    found = [
        FieldChange("price", str(prices[each.key]), str(each.price_cents), "cents", each.name)
        for each in new.variants
        if each.key in prices and prices[each.key] != each.price_cents
    ]
    if _without_prices(old) != _without_prices(new):
        found.append(FieldChange("variants", "", ""))
    return found


def _without_prices(item: Item) -> list[Any]:
    return [(each.key, each.name, each.sku, each.barcodes) for each in item.variants]
