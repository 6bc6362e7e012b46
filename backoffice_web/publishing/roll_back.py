"""Rolls a store back: publishes the bodies of an earlier version as a new version.

Invariants: history is never rewritten; what is saved stays saved, and shows as pending where it now
differs; people, roles and PINs are never touched: nobody who was switched off comes back, and no permission
that was taken away. The cost grows with what changed since that version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.issue import RecordChange, Stamp, issue_version
from backoffice_web.publishing.publication import Publication, PublicationChange
from backoffice_web.publishing.publish import PublicationResult
from backoffice_web.publishing.published import (
    Head,
    RecordKey,
    contents,
    lock_heads,
    published_bodies,
)
from backoffice_web.publishing.saved_change import mark
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import URGENT_KINDS


def roll_back(session: Session, *, store_id: str, version: int, by: str, now: datetime) -> PublicationResult:
    """Publish what the store had at `version`. Raises RuleError for a version that is not an earlier one."""
    session.flush()
    if session.get(Store, store_id) is None:
        raise RuleError(_("Choose the store to roll back."))
    head = lock_heads(session, [store_id])[store_id]
    if not 1 <= version < head.version:
        raise RuleError(_("Choose a version before v%(version)s.", version=head.version))
    changes = _changes(session, head, version)
    if not changes:
        return PublicationResult(store_id=store_id, version=head.version)
    note = _("Rolled back to v%(version)s", version=version)
    stamp = Stamp(by=by, at=now, note=note, action="rolled_back")
    publication = issue_version(session, head=head, changes=changes, stamp=stamp)
    # What is saved and was live is pending again; marks that mean nothing are dropped at the commit.
    mark(session, [(change.kind, change.key) for change in changes], stores=[store_id], by=by, now=now)
    return PublicationResult(
        store_id=store_id,
        version=publication.version,
        change_count=publication.change_count,
        is_urgent=publication.is_urgent,
        publication_id=publication.id,
    )


def _changes(session: Session, head: Head, version: int) -> list[RecordChange]:
    hashes = _hashes_at(session, head.store_id, version)
    kept = contents(session, hashes.values())
    then = {record: kept[each] if each else None for record, each in hashes.items()}
    now = published_bodies(session, head.store_id, then)
    return [
        RecordChange(kind, key, now.get((kind, key)), body)
        for (kind, key), body in then.items()
        if body != now.get((kind, key))
    ]


def _hashes_at(session: Session, store_id: str, version: int) -> Mapping[RecordKey, str | None]:
    """The body hash at `version` of every record that was changed since: the `before` of its first change."""
    rows = session.execute(
        select(PublicationChange.kind, PublicationChange.key, PublicationChange.before_hash)
        .join(Publication, Publication.id == PublicationChange.publication_id)
        .where(
            Publication.store_id == store_id,
            Publication.version > version,
            PublicationChange.kind.not_in(URGENT_KINDS),
        )
        .order_by(Publication.version)
    )
    first: dict[RecordKey, str | None] = {}
    for kind, key, before_hash in rows:
        first.setdefault((kind, key), before_hash)
    return first
