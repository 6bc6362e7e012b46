"""What somebody in the office should look at: tills that are silent, work that is unfinished, odd sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.item import Item
from backoffice_web.catalog.list_items import found_items
from backoffice_web.ledger.refused import count_refused
from backoffice_web.ledger.sale import Sale
from backoffice_web.listing import Wish
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Mark, Publication
from backoffice_web.reports.day_so_far import business_date_of
from backoffice_web.reports.record_status import NEEDS_PRICE
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import BoardRow, store_board
from backoffice_web.terminals.terminal import StoreState

FLAGGED_FOR = timedelta(days=6)
# A sale normally goes up within seconds.
STUCK_AFTER = timedelta(minutes=5)
# Longer than the longest auto-sync period, a till that is online has no excuse.
LATE_AFTER = timedelta(minutes=20)
# An edit that nobody published for a day was forgotten.
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class StuckOutbox:
    """Finished documents of a store that did not reach the office for long."""

    store_name: str
    time_zone: str
    count: int
    since: datetime


@dataclass(frozen=True)
class WrongClock:
    """A store whose node's clock is minutes ahead of ours; behind: negative."""

    store_name: str
    ahead_minutes: int


@dataclass(frozen=True, kw_only=True)
class Attention:
    """`pending_since` is the oldest edit that waits. Flagged sales are those of the last seven days."""

    pending_count: int
    pending_since: datetime | None
    needs_price_count: int
    flagged_count: int
    offline: tuple[BoardRow, ...]
    unregistered_count: int
    stuck: tuple[StuckOutbox, ...]
    failed_store_names: tuple[str, ...]
    other_store_names: tuple[str, ...]
    refused_count: int
    behind: tuple[BoardRow, ...]
    wrong_clocks: tuple[WrongClock, ...]
    is_pending_old: bool

    @property
    def is_calm(self) -> bool:
        counts = (
            self.pending_count, self.needs_price_count, self.flagged_count, self.unregistered_count,
            self.refused_count,
        )  # fmt: skip
        lists = (
            self.offline, self.stuck, self.failed_store_names, self.other_store_names, self.behind,
            self.wrong_clocks,
        )  # fmt: skip
        return not any(counts) and not any(lists)


def attention(
    session: Session, stores: Sequence[Store], rows: Sequence[BoardRow], *, now: datetime
) -> Attention:
    """`rows` is the terminals board of the same stores."""
    ids = [store.id for store in stores]
    pending_count = count_pending(session, stores=ids)
    pending_since = session.scalar(select(func.min(Mark.at)).where(Mark.store_id.in_(ids)))
    return Attention(
        pending_count=pending_count,
        pending_since=pending_since,
        is_pending_old=bool(pending_count and pending_since and now - pending_since > FORGOTTEN_AFTER),
        behind=_behind(session, rows, now),
        wrong_clocks=_wrong_clocks(session, stores, now),
        needs_price_count=_needs_price(session, stores),
        flagged_count=sum(_flagged(session, store, now) for store in stores),
        offline=tuple(row for row in rows if row.state == "offline"),
        unregistered_count=sum(row.state == "not_registered" for row in rows),
        stuck=_stuck(session, stores, now),
        failed_store_names=_failed(rows),
        other_store_names=_others(rows),
        refused_count=count_refused(session, store_ids=ids),
    )


def _needs_price(session: Session, stores: Sequence[Store]) -> int:
    # What has no price was never published, so it is marked: only the marked items need a look.
    marked = select(Mark.key).where(Mark.kind == "item", Mark.store_id.in_([store.id for store in stores]))
    items = found_items(Wish(filters={"status": NEEDS_PRICE}), stores=stores).where(Item.id.in_(marked))
    return session.scalar(items.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _flagged(session: Session, store: Store, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Sale)
            .where(
                Sale.store_id == store.id,
                Sale.business_date >= business_date_of(store, now) - FLAGGED_FOR,
                Sale.flag != "",
            )
        )
        or 0
    )


def _stuck(session: Session, stores: Sequence[Store], now: datetime) -> tuple[StuckOutbox, ...]:
    by_id = {store.id: store for store in stores}
    states = session.scalars(
        select(StoreState).where(
            StoreState.store_id.in_(by_id),
            StoreState.outbox_length > 0,
            StoreState.outbox_oldest_at < now - STUCK_AFTER,
        )
    )
    return tuple(
        StuckOutbox(
            by_id[state.store_id].name,
            by_id[state.store_id].time_zone,
            state.outbox_length,
            state.outbox_oldest_at,
        )
        for state in states
        if state.outbox_oldest_at is not None
    )


def _behind(session: Session, rows: Sequence[BoardRow], now: datetime) -> tuple[BoardRow, ...]:
    """Terminals that lack a version which was published a good while ago."""
    late = {row.store_id: row.newest_version for row in rows if row.state == "behind"}
    overdue: dict[str, int] = dict(
        session.execute(
            select(Publication.store_id, func.max(Publication.version))
            .where(Publication.store_id.in_(late), Publication.at < now - LATE_AFTER)
            .group_by(Publication.store_id)
        ).all()
    )
    return tuple(
        row for row in rows if row.state == "behind" and row.shown_version < overdue.get(row.store_id, 0)
    )


def _wrong_clocks(session: Session, stores: Sequence[Store], now: datetime) -> tuple[WrongClock, ...]:
    names = {store.id: store.name for store in stores}
    rows = store_board(session, now=now, store_ids=names, node_names={})
    return tuple(
        WrongClock(row.store_name, round(row.clock_ahead_s / 60)) for row in rows if row.clock_ahead_s
    )


def _failed(rows: Sequence[BoardRow]) -> tuple[str, ...]:
    failed = {
        row.store_name
        for row in rows
        if row.outcome in ("failed_verification", "refused") and row.state != "other_state"
    }
    return tuple(sorted(failed))


def _others(rows: Sequence[BoardRow]) -> tuple[str, ...]:
    """Stores that sell by another life of this office, from before it was restored from a backup."""
    return tuple(sorted({row.store_name for row in rows if row.state == "other_state"}))
