"""How far versions have come: which tills of which store show them already."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication, PublishedRecord
from backoffice_web.publishing.upsert import chunks
from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival
from backoffice_web.terminals.board import BoardRow, board

StoreVersion = tuple[str, int]
# Tills that nobody can wait for.
SILENT = frozenset({"offline", "never_seen", "other_state"})


@dataclass(frozen=True)
class TillReach:
    """How far a version has come to one till: its node heard of it, its store sells by it, it shows it.

    A moment is None for what has not happened yet, or was not told to this office.
    """

    row: BoardRow
    is_shown: bool
    heard_at: datetime | None
    applied_at: datetime | None
    shown_at: datetime | None

    @property
    def is_silent(self) -> bool:
        return not self.is_shown and self.row.state in SILENT

    @property
    def waits_for_sale(self) -> bool:
        """The store sells by it already, and the till repaints when its sale is over."""
        return not self.is_shown and self.applied_at is not None and self.row.has_open_order


@dataclass(frozen=True)
class Reach:
    """Registered tills of the stores, and how many of them show the version or a later one.

    One that was registered after a publication which is not the newest counts only where it shows it.
    """

    versions: tuple[int, ...]
    shown: int
    tills: tuple[TillReach, ...]

    @property
    def total(self) -> int:
        return len(self.tills)

    @property
    def is_complete(self) -> bool:
        return self.shown == self.total

    @property
    def is_moving(self) -> bool:
        """May another till follow in the next seconds?"""
        return any(not till.is_shown and not till.is_silent for till in self.tills)

    @property
    def silent(self) -> list[BoardRow]:
        """The tills that nobody can wait for."""
        return [till.row for till in self.tills if till.is_silent]


def reach_of(session: Session, published: Iterable[StoreVersion], *, now: datetime) -> Reach:
    """The reach of (store id, version) pairs together."""
    versions = dict(published)
    rows = board(session, now=now, store_ids=list(versions))
    published_at, arrived = _moments(session, list(versions.items()))
    tills = tuple(
        _till(row, versions[row.store_id], published_at.get(row.store_id), arrived[row.store_id])
        for row in rows
        if _is_awaited(row, versions[row.store_id], published_at.get(row.store_id))
    )
    return Reach(
        versions=tuple(sorted(set(versions.values()))),
        shown=sum(till.is_shown for till in tills),
        tills=tills,
    )


def _till(
    row: BoardRow, version: int, published_at: datetime | None, arrived: Mapping[str, datetime]
) -> TillReach:
    is_shown = row.shows(version)
    shown_at = arrived.get(row.terminal_id) if is_shown else None
    if shown_at and row.since and row.since <= shown_at and _is_newer(row, published_at):
        # It began with that version, and did not wait for it until then.
        shown_at = None
    return TillReach(row, is_shown, arrived.get(HEARD), arrived.get(APPLIED), shown_at)


def _is_awaited(row: BoardRow, version: int, published_at: datetime | None) -> bool:
    if row.state == "not_registered":
        return False
    return not _is_newer(row, published_at) or version >= row.newest_version or row.shows(version)


def _is_newer(row: BoardRow, published_at: datetime | None) -> bool:
    """Was the till registered after the publication?"""
    return row.since is not None and published_at is not None and row.since > published_at


def _moments(
    session: Session, published: Sequence[StoreVersion]
) -> tuple[dict[str, datetime], dict[str, dict[str, datetime]]]:
    """Of each store, when the version was published, and when it came to each place first.

    It, or a later one that brought it along. In two statements for hundreds of stores.
    """
    published_at: dict[str, datetime] = {}
    arrived: dict[str, dict[str, datetime]] = defaultdict(dict)
    for chunk in chunks(published):
        are_meant = tuple_(Publication.store_id, Publication.version).in_(chunk)
        published_at |= dict(
            session.execute(select(Publication.store_id, Publication.at).where(are_meant)).all()
        )
        first = (
            select(Arrival.store_id, Arrival.place, func.min(Arrival.at).label("at"))
            .join(
                Publication,
                (Arrival.store_id == Publication.store_id)
                & (Arrival.version >= Publication.version)
                # Not of another life of an office that was restored, and counted the same numbers before.
                & (Arrival.at >= Publication.at),
            )
            .where(are_meant)
            .group_by(Arrival.store_id, Arrival.place)
        )
        for row in session.execute(first):
            arrived[row.store_id][row.place] = row.at
    return published_at, arrived


def reach_of_publications(
    session: Session, publications: Iterable[Publication], *, now: datetime
) -> dict[str, tuple[int, int]]:
    """For the history: publication id → (tills that show it, registered tills of its store)."""
    publications = list(publications)
    rows = board(session, now=now, store_ids={row.store_id for row in publications})
    found = {}
    for one in publications:
        here = (row for row in rows if row.store_id == one.store_id)
        awaited = [row for row in here if _is_awaited(row, one.version, one.at)]
        found[one.id] = (sum(row.shows(one.version) for row in awaited), len(awaited))
    return found


def registered_terminals(session: Session, store_ids: Collection[str], *, now: datetime) -> dict[str, int]:
    """How many tills a publication reaches in each store."""
    rows = board(session, now=now, store_ids=store_ids)
    counted = Counter(row.store_id for row in rows if row.state != "not_registered")
    return {store_id: counted[store_id] for store_id in store_ids}


def act_of(publication_id: str) -> str:
    """How an address names everything that was published together with this, in however many stores."""
    return f"act:{publication_id}"


def act_of_person(employee_id: str) -> str:
    """How an address names the newest versions that hold something of this person."""
    return f"employee:{employee_id}"


def read_versions(session: Session, text: str) -> list[StoreVersion]:
    """What an address names by `act_of` or `act_of_person`; nothing for what does not exist."""
    kind, _colon, key = text.partition(":")
    match kind:
        case "act":
            return _published_together(session, key)
        case "employee":
            return _holding_person(session, key)
    return []


def _published_together(session: Session, publication_id: str) -> list[StoreVersion]:
    """One press on Publish has one moment, down to the microsecond, and one author."""
    one = session.get(Publication, publication_id)
    if one is None:
        return []
    rows = session.execute(
        select(Publication.store_id, Publication.version).where(
            Publication.at == one.at, Publication.by == one.by
        )
    )
    return [(row.store_id, row.version) for row in rows]


def _holding_person(session: Session, employee_id: str) -> list[StoreVersion]:
    rows = session.execute(
        select(PublishedRecord.store_id, func.max(PublishedRecord.version).label("version"))
        .where(PublishedRecord.kind.in_(("employee", "credential")), PublishedRecord.key == employee_id)
        .group_by(PublishedRecord.store_id)
    )
    return [(row.store_id, row.version) for row in rows]
