"""Issues one version of one store: the publication, its bodies, the records it leaves, the digest.

Invariants: the caller holds the lock on the store's head; versions have no gaps; a version has at
least one change; the digest is updated change by change, so that the cost never depends on the size
of the catalog; bodies of secret kinds are in `published_records` alone, never in the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import exists, insert, literal, select, update
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.journal_chain import append, new_entry
from backoffice_web.publishing.publication import (
    Body,
    Publication,
    PublicationChange,
    PublicationJournal,
    PublishedHead,
    PublishedRecord,
)
from backoffice_web.publishing.published import Head, by_kind
from backoffice_web.publishing.upsert import chunks, table_of, upsert
from sync_contract import digest, records


@dataclass(frozen=True)
class RecordChange:
    """What a version does to one record; None is no record before, a tombstone after."""

    kind: str
    key: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class Stamp:
    """Who publishes, when (UTC), why, and whether tills take it at once."""

    by: str
    at: datetime
    note: str = ""
    urgent: bool = False
    action: str = "published"


def issue_version(
    session: Session, *, head: Head, changes: Sequence[RecordChange], stamp: Stamp
) -> Publication:
    """Write the version after `head` with its `changes`, at least one."""
    assert changes
    publication = Publication(
        id=new_key(),
        store_id=head.store_id,
        version=head.version + 1,
        digest=digest.to_hex(_digest_after(head, changes)),
        at=stamp.at,
        by=stamp.by[:80],
        note=stamp.note,
        is_urgent=stamp.urgent or any(_is_urgent(change) for change in changes),
        change_count=len(changes),
    )
    session.add(publication)
    session.flush()
    _keep_bodies(session, publication, changes)
    _replace_records(session, publication, changes)
    _move_head(session, head, publication, changes)
    _journal(session, publication, stamp)
    return publication


def link_journal(session: Session, publication: Publication, changes: Sequence[RecordChange]) -> None:
    """Tie the journal entries of the changed records to the publication that took them live here."""
    entries, links, publications = (table_of(t) for t in (JournalEntry, PublicationJournal, Publication))
    # One inside the other: as a join, SQLite asks every publication of the store about each entry.
    is_of_store = exists().where(
        publications.c.id == links.c.publication_id, publications.c.store_id == publication.store_id
    )
    is_live = exists().where(links.c.journal_entry_id == entries.c.id, is_of_store)
    for kind, keys in by_kind((change.kind, change.key) for change in changes).items():
        for chunk in chunks(keys):
            waiting = select(literal(publication.id), entries.c.id).where(
                entries.c.kind == kind, entries.c.key.in_(chunk), ~is_live
            )
            session.execute(insert(links).from_select(["publication_id", "journal_entry_id"], waiting))


def body_hash(body: bytes | None) -> str | None:
    return None if body is None else sha256(body).hexdigest()


def _digest_after(head: Head, changes: Sequence[RecordChange]) -> int:
    value = head.digest
    for change in changes:
        value = digest.replaced(value, change.kind, change.key, change.before, change.after)
    return value


def _is_urgent(change: RecordChange) -> bool:
    if change.kind in records.URGENT_KINDS:
        return True
    # A store that waits fifteen minutes must not wait fifteen minutes to hear that it should not.
    return change.kind == "store_settings" and _auto_sync_after(change.before) != _auto_sync_after(
        change.after
    )


def _auto_sync_after(body: bytes | None) -> int | None:
    return None if body is None else int(records.decode("store_settings", body).auto_sync_after_s)


def _keep_bodies(session: Session, publication: Publication, changes: Sequence[RecordChange]) -> None:
    open_bodies = [
        body
        for change in changes
        if change.kind not in records.SECRET_KINDS
        for body in (change.before, change.after)
        if body is not None
    ]
    upsert(session, Body, [{"hash": body_hash(body), "content": body} for body in dict.fromkeys(open_bodies)])
    rows = [
        {
            "publication_id": publication.id,
            "kind": change.kind,
            "key": change.key,
            "before_hash": body_hash(change.before),
            "after_hash": body_hash(change.after),
        }
        for change in changes
    ]
    session.execute(insert(table_of(PublicationChange)), rows)


def _replace_records(session: Session, publication: Publication, changes: Sequence[RecordChange]) -> None:
    rows = [
        {
            "store_id": publication.store_id,
            "kind": change.kind,
            "key": change.key,
            "version": publication.version,
            "body": change.after,
        }
        for change in changes
    ]
    upsert(session, PublishedRecord, rows, replace=("version", "body"))


def _move_head(
    session: Session, head: Head, publication: Publication, changes: Sequence[RecordChange]
) -> None:
    born = sum(change.after is not None for change in changes)
    gone = sum(change.before is not None for change in changes)
    table = table_of(PublishedHead)
    session.execute(
        update(table)
        .where(table.c.store_id == head.store_id)
        .values(
            version=publication.version,
            digest=publication.digest,
            record_count=head.record_count + born - gone,
        )
    )


def _journal(session: Session, publication: Publication, stamp: Stamp) -> None:
    entry = new_entry(
        at=stamp.at,
        by=stamp.by,
        action=stamp.action,
        kind="publication",
        key=publication.id,
        label=f"v{publication.version}",
        after=stamp.note,
        store_id=publication.store_id,
    )
    append(session, [entry])
