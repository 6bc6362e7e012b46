"""How far versions have come: which tills of which store show them already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication
from backoffice_web.terminals.board import BoardRow, board

StoreVersion = tuple[str, int]
# Tills that nobody can wait for.
SILENT = frozenset({"offline", "never_seen"})


@dataclass(frozen=True)
class Reach:
    """Registered tills of the stores, and those of them that show the version or a later one."""

    versions: tuple[int, ...]
    shown: int
    tills: tuple[tuple[BoardRow, bool], ...]

    @property
    def total(self) -> int:
        return len(self.tills)

    @property
    def is_complete(self) -> bool:
        return self.shown == self.total

    @property
    def is_moving(self) -> bool:
        """May another till follow in the next seconds?"""
        return any(not is_shown and row.state not in SILENT for row, is_shown in self.tills)


def reach_of(session: Session, published: Iterable[StoreVersion], *, now: datetime) -> Reach:
    """The reach of (store id, version) pairs together."""
    versions = dict(published)
    rows = board(session, now=now, store_ids=list(versions))
    tills = tuple(
        (row, row.shown_version >= versions[row.store_id]) for row in rows if row.state != "not_registered"
    )
    return Reach(
        versions=tuple(sorted(set(versions.values()))),
        shown=sum(is_shown for _row, is_shown in tills),
        tills=tills,
    )


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


def read_versions(session: Session, text: str) -> list[StoreVersion]:
    """`store:version,store:version` as it stands in a URL; what does not exist is left out."""
    pairs = [part.rpartition(":") for part in text.split(",")[:50]]
    wanted = [(store, int(version)) for store, _colon, version in pairs if _is_version(version)]
    known = {
        (row.store_id, row.version)
        for store, version in wanted
        for row in session.scalars(
            select(Publication).where(Publication.store_id == store, Publication.version == version)
        )
    }
    return [pair for pair in wanted if pair in known]


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
