"""Today's trading so far, per currency, beside the same weekday last week at the same time of day.

Invariants: each store counts by its own business date; two currencies are never added up; amounts are
minor units of the block's currency, taxes included and refunds taken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.ledger.day import DayTotals, ForeignTotal, ItemTotal, TenderTotal, today
from backoffice_web.ledger.sale import Sale
from backoffice_web.stores.store import Store
from shared_web.formats import business_date
from sync_contract.money import divide_half_up

WEEK = timedelta(days=7)
TOP_ITEMS = 8
LEAST_HOURS = 8


@dataclass(frozen=True)
class HourPair:
    """One hour of the wall clock (0–23): today so far, and the whole hour a week ago."""

    hour: int
    total_cents: int
    before_cents: int


@dataclass(frozen=True, kw_only=True)
class CurrencyDay:
    """`before_cents` was sold a week ago until this time of day; `days` are the stores' business dates."""

    currency: str
    store_names: tuple[str, ...]
    days: tuple[date, ...]
    total_cents: int
    tax_cents: int
    sale_count: int
    average_cents: int
    refund_cents: int
    refund_count: int
    before_cents: int
    hours: tuple[HourPair, ...]
    tenders: tuple[TenderTotal, ...]
    top_items: tuple[ItemTotal, ...]
    foreign: tuple[ForeignTotal, ...]

    @property
    def change_percent(self) -> int | None:
        """Against a week ago, in whole percent; None when nothing had been sold by then."""
        if self.before_cents <= 0:
            return None
        return divide_half_up((self.total_cents - self.before_cents) * 100, self.before_cents)

    @property
    def has_sales(self) -> bool:
        return bool(self.sale_count or self.refund_count or self.foreign)


@dataclass(frozen=True)
class _WeekAgo:
    until_now_cents: int
    hours: dict[int, int]


def days_so_far(session: Session, stores: Sequence[Store], *, now: datetime) -> list[CurrencyDay]:
    """One block per currency of `stores`, in the order in which the stores come."""
    by_currency: dict[str, list[Store]] = defaultdict(list)
    for store in stores:
        by_currency[store.currency].append(store)
    return [_block(session, some, now) for some in by_currency.values()]


def business_date_of(store: Store, now: datetime) -> date:
    """Which trading day it is in the store."""
    return business_date(now, store.time_zone, store.day_cutoff_minutes)


def _block(session: Session, stores: Sequence[Store], now: datetime) -> CurrencyDay:
    days = [today(session, store_id=store.id, business_date=business_date_of(store, now)) for store in stores]
    before = [_week_ago(session, store, now) for store in stores]
    sale_count = sum(day.sale_count for day in days)
    total, refunded = sum(day.total_cents for day in days), sum(day.refund_cents for day in days)
    return CurrencyDay(
        currency=stores[0].currency,
        store_names=tuple(store.name for store in stores),
        days=tuple(sorted({day.business_date for day in days})),
        total_cents=total,
        tax_cents=sum(day.tax_cents for day in days),
        sale_count=sale_count,
        average_cents=divide_half_up(total + refunded, sale_count) if sale_count else 0,
        refund_cents=refunded,
        refund_count=sum(day.refund_count for day in days),
        before_cents=sum(week.until_now_cents for week in before),
        hours=_hours(days, before, first=stores[0].day_cutoff_minutes // 60),
        tenders=_tenders(days),
        top_items=_top_items(days),
        foreign=tuple(foreign for day in days for foreign in day.foreign),
    )


def _week_ago(session: Session, store: Store, now: datetime) -> _WeekAgo:
    rows = session.execute(
        select(Sale.finished_at, Sale.total_cents).where(
            Sale.store_id == store.id,
            Sale.business_date == business_date_of(store, now) - WEEK,
            Sale.currency == store.currency,
        )
    ).all()
    zone, same_time = ZoneInfo(store.time_zone), _same_time_last_week(store, now)
    hours: dict[int, int] = defaultdict(int)
    for at, cents in rows:
        hours[at.astimezone(zone).hour] += cents
    return _WeekAgo(sum(cents for at, cents in rows if at <= same_time), hours)


def _same_time_last_week(store: Store, now: datetime) -> datetime:
    # By the clock on the wall: a week with a change to summer time is not 168 hours long.
    return now.astimezone(ZoneInfo(store.time_zone)) - WEEK


def _hours(days: Iterable[DayTotals], before: Iterable[_WeekAgo], *, first: int) -> tuple[HourPair, ...]:
    """The hours between the earliest and the latest sale, in the order of a trading day."""
    totals: dict[int, int] = defaultdict(int)
    earlier: dict[int, int] = defaultdict(int)
    for day in days:
        for hour in day.hours:
            totals[hour.hour] += hour.total_cents
    for week in before:
        for clock, cents in week.hours.items():
            earlier[clock] += cents
    places = sorted((hour - first) % 24 for hour in {*totals, *earlier})
    if not places:
        return ()
    start = min(places[0], 24 - LEAST_HOURS)
    shown = range(start, max(places[-1], start + LEAST_HOURS - 1) + 1)
    clocks = [(place + first) % 24 for place in shown]
    return tuple(HourPair(clock, totals[clock], earlier[clock]) for clock in clocks)


def _tenders(days: Iterable[DayTotals]) -> tuple[TenderTotal, ...]:
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for day in days:
        for tender in day.tenders:
            totals[tender.name, tender.method] += tender.total_cents
    ordered = sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(TenderTotal(name, method, cents) for (name, method), cents in ordered)


def _top_items(days: Iterable[DayTotals]) -> tuple[ItemTotal, ...]:
    found: dict[str, ItemTotal] = {}
    for day in days:
        for item in day.top_items:
            known = found.get(item.item_id, ItemTotal(item.item_id, item.name, 0, 0))
            found[item.item_id] = ItemTotal(
                item.item_id,
                known.name,
                known.quantity + item.quantity,
                known.total_cents + item.total_cents,
            )
    return tuple(sorted(found.values(), key=lambda item: (-item.total_cents, item.name))[:TOP_ITEMS])
