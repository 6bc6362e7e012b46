"""What is saved and not yet at the tills: for the badge, the publish page and each editor.

Invariants: a record is pending in a store when its projection differs from what is published there;
secret kinds appear by name alone; reading never writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from backoffice_web.publishing.difference import (
    FieldChange,
    difference,
    label_of,
    labels_of,
    state_of,
    vocabulary_of,
)
from backoffice_web.publishing.needs import missing_needs
from backoffice_web.publishing.projected_items import NotPublishable
from backoffice_web.publishing.projection import Body, bodies
from backoffice_web.publishing.publication import Mark, PublishedRecord
from backoffice_web.publishing.published import RecordKey, by_kind, published_bodies
from backoffice_web.publishing.upsert import chunks
from backoffice_web.publishing.wording import Vocabulary, kind_label
from backoffice_web.stores.store import Store


@dataclass(frozen=True)
class Need:
    """A record that goes along because the store never had it."""

    kind: str
    key: str
    label: str


@dataclass(frozen=True, kw_only=True)
class PendingChange:
    """One record that waits in one store. `problem` says why it cannot go out as it is, if so.

    `state` is new, changed or removed; `by` and `at` are of the latest edit (UTC).
    """

    store_id: str
    kind: str
    key: str
    kind_label: str
    label: str
    by: str
    at: datetime
    state: str
    fields: tuple[FieldChange, ...]
    needs: tuple[Need, ...] = ()
    problem: str = ""


def count_pending(session: Session, stores: Collection[str] | None = None) -> int:
    """How many records wait to be published, each once however many stores it waits in.

    A count of marks: they are settled in the transaction of every edit.
    """
    waiting = select(Mark.kind, Mark.key).where(_in(stores)).distinct().subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def pending_changes(
    session: Session,
    *,
    store_id: str | None = None,
    kind: str | None = None,
    key: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[PendingChange]:
    """What waits, latest edit first: everywhere, or in one store; of all kinds, or one kind or record."""
    query = select(Mark).where(_in(None if store_id is None else [store_id]))
    if kind is not None:
        query = query.where(Mark.kind == kind)
    if key is not None:
        query = query.where(Mark.key == key)
    query = query.order_by(Mark.at.desc(), Mark.kind, Mark.key, Mark.store_id).limit(limit).offset(offset)
    marks = session.scalars(query).all()
    changes: dict[tuple[str, str, str], PendingChange] = {}
    for each in dict.fromkeys(mark.store_id for mark in marks):
        there = [mark for mark in marks if mark.store_id == each]
        found = _pending_in(session, session.get_one(Store, each), there)
        changes.update(((change.store_id, change.kind, change.key), change) for change in found)
    order = [(mark.store_id, mark.kind, mark.key) for mark in marks]
    return [changes[place] for place in order if place in changes]


def publishing_states(session: Session, *, kind: str, keys: Sequence[str]) -> dict[str, str]:
    """For lists: each record is new, changed, published, or none (in no store and not waiting)."""
    waiting: set[str] = set()
    live: set[str] = set()
    for chunk in chunks(keys):
        waiting.update(session.scalars(select(Mark.key).where(Mark.kind == kind, Mark.key.in_(chunk))))
        is_live = (
            PublishedRecord.kind == kind,
            PublishedRecord.key.in_(chunk),
            PublishedRecord.body.is_not(None),
        )
        live.update(session.scalars(select(PublishedRecord.key).where(*is_live)))
    words = {(True, False): "new", (True, True): "changed", (False, True): "published"}
    return {key: words.get((key in waiting, key in live), "none") for key in keys}


def _in(stores: Collection[str] | None) -> ColumnElement[bool]:
    return true() if stores is None else Mark.store_id.in_(stores)


def _pending_in(session: Session, store: Store, marks: Sequence[Mark]) -> list[PendingChange]:
    records = [(mark.kind, mark.key) for mark in marks]
    published = published_bodies(session, store.id, records)
    projected = {
        (kind, key): body
        for kind, keys in by_kind(records).items()
        for key, body in bodies(session, store, kind, keys).items()
    }
    complete = {record: body for record, body in projected.items() if isinstance(body, bytes)}
    needs = missing_needs(session, store, complete)
    labels = labels_of(session, store, [*records, *(need for some in needs.values() for need in some)])
    vocabulary = vocabulary_of(session, store)
    return [
        _change(mark, projected[record], published.get(record), needs.get(record, ()), labels, vocabulary)
        for mark in marks
        if projected[record := (mark.kind, mark.key)] != published.get(record)
    ]


def _change(
    mark: Mark,
    saved: Body,
    published: bytes | None,
    needs: Iterable[RecordKey],
    labels: dict[RecordKey, str],
    vocabulary: Vocabulary,
) -> PendingChange:
    problem = saved.sentence if isinstance(saved, NotPublishable) else ""
    # A record that is not complete is compared as it is published: nothing of it goes out.
    after = published if isinstance(saved, NotPublishable) else saved
    return PendingChange(
        store_id=mark.store_id,
        kind=mark.kind,
        key=mark.key,
        kind_label=kind_label(mark.kind),
        label=labels.get((mark.kind, mark.key)) or label_of(mark.kind, [published]),
        by=mark.by,
        at=mark.at,
        state=state_of(published, after),
        fields=difference(mark.kind, published, after, vocabulary),
        needs=tuple(Need(kind, key, labels[kind, key]) for kind, key in needs if (kind, key) in labels),
        problem=problem,
    )
