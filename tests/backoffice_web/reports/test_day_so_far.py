"""Today so far, beside the same weekday last week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from backoffice_web.ledger.ingest import ingest
from backoffice_web.reports.day_so_far import days_so_far
from backoffice_web.stores.store import Store
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN
from tests.backoffice_web.ledger.documents import order, refund

# Friday, 10:30 in New York, 15:30 in Berlin.
NOW = datetime(2025, 3, 14, 14, 30, tzinfo=UTC)
TODAY, WEEK_AGO = date(2025, 3, 14), date(2025, 3, 7)


def sell(office, *documents, store=DOWNTOWN):
    with office.write() as session:
        contents = [encode_document(document) for document in documents]
        receipts = ingest(session, store_id=store, documents=contents, now=NOW)
        assert {receipt.outcome for receipt in receipts} == {"accepted"}


def blocks(office, *store_ids, now=NOW):
    with office.read() as session:
        stores = [session.get(Store, store_id) for store_id in store_ids or (DOWNTOWN, AIRPORT)]
        return days_so_far(session, stores, now=now)


def test_two_currencies_are_told_apart_and_never_added(office):
    sell(office, order(uuid="a", total=450, at=NOW))
    sell(office, order(uuid="b", total=300, at=NOW, store=AIRPORT, currency="EUR"), store=AIRPORT)
    found = {block.currency: block.total_cents for block in blocks(office)}
    assert found == {"USD": 450, "EUR": 300}


def test_a_week_ago_counts_until_the_same_time_on_the_wall(office):
    # Clocks went forward on 9 March: 10:15 was 15:15 UTC on the 7th, and is 14:15 UTC on the 14th.
    sell(
        office,
        order(uuid="a", counter=1, total=600, at=NOW),
        order(uuid="b", counter=2, total=500, at=datetime(2025, 3, 7, 15, 15, tzinfo=UTC), on=WEEK_AGO),
        order(uuid="c", counter=3, total=900, at=datetime(2025, 3, 7, 15, 45, tzinfo=UTC), on=WEEK_AGO),
    )
    (block,) = blocks(office, DOWNTOWN)
    assert (block.total_cents, block.before_cents, block.change_percent) == (600, 500, 20)


def test_refunds_are_taken_off_the_sales_but_not_off_the_average(office):
    sell(
        office,
        order(uuid="a", counter=1, total=400, at=NOW),
        order(uuid="b", counter=2, total=600, at=NOW),
        refund(uuid="r", of="a", counter=3, total=400, at=NOW),
    )
    (block,) = blocks(office, DOWNTOWN)
    assert (block.total_cents, block.sale_count, block.average_cents) == (600, 2, 500)
    assert (block.refund_cents, block.refund_count) == (400, 1)


def test_nothing_sold_a_week_ago_gives_no_percentage(office):
    sell(office, order(uuid="a", at=NOW))
    assert blocks(office, DOWNTOWN)[0].change_percent is None


def test_a_store_without_sales_has_an_empty_day(office):
    (block,) = blocks(office, DOWNTOWN)
    assert not block.has_sales
    assert (block.hours, block.total_cents, block.average_cents) == ((), 0, 0)


def test_a_sale_after_midnight_belongs_to_the_day_before_when_the_day_ends_later(office):
    with office.write() as session:
        session.get(Store, DOWNTOWN).day_cutoff_minutes = 240
    late = datetime(2025, 3, 15, 5, 30, tzinfo=UTC)  # 1:30 on Saturday, still Friday's trading
    sell(office, order(uuid="a", total=700, at=late, on=TODAY))
    (block,) = blocks(office, DOWNTOWN, now=late)
    assert (block.days, block.total_cents) == ((TODAY,), 700)
    assert [pair.hour for pair in block.hours] == [20, 21, 22, 23, 0, 1, 2, 3]


def test_the_hours_run_from_the_earliest_to_the_latest_sale_of_both_days(office):
    sell(
        office,
        order(uuid="a", counter=1, total=100, at=NOW),
        order(uuid="b", counter=2, total=200, at=datetime(2025, 3, 7, 11, tzinfo=UTC), on=WEEK_AGO),
    )
    (block,) = blocks(office, DOWNTOWN)
    clocks = [pair.hour for pair in block.hours]
    assert clocks == list(range(6, 14))
    assert [(p.total_cents, p.before_cents) for p in block.hours if p.hour in (6, 10)] == [(0, 200), (100, 0)]


def test_stores_of_one_currency_are_one_block(office):
    with office.write() as session:
        session.get(Store, AIRPORT).currency = "USD"
    sell(office, order(uuid="a", total=450, at=NOW))
    sell(office, order(uuid="b", total=300, at=NOW, store=AIRPORT), store=AIRPORT)
    (block,) = blocks(office)
    assert (block.total_cents, len(block.store_names)) == (750, 2)
    assert [(item.name, item.quantity, item.total_cents) for item in block.top_items] == [
        ("Flat white", 2, 750)
    ]
    assert [(tender.name, tender.total_cents) for tender in block.tenders] == [("Cash", 750)]


@pytest.mark.sqlite
def test_the_cost_of_a_day_does_not_grow_with_the_days_before(office):
    documents = [
        order(
            uuid=f"s{i}", counter=i + 1, at=NOW - timedelta(days=i % 300), on=TODAY - timedelta(days=i % 300)
        )
        for i in range(600)
    ]
    sell(office, *documents)
    with office.read() as session:
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT finished_at FROM sales WHERE store_id = ? AND business_date = ?",
            (DOWNTOWN, "2025-03-14"),
        )
        assert any("ix_sales_store_day" in row[-1] for row in plan)
