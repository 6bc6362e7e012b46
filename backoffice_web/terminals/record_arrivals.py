"""Writes down when versions first came where, of what this office published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication
from backoffice_web.terminals.arrival import HEARD, Arrival


@dataclass(frozen=True)
class Came:
    """A version has come to a place, which is there since `since` (None: nobody knows), by our own clock."""

    place: str
    version: int
    at: datetime
    since: datetime | None


def record_arrivals(
    session: Session, *, store_id: str, version: int, digest: str, came: Sequence[Came], now: datetime
) -> None:
    """Keep the earliest arrival of each; the store's node sells by `version`, whose digest is `digest`.

    What this office did not publish is left out: before it was restored from a backup, another life of it
    counted the same numbers for other things.
    """
    if not came:
        return
    versions = {version, *(each.version for each in came)}
    mine = select(Publication).where(Publication.store_id == store_id, Publication.version.in_(versions))
    published = {one.version: one for one in session.scalars(mine)}
    # Version 0 is nothing, and the same in each life. An older node says no digest.
    sold = published.get(version)
    is_ours = not version or (sold is not None and digest in ("", sold.digest))
    came = [each for each in came if each.version in published and (is_ours or each.place == HEARD)]
    if not came:
        return
    known = {
        (one.place, one.version): one
        for one in session.scalars(
            select(Arrival).where(Arrival.store_id == store_id, Arrival.version.in_(published))
        )
    }
    for each in came:
        published_at = published[each.version].at
        # Before the publication is no moment at all: a clock was set in between.
        at = each.at if each.at >= published_at else now
        first = known.get((each.place, each.version))
        if first is None:
            session.add(
                Arrival(store_id=store_id, place=each.place, version=each.version, at=at, since=each.since)
            )
        elif not published_at <= first.at <= at:
            first.at, first.since = at, each.since
