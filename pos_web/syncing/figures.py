"""A store node's figures for monitoring: how far each store is behind, and what waits to go up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.syncing import outbox
from pos_web.syncing.outbox import Waiting
from pos_web.syncing.status import applied_versions
from pos_web.syncing.sync_run import SyncState
from pos_web.terminals.terminal import ServedStore
from shared_web.metrics import Figure


def node_figures(book: Session, replica: Session, *, now: datetime) -> Iterator[Figure]:
    """Ages in seconds. Reads only.

    What was finished by a clock that ran ahead counts with how far ahead it is (`Waiting.oldest_age`): a sale
    that is stuck must not look new.
    """
    applied = applied_versions(replica)
    for store in book.scalars(select(ServedStore).order_by(ServedStore.name)):
        labels = {"store": store.name}
        yield from _outbox_figures(outbox.waiting(book, store_id=store.store_id), labels, now)
        if store.is_gone:
            continue
        state = book.get(SyncState, store.store_id)
        version = applied.get(store.store_id, 0)
        behind = max(state.waiting_version - version, 0) if state is not None else 0
        unreachable_since = state.unreachable_since if state is not None else None
        yield Figure("evertill_store_version", "The version that the store sells by.", version, labels)
        yield Figure("evertill_store_behind", "Versions that the store knows of and lacks.", behind, labels)
        yield Figure(
            "evertill_office_unreachable_seconds", "Since when the office does not answer; 0 when it does.",
            _age(unreachable_since, now), labels,
        )  # fmt: skip
        yield Figure(
            "evertill_sync_failed", "1 while the last sync did not succeed.",
            int(state is not None and bool(state.failed_outcome)), labels,
        )  # fmt: skip


def _outbox_figures(waiting: Waiting, labels: dict[str, str], now: datetime) -> Iterator[Figure]:
    """Of a store that is served no more, too: nobody else knows what waits here."""
    yield Figure("evertill_outbox_documents", "Documents that wait to go up.", waiting.length, labels)
    yield Figure(
        "evertill_outbox_oldest_seconds", "How long the oldest of them has waited.",
        waiting.oldest_age(now).total_seconds(), labels,
    )  # fmt: skip
    yield Figure("evertill_dead_letters", "Documents that the office refused.", waiting.refused, labels)


def _age(since: datetime | None, now: datetime) -> float:
    # Since a moment that lies ahead by a clock that was put back: not 0, which says that nothing is wrong.
    return abs((now - since).total_seconds()) if since is not None else 0.0
