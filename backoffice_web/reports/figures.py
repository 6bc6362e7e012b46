"""The office's figures for monitoring: how its stores and terminals stand, as their nodes reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.ledger.refused import RefusedDocument
from backoffice_web.publishing.publication import PublishedHead
from backoffice_web.reports.latency import latencies
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import board
from backoffice_web.terminals.terminal import StoreState
from shared_web.metrics import Figure

TILL_STATES = ("up_to_date", "behind", "after_sale", "other_state", "offline", "never_seen", "not_registered")


def office_figures(session: Session, *, now: datetime) -> Iterator[Figure]:
    """Ages in seconds. Reads only."""
    stores = list(session.scalars(select(Store).order_by(Store.name)))
    for store in stores:
        yield from _store(session, store, now)
    for latency in latencies(session, stores, now=now):
        for share, value in (("0.5", latency.applied_p50_s), ("0.95", latency.applied_p95_s)):
            if value is not None:
                yield Figure(
                    "evertill_publish_latency_seconds",
                    "From the publication to the store that sells by it, over seven days.",
                    value,
                    {"store": latency.store_name, "quantile": share},
                )
    counted = Counter(row.state for row in board(session, now=now))
    for state in TILL_STATES:
        yield Figure("evertill_terminals", "Terminals by state.", counted[state], {"state": state})
    refused = session.scalar(select(func.count()).select_from(RefusedDocument)) or 0
    yield Figure("evertill_refused_documents", "Documents that this office refused.", refused)


def _store(session: Session, store: Store, now: datetime) -> Iterator[Figure]:
    labels = {"store": store.name}
    head, state = session.get(PublishedHead, store.id), session.get(StoreState, store.id)
    newest = head.version if head is not None else 0
    yield Figure("evertill_published_version", "The newest version of the store.", newest, labels)
    if state is None or state.reported_at is None:
        return
    yield Figure(
        "evertill_reported_version", "The version that the store last reported to sell by.",
        state.version, labels,
    )  # fmt: skip
    yield Figure(
        "evertill_reported_behind", "Versions that the store lacks.", max(newest - state.version, 0), labels
    )
    yield Figure(
        "evertill_report_age_seconds", "Since when nothing was heard of the store's node.",
        # Of a clock that was put back: nobody knows, so it is told as long ago.
        abs((now - state.reported_at).total_seconds()), labels,
    )  # fmt: skip
    yield Figure(
        "evertill_reported_outbox_documents", "Documents that wait in the store.", state.outbox_length, labels
    )
