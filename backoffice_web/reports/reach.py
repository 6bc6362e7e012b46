"""How far versions have come: which tills of which store show them already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication, PublishedRecord
from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival
from backoffice_web.terminals.board import BoardRow, board

StoreVersion = tuple[str, int]
# Tills that nobody can wait for.
SILENT = frozenset({"offline", "never_seen"})


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
    """Registered tills of the stores, and how many of them show the version or a later one."""

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
    arrived = {store_id: _arrivals(session, store_id, version) for store_id, version in versions.items()}
    tills = tuple(
        _till(row, versions[row.store_id], arrived[row.store_id])
        for row in rows
        if row.state != "not_registered"
    )
    return Reach(
        versions=tuple(sorted(set(versions.values()))),
        shown=sum(till.is_shown for till in tills),
        tills=tills,
    )


def _till(row: BoardRow, version: int, arrived: Mapping[str, datetime]) -> TillReach:
    is_shown = row.shown_version >= version
    shown_at = arrived.get(row.terminal_id) if is_shown else None
    return TillReach(row, is_shown, arrived.get(HEARD), arrived.get(APPLIED), shown_at)


def _arrivals(session: Session, store_id: str, version: int) -> Mapping[str, datetime]:
    """When the version, or a later one that brought it along, first came to each place of the store."""
    published_at = select(Publication.at).where(
        Publication.store_id == store_id, Publication.version == version
    )
    query = (
        select(Arrival.place, func.min(Arrival.at))
        .where(
            Arrival.store_id == store_id,
            Arrival.version >= version,
            # Of another life of an office that was restored, and counted the same numbers before.
            Arrival.at >= published_at.scalar_subquery(),
        )
        .group_by(Arrival.place)
    )
    return dict(session.execute(query).all())


def reach_of_publications(
    session: Session, publications: Iterable[Publication], *, now: datetime
) -> dict[str, tuple[int, int]]:
    """For the history: publication id → (tills that show it, registered tills of its store)."""
    publications = list(publications)
    rows = board(session, now=now, store_ids={row.store_id for row in publications})
    registered = [row for row in rows if row.state != "not_registered"]
    return {
        one.id: (
            sum(row.store_id == one.store_id and row.shown_version >= one.version for row in registered),
            sum(row.store_id == one.store_id for row in registered),
        )
        for one in publications
    }


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
