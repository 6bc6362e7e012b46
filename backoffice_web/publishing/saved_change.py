"""Every saved edit: who changed which field, in the append-only journal, and what it marks for publishing.

Invariants: journal entries and marks are written in the transaction of the edit itself; values of
secret kinds never reach the journal; kinds that are not published are journalled but never marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.journal_chain import Entry, append, new_entry
from backoffice_web.publishing.publication import Mark
from backoffice_web.publishing.settling import settle_at_commit
from backoffice_web.publishing.upsert import upsert
from backoffice_web.stores.store import Store
from sync_contract.records import KINDS, SECRET_KINDS

# What a record drags along: a person who moves or leaves takes the PIN with them.
FOLLOWERS: Mapping[str, tuple[str, ...]] = {"employee": ("credential",)}


@dataclass(frozen=True, kw_only=True)
class SavedChange:
    """One edited record; `fields` maps a field's label to its value before and after, in words.

    `store_id` is the store that it belongs to; a record that is marked for one store belongs there anyway.
    """

    kind: str
    key: str
    label: str
    action: str
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    store_id: str = ""


def note_change(
    session: Session,
    *,
    kind: str,
    key: str,
    label: str,
    action: str,
    fields: Mapping[str, tuple[str, str]],
    stores: Iterable[str] | None,
    by: str,
    now: datetime,
) -> None:
    """Journal one saved edit and mark its record for `stores` (None: for all of them).

    `action` is created, changed, archived or restored. An edit that changed no field is not noted.
    """
    change = SavedChange(kind=kind, key=key, label=label, action=action, fields=fields)
    note_changes(session, [change], stores=stores, by=by, now=now)


def note_changes(
    session: Session, changes: Sequence[SavedChange], *, stores: Iterable[str] | None, by: str, now: datetime
) -> None:
    """`note_change` for many records at once, in a handful of statements (imports, bulk edits)."""
    told = [change for change in changes if _is_an_edit(change)]
    if not told:
        return
    # A store or a record that was only just added must be there before its mark is.
    session.flush()
    store_ids = list(session.scalars(select(Store.id))) if stores is None else list(dict.fromkeys(stores))
    at_store = store_ids[0] if stores is not None and len(store_ids) == 1 else ""
    append(session, [entry for change in told for entry in _entries(change, at_store, by=by, now=now)])
    records = [record for change in told for record in _marked_by(change)]
    mark(session, records, stores=store_ids, by=by, now=now)


def mark(
    session: Session, records: Iterable[tuple[str, str]], *, stores: Sequence[str], by: str, now: datetime
) -> None:
    """Mark (kind, key) records of `stores` as edited, without a journal entry of their own."""
    # Publishing locks marks in the same order: neither waits for the other in a circle.
    wanted = sorted(set(records))
    rows = [
        {"store_id": store_id, "kind": kind, "key": key, "at": now, "by": by[:80]}
        for store_id in sorted(stores)
        for kind, key in wanted
    ]
    upsert(session, Mark, rows, replace=("at", "by"))
    settle_at_commit(session, [(store_id, kind, key) for store_id in stores for kind, key in wanted])


def changed_fields(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The fields whose words differ, as field → (before, after); a missing field is an empty word."""
    names = dict.fromkeys([*before, *after])
    pairs = {name: (before.get(name, ""), after.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _is_an_edit(change: SavedChange) -> bool:
    # A new PIN has no field that may be named, and is an edit all the same.
    return bool(change.fields) or change.action != "changed" or change.kind in SECRET_KINDS


def _entries(change: SavedChange, at_store: str, *, by: str, now: datetime) -> Iterator[Entry]:
    fields = {} if change.kind in SECRET_KINDS else change.fields
    for name, (before, after) in (fields or {"": ("", "")}).items():
        yield new_entry(
            at=now,
            by=by,
            action=change.action,
            kind=change.kind,
            key=change.key,
            label=change.label,
            field=name,
            before=before,
            after=after,
            store_id=change.store_id or at_store,
        )


def _marked_by(change: SavedChange) -> list[tuple[str, str]]:
    kinds = [change.kind, *FOLLOWERS.get(change.kind, ())]
    return [(kind, change.key) for kind in kinds if kind in KINDS]
