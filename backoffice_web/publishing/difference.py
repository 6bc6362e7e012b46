"""What differs between two bodies of a record, field by field, and the names needed to say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.tax import TaxClass
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.projection import SOURCES
from backoffice_web.publishing.published import RecordKey, by_kind
from backoffice_web.publishing.saved_change import changed_fields
from backoffice_web.publishing.upsert import chunks
from backoffice_web.publishing.wording import Vocabulary, describe, name_in
from backoffice_web.stores.store import Store
from sync_contract import records

NEW, CHANGED, REMOVED = "new", "changed", "removed"

# What other records name by key. Few enough to read whole.
REFERRED_TO = ("category", "modifier_group", "role")


@dataclass(frozen=True)
class FieldChange:
    """A field's label, and its value in words before and after; an empty word is no value."""

    label: str
    before: str
    after: str


def difference(
    kind: str, before: bytes | None, after: bytes | None, vocabulary: Vocabulary
) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order in which an editor shows them; none for secret kinds."""
    was, is_now = describe(kind, before, vocabulary), describe(kind, after, vocabulary)
    return tuple(FieldChange(label, *pair) for label, pair in changed_fields(was, is_now).items())


def state_of(before: bytes | None, after: bytes | None) -> str:
    if before is None:
        return NEW
    return REMOVED if after is None else CHANGED


def vocabulary_of(session: Session, store: Store) -> Vocabulary:
    """The words for one store's records."""
    names: dict[RecordKey, str] = {}
    for kind in REFERRED_TO:
        source = SOURCES[kind]
        names.update(((kind, key), name) for key, name in session.execute(select(source.id, source.name)))
    names.update(
        (("tax_class", key), name) for key, name in session.execute(select(TaxClass.id, TaxClass.name))
    )
    return Vocabulary(store.currency, names)


def labels_of(session: Session, store: Store, wanted: Iterable[RecordKey]) -> dict[RecordKey, str]:
    """What each saved record is called now; a PIN is called by its person."""
    found: dict[RecordKey, str] = {}
    for kind, keys in by_kind(wanted).items():
        if kind in ("store_profile", "store_settings"):
            found.update(((kind, key), store.name) for key in keys)
            continue
        source = Employee if kind in records.SECRET_KINDS else SOURCES[kind]
        for chunk in chunks(keys):
            rows = session.execute(select(source.id, source.name).where(source.id.in_(chunk)))
            found.update(((kind, key), name) for key, name in rows)
    return found


def label_of(kind: str, bodies: Sequence[bytes | None]) -> str:
    """The name in the first of the bodies that has one: for records that are no longer saved."""
    return next((name for body in bodies if (name := name_in(kind, body))), kind)
