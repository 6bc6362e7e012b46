"""How long publications take to arrive: from the office's commit to the store, and to each terminal's screen.

Invariant: a publication that has not arrived yet is no sample; one that arrived with a later version is.
What was published before a till or a store's node was there did not wait for it, and is no sample.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication
from backoffice_web.stores.store import Store
from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival

LOOKED_BACK = timedelta(days=7)
# Version, moment and since when the place was there, of an arrival.
Arrived = tuple[int, datetime, datetime | None]
# The arrivals at each place, by version.
Places = Mapping[str, Sequence[Arrived]]


@dataclass(frozen=True)
class Latency:
    """Of one store's publications in the last week; seconds, None while nothing has arrived."""

    store_name: str
    publications: int
    applied_p50_s: float | None
    applied_p95_s: float | None
    shown_p50_s: float | None
    shown_p95_s: float | None


def latencies(session: Session, stores: Sequence[Store], *, now: datetime) -> list[Latency]:
    """For each store that something was published to, in the order of `stores`."""
    ids, since = [store.id for store in stores], now - LOOKED_BACK
    published: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for store_id, version, at in session.execute(
        select(Publication.store_id, Publication.version, Publication.at).where(
            Publication.store_id.in_(ids), Publication.at >= since
        )
    ):
        published[store_id].append((version, at))
    arrived: dict[str, dict[str, list[Arrived]]] = defaultdict(lambda: defaultdict(list))
    for arrival in session.execute(
        select(Arrival.store_id, Arrival.place, Arrival.version, Arrival.at, Arrival.since)
        .where(Arrival.store_id.in_(ids), Arrival.at >= since)
        .order_by(Arrival.version)
    ):
        arrived[arrival.store_id][arrival.place].append((arrival.version, arrival.at, arrival.since))
    return [
        _latency(store.name, published[store.id], arrived[store.id])
        for store in stores
        if published[store.id]
    ]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of all do not exceed; None of nothing."""
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def _latency(name: str, published: Sequence[tuple[int, datetime]], places: Places) -> Latency:
    applied = _waits(published, places.get(APPLIED, ()))
    screens = [arrivals for place, arrivals in places.items() if place not in {HEARD, APPLIED}]
    shown = [wait for arrivals in screens for wait in _waits(published, arrivals)]
    return Latency(
        name,
        len(published),
        *(percentile(applied, share) for share in (0.5, 0.95)),
        *(percentile(shown, share) for share in (0.5, 0.95)),
    )


def _waits(published: Sequence[tuple[int, datetime]], arrivals: Sequence[Arrived]) -> list[float]:
    """Seconds until each publication, or a later one that brought it along, arrived."""
    versions = [version for version, _at, _since in arrivals]
    found = []
    for version, at in published:
        first = bisect_left(versions, version)
        # What is older than the publication is of another life of an office that was restored.
        later = (arrival for arrival in arrivals[first:] if arrival[1] >= at)
        _version, moment, since = next(later, (0, None, None))
        if moment is not None and (since is None or since <= at):
            found.append((moment - at).total_seconds())
    return found
