"""What waits to be published, record by record: the publish page, and the column beside each editor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.publishing.difference import FieldChange
from backoffice_web.publishing.pending import Need, PendingChange, pending_changes
from backoffice_web.publishing.published import RecordKey
from backoffice_web.reports.unchanged import stamp
from backoffice_web.stores.store import Store


@dataclass(frozen=True)
class RecordChange:
    """`state` is new, changed or removed; `stores` are the names of the stores where it is so."""

    state: str
    fields: tuple[FieldChange, ...]
    needs: tuple[Need, ...]
    problem: str
    stores: tuple[str, ...]


@dataclass(frozen=True)
class PendingRecord:
    """One record that waits in one or more stores; `changes` has one entry for each way it differs."""

    kind: str
    key: str
    kind_label: str
    label: str
    by: str
    at: datetime
    changes: tuple[RecordChange, ...]

    @property
    def tick(self) -> str:
        """The value of its tick box: the record, and the edit that was shown."""
        return f"{self.kind}:{self.key}:{stamp(self.at)}"

    @property
    def is_publishable(self) -> bool:
        return any(not change.problem for change in self.changes)


def pending_records(session: Session, *, stores: Sequence[Store], limit: int) -> list[PendingRecord]:
    """The records with the latest edits, at most `limit` marks of them, latest first."""
    only = stores[0].id if len(stores) == 1 else None
    return _by_record(pending_changes(session, store_id=only, limit=limit), stores)


def record_changes(
    session: Session, records: Iterable[RecordKey], *, stores: Sequence[Store]
) -> list[RecordChange]:
    """The pending changes of some records, with equal stores taken together."""
    changes = [change for kind, key in records for change in pending_changes(session, kind=kind, key=key)]
    return [change for record in _by_record(changes, stores) for change in record.changes]


def _by_record(changes: Iterable[PendingChange], stores: Sequence[Store]) -> list[PendingRecord]:
    names = {store.id: store.name for store in stores}
    records: dict[RecordKey, list[PendingChange]] = {}
    for change in changes:
        if change.store_id in names:
            records.setdefault((change.kind, change.key), []).append(change)
    return [
        PendingRecord(
            kind=kind,
            key=key,
            kind_label=group[0].kind_label,
            label=group[0].label,
            by=group[0].by,
            at=max(change.at for change in group),
            changes=_by_difference(group, names),
        )
        for (kind, key), group in records.items()
    ]


def _by_difference(changes: Iterable[PendingChange], names: dict[str, str]) -> tuple[RecordChange, ...]:
    groups: dict[tuple[object, ...], list[PendingChange]] = {}
    for change in changes:
        same = (change.state, change.fields, change.needs, change.problem)
        groups.setdefault(same, []).append(change)
    return tuple(
        RecordChange(
            state=group[0].state,
            fields=group[0].fields,
            needs=group[0].needs,
            problem=group[0].problem,
            stores=tuple(sorted(names[change.store_id] for change in group)),
        )
        for group in groups.values()
    )
