"""The publications of the stores, newest first, and what each of them changed.

Invariants: publications never change; secret kinds appear by name alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.difference import (
    CHANGED,
    NEW,
    REMOVED,
    FieldChange,
    difference,
    label_of,
    labels_of,
    vocabulary_of,
)
from backoffice_web.publishing.publication import Publication, PublicationChange
from backoffice_web.publishing.published import contents
from backoffice_web.publishing.wording import kind_label
from backoffice_web.stores.store import Store


@dataclass(frozen=True, kw_only=True)
class PublishedChange:
    """What a publication did to one record. `state` is new, changed or removed."""

    kind: str
    key: str
    kind_label: str
    label: str
    state: str
    fields: tuple[FieldChange, ...]


def publications(
    session: Session, *, stores: Collection[str] | None = None, limit: int = 50, offset: int = 0
) -> list[Publication]:
    """Publications of all stores or of some, newest first."""
    query = select(Publication).order_by(
        Publication.at.desc(), Publication.store_id, Publication.version.desc()
    )
    if stores is not None:
        query = query.where(Publication.store_id.in_(stores))
    return list(session.scalars(query.limit(limit).offset(offset)))


def changes_of(
    session: Session, *, publication: Publication, limit: int | None = None, offset: int = 0
) -> list[PublishedChange]:
    """The records that a publication changed, with their fields before and after in words."""
    rows = session.scalars(
        select(PublicationChange)
        .where(PublicationChange.publication_id == publication.id)
        .order_by(PublicationChange.kind, PublicationChange.key)
        .limit(limit)
        .offset(offset)
    ).all()
    store = session.get_one(Store, publication.store_id)
    kept = contents(session, [each for row in rows for each in (row.before_hash, row.after_hash)])
    saved = labels_of(session, store, [(row.kind, row.key) for row in rows])
    vocabulary = vocabulary_of(session, store)
    changes = []
    for row in rows:
        before, after = kept.get(row.before_hash or ""), kept.get(row.after_hash or "")
        told = label_of(row.kind, [after, before])
        changes.append(
            PublishedChange(
                kind=row.kind,
                key=row.key,
                kind_label=kind_label(row.kind),
                label=told if told != row.kind else saved.get((row.kind, row.key), row.kind),
                state=_state(row),
                fields=difference(row.kind, before, after, vocabulary),
            )
        )
    return changes


def _state(change: PublicationChange) -> str:
    # By the hashes: the bodies of secret kinds are not kept.
    if change.before_hash is None:
        return NEW
    return REMOVED if change.after_hash is None else CHANGED
