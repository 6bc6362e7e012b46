"""One store's trading day in totals, for the dashboard.

Invariants: amounts are minor units of the store's currency and net of refunds; what was sold in
another currency is told apart and never added in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from backoffice_web.ledger.sale import Sale, SaleLine, SalePayment
from backoffice_web.stores.store import Store
from sync_contract.money import divide_half_up

TOP_ITEMS = 10


@dataclass(frozen=True)
class HourTotal:
    """Sales of one hour of the store's wall clock, 0–23."""

    hour: int
    total_cents: int
    sale_count: int


@dataclass(frozen=True)
class TenderTotal:
    name: str
    method: str
    total_cents: int


@dataclass(frozen=True)
class ItemTotal:
    """What was sold of one item, refunds taken off."""

    item_id: str
    name: str
    quantity: int
    total_cents: int


@dataclass(frozen=True)
class ForeignTotal:
    """What was sold in a currency that is not the store's."""

    currency: str
    total_cents: int
    sale_count: int


@dataclass(frozen=True, kw_only=True)
class DayTotals:
    """`total_cents` includes taxes and is net of refunds; `average_cents` is per sale, refunds aside."""

    store_id: str
    business_date: date
    currency: str
    total_cents: int
    tax_cents: int
    sale_count: int
    average_cents: int
    refund_cents: int
    refund_count: int
    flagged_count: int
    hours: tuple[HourTotal, ...]
    tenders: tuple[TenderTotal, ...]
    top_items: tuple[ItemTotal, ...]
    foreign: tuple[ForeignTotal, ...]


def today(session: Session, *, store_id: str, business_date: date) -> DayTotals:
    """The totals of a store's trading day; the caller knows which day it is there."""
    store = session.get_one(Store, store_id)
    rows: Sequence[Any] = session.execute(
        select(
            Sale.finished_at, Sale.is_refund, Sale.currency, Sale.total_cents, Sale.tax_cents, Sale.flag
        ).where(Sale.store_id == store_id, Sale.business_date == business_date)
    ).all()
    own = [row for row in rows if row.currency == store.currency]
    sales, refunds = [row for row in own if not row.is_refund], [row for row in own if row.is_refund]
    sold_cents = sum(row.total_cents for row in sales)
    here = (
        Sale.store_id == store_id,
        Sale.business_date == business_date,
        Sale.currency == store.currency,
    )
    return DayTotals(
        store_id=store_id,
        business_date=business_date,
        currency=store.currency,
        total_cents=sum(row.total_cents for row in own),
        tax_cents=sum(row.tax_cents for row in own),
        sale_count=len(sales),
        average_cents=divide_half_up(sold_cents, len(sales)) if sales else 0,
        refund_cents=-sum(row.total_cents for row in refunds),
        refund_count=len(refunds),
        flagged_count=sum(row.flag != "" for row in rows),
        hours=_hours(own, store.time_zone),
        tenders=_tenders(session, here),
        top_items=_top_items(session, here),
        foreign=_foreign([row for row in rows if row.currency != store.currency]),
    )


def _hours(rows: Sequence[Any], time_zone: str) -> tuple[HourTotal, ...]:
    zone = ZoneInfo(time_zone)
    totals: dict[int, int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        hour = row.finished_at.astimezone(zone).hour
        totals[hour] += row.total_cents
        counts[hour] += not row.is_refund
    return tuple(HourTotal(hour, totals[hour], counts[hour]) for hour in sorted(totals))


def _tenders(session: Session, here: tuple[Any, ...]) -> tuple[TenderTotal, ...]:
    total = func.sum(SalePayment.amount_cents)
    rows = session.execute(
        select(SalePayment.name, SalePayment.method, total)
        .join(Sale, Sale.uuid == SalePayment.sale_uuid)
        .where(*here)
        .group_by(SalePayment.name, SalePayment.method)
        .order_by(total.desc(), SalePayment.name)
    )
    # PostgreSQL sums big integers to decimals.
    return tuple(TenderTotal(name, method, int(cents)) for name, method, cents in rows)


def _top_items(session: Session, here: tuple[Any, ...]) -> tuple[ItemTotal, ...]:
    # Whether a refund's quantity or its price is negative is the till's affair.
    taken_back = -func.abs(SaleLine.quantity)
    quantity = func.sum(case((Sale.is_refund, taken_back), else_=SaleLine.quantity))
    total = func.sum(SaleLine.total_cents)
    rows = session.execute(
        select(SaleLine.item_id, func.max(SaleLine.name), quantity, total)
        .join(Sale, Sale.uuid == SaleLine.sale_uuid)
        .where(*here)
        .group_by(SaleLine.item_id)
        .having(total > 0)
        .order_by(total.desc(), SaleLine.item_id)
        .limit(TOP_ITEMS)
    )
    return tuple(ItemTotal(item, name, int(count), int(cents)) for item, name, count, cents in rows)


def _foreign(rows: Sequence[Any]) -> tuple[ForeignTotal, ...]:
    by_currency: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_currency[row.currency].append(row)
    return tuple(
        ForeignTotal(currency, sum(row.total_cents for row in some), len(some))
        for currency, some in sorted(by_currency.items())
    )
