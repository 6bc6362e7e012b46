"""Publishes saved changes: one immutable, numbered set per store, made from what is saved.

Invariants: only publishing writes `published_records`; a store gets a new version only when a body
really differs; a record goes out whole, with everybody's saved edits in it, and takes along the
records it needs that the store never had; what is not complete is refused by name and stays pending.
The announcement to the stores is the caller's, after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.issue import RecordChange, Stamp, issue_version, link_journal
from backoffice_web.publishing.needs import missing_needs
from backoffice_web.publishing.projected_items import NotPublishable
from backoffice_web.publishing.projection import Body, bodies
from backoffice_web.publishing.publication import Mark
from backoffice_web.publishing.published import Head, RecordKey, by_kind, lock_heads, published_bodies
from backoffice_web.publishing.saved_change import FOLLOWERS
from backoffice_web.publishing.settling import forget_touched
from backoffice_web.publishing.upsert import chunks, table_of, upsert
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import KINDS

MARKS = table_of(Mark)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A record that could not go out, and the sentence that says what it lacks."""

    kind: str
    key: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class PublicationResult:
    """What publishing did in one store. Without changes `version` is the one it had already."""

    store_id: str
    version: int
    change_count: int = 0
    is_urgent: bool = False
    publication_id: str | None = None
    refused: tuple[Refused, ...] = ()
    went_along: tuple[RecordKey, ...] = ()


def publish(
    session: Session,
    *,
    stores: Sequence[str],
    records: Iterable[RecordKey] | None,
    by: str,
    now: datetime,
    note: str = "",
    urgent: bool = False,
) -> list[PublicationResult]:
    """Publish the chosen (kind, key) `records`, or all that is pending, in the chosen stores.

    One result per store, in the order of `stores`. Raises RuleError for an unknown store or kind.
    """
    chosen = None if records is None else _with_followers(records)
    session.flush()
    heads = lock_heads(session, _known(session, stores))
    stamp = Stamp(by=by, at=now, note=note, urgent=urgent)
    results = {store_id: _publish_in(session, head, chosen, stamp) for store_id, head in heads.items()}
    return [results[store_id] for store_id in dict.fromkeys(stores)]


def _publish_in(
    session: Session, head: Head, chosen: list[RecordKey] | None, stamp: Stamp
) -> PublicationResult:
    store = session.get_one(Store, head.store_id, populate_existing=True)
    marks = _Marks(session, head.store_id, stamp)
    if chosen is None:
        chosen = marks.hold_all()
    else:
        marks.hold(chosen)
    projected = _project(session, store, chosen)
    went_along = _add_needs(session, store, projected, marks)
    refused = tuple(
        Refused(kind=kind, key=key, sentence=body.sentence)
        for (kind, key), body in projected.items()
        if isinstance(body, NotPublishable)
    )
    changes = _changes(session, head.store_id, projected)
    marks.clear([record for record, body in projected.items() if not isinstance(body, NotPublishable)])
    if not changes:
        return PublicationResult(store_id=head.store_id, version=head.version, refused=refused)
    publication = issue_version(session, head=head, changes=changes, stamp=stamp)
    link_journal(session, publication, changes)
    return PublicationResult(
        store_id=head.store_id,
        version=publication.version,
        change_count=publication.change_count,
        is_urgent=publication.is_urgent,
        publication_id=publication.id,
        refused=refused,
        went_along=went_along,
    )


def _with_followers(records: Iterable[RecordKey]) -> list[RecordKey]:
    wanted: dict[RecordKey, None] = {}
    for kind, key in records:
        if kind not in KINDS:
            raise RuleError(_("There is nothing of the kind %(kind)s to publish.", kind=kind))
        wanted[kind, key] = None
        wanted.update(((follower, key), None) for follower in FOLLOWERS.get(kind, ()))
    return list(wanted)


def _known(session: Session, stores: Sequence[str]) -> Sequence[str]:
    known = set(session.scalars(select(Store.id).where(Store.id.in_(stores))))
    if not stores or any(store_id not in known for store_id in stores):
        raise RuleError(_("Choose the stores to publish to."))
    return stores


class _Marks:
    """The marks of one store that publishing holds to its end.

    An edit marks its record before it commits. Holding the marks makes such an edit wait for us, or us for
    it: otherwise clearing the mark could swallow an edit that this version does not hold. Where a record has
    no mark yet we place one: only so is an edit waited for that has marked it and not committed yet.
    """

    def __init__(self, session: Session, store_id: str, stamp: Stamp) -> None:
        self._session = session
        self._store_id = store_id
        self._stamp = stamp
        self._placed: list[RecordKey] = []

    def hold_all(self) -> list[RecordKey]:
        """Everything that is marked."""
        return [(row.kind, row.key) for row in self._session.execute(self._locking())]

    def hold(self, records: Sequence[RecordKey]) -> None:
        for kind, keys in sorted(by_kind(records).items()):
            for chunk in chunks(sorted(keys)):
                held = self._held(kind, chunk)
                if missing := [key for key in chunk if key not in held]:
                    self._place(kind, missing)

    def clear(self, records: Sequence[RecordKey]) -> None:
        """Take away the marks of these records, and every one that we placed."""
        gone = list(dict.fromkeys([*records, *self._placed]))
        for kind, keys in by_kind(gone).items():
            for chunk in chunks(keys):
                self._session.execute(
                    delete(MARKS).where(
                        MARKS.c.store_id == self._store_id, MARKS.c.kind == kind, MARKS.c.key.in_(chunk)
                    )
                )
        forget_touched(self._session, [(self._store_id, kind, key) for kind, key in gone])

    def _place(self, kind: str, keys: Sequence[str]) -> None:
        ours = {"store_id": self._store_id, "kind": kind, "at": self._stamp.at, "by": self._stamp.by[:80]}
        # Waits for whoever is marking one of them.
        upsert(self._session, Mark, [{**ours, "key": key} for key in keys])
        found = self._held(kind, keys)
        self._placed += [(kind, key) for key in keys if found.get(key) == (ours["at"], ours["by"])]

    def _held(self, kind: str, keys: Sequence[str]) -> dict[str, tuple[datetime, str]]:
        """The marks that are there, locked: key → when and by whom."""
        query = self._locking().where(MARKS.c.kind == kind, MARKS.c.key.in_(keys))
        return {row.key: (row.at, row.by) for row in self._session.execute(query)}

    def _locking(self) -> Select[Any]:
        query = select(MARKS).where(MARKS.c.store_id == self._store_id)
        return query.order_by(MARKS.c.kind, MARKS.c.key).with_for_update()


def _project(session: Session, store: Store, records: Iterable[RecordKey]) -> dict[RecordKey, Body]:
    return {
        (kind, key): body
        for kind, keys in by_kind(records).items()
        for key, body in bodies(session, store, kind, keys).items()
    }


def _add_needs(
    session: Session, store: Store, projected: dict[RecordKey, Body], marks: _Marks
) -> tuple[RecordKey, ...]:
    """Add what the chosen records need and the store never had. Returns what was added."""
    went_along: list[RecordKey] = []
    fresh = dict(projected)
    while fresh:
        complete = {record: body for record, body in fresh.items() if isinstance(body, bytes)}
        missing = missing_needs(session, store, complete)
        wanted = dict.fromkeys(need for some in missing.values() for need in some if need not in projected)
        marks.hold(list(wanted))
        found = _project(session, store, wanted)
        fresh = {record: body for record, body in found.items() if isinstance(body, bytes)}
        projected.update(fresh)
        went_along.extend(fresh)
    return tuple(went_along)


def _changes(session: Session, store_id: str, projected: dict[RecordKey, Body]) -> list[RecordChange]:
    published = published_bodies(session, store_id, projected)
    return [
        RecordChange(kind, key, published.get((kind, key)), body)
        for (kind, key), body in projected.items()
        if not isinstance(body, NotPublishable) and body != published.get((kind, key))
    ]
