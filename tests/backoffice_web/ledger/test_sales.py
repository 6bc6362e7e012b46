"""Finding sales and adding up a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from backoffice_web.ledger.day import today
from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.sales import SalesWish, count_sales, find_sale, list_sales, refunds_of
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, add_category, add_item
from tests.backoffice_web.ledger.documents import order, refund

DAY = date(2025, 3, 14)


@pytest.fixture
def sold(office):
    """Downtown on one day: coffee 4.50 at 8:30, cake 6.00 by card at 9:30, and the coffee taken back."""
    with office.write() as session:
        add_category(session)
        add_item(session)
        add_item(session, key="cake", name="Carrot cake", price=600)
        morning = datetime(2025, 3, 14, 12, 30, tzinfo=UTC)  # 8:30 in New York
        documents = [
            order(uuid="a", counter=1, at=morning, tax=40),
            order(
                uuid="b", counter=2, at=morning.replace(hour=13), item="cake", name="Carrot cake", total=600,
                method="card_machine", tender="Card", employee_name="Max Manager",
            ),
            refund(uuid="c", of="a", counter=3, at=morning.replace(hour=14)),
            order(uuid="d", counter=4, on=date(2025, 3, 13)),
        ]  # fmt: skip
        contents = [encode_document(document) for document in documents]
        receipts = ingest(session, store_id=DOWNTOWN, documents=contents, now=NOON)
        assert {receipt.outcome for receipt in receipts} == {"accepted"}
    return office


def found(office, limit=25, offset=0, **wish):
    with office.read() as session:
        wish = SalesWish(**wish)
        sales = list_sales(session, wish, limit=limit, offset=offset)
        assert len(sales) <= count_sales(session, wish)
        return "".join(sale.uuid for sale in sales)


@pytest.mark.parametrize(
    ("wish", "uuids"),
    [
        ({}, "cbad"),
        ({"is_descending": False, "order": "number"}, "abcd"),
        ({"stores": [AIRPORT]}, ""),
        ({"stores": []}, ""),
        ({"first_on": DAY}, "cba"),
        ({"last_on": date(2025, 3, 13)}, "d"),
        ({"kind": "refunds"}, "c"),
        ({"kind": "sales"}, "bad"),
        ({"kind": "flagged"}, ""),
        ({"text": "carrot"}, "b"),
        ({"text": "MAX"}, "b"),
        ({"text": "1-1-000002"}, "b"),
        ({"text": "%"}, ""),
        ({"text": "_"}, ""),
        ({"text": "\x00"}, "cbad"),
        ({"order": "nonsense", "kind": "nonsense"}, "cbad"),
    ],
)
def test_sales_are_found_sorted_and_filtered(sold, wish, uuids):
    assert found(sold, **wish) == uuids


def test_sales_come_in_pages(sold):
    assert [found(sold, limit=3), found(sold, limit=3, offset=3)] == ["cba", "d"]
    with sold.read() as session:
        assert count_sales(session, SalesWish()) == 4


def test_a_sale_knows_its_refunds(sold):
    with sold.read() as session:
        sale = find_sale(session, "a")
        assert [refund.uuid for refund in refunds_of(session, sale)] == ["c"]
        assert find_sale(session, "nothing") is None


def test_a_day_is_net_of_refunds(sold):
    with sold.read() as session:
        day = today(session, store_id=DOWNTOWN, business_date=DAY)
    assert (day.currency, day.total_cents, day.tax_cents) == ("USD", 490 + 600 - 450, 40)
    assert (day.sale_count, day.refund_count, day.refund_cents) == (2, 1, 450)
    assert day.average_cents == 545


def test_a_day_is_told_by_hours_of_the_stores_wall_clock(sold):
    with sold.read() as session:
        day = today(session, store_id=DOWNTOWN, business_date=DAY)
    assert [(h.hour, h.total_cents, h.sale_count) for h in day.hours] == [
        (8, 490, 1),
        (9, 600, 1),
        (10, -450, 0),
    ]


def test_a_day_is_told_by_tender_and_by_item(sold):
    with sold.read() as session:
        day = today(session, store_id=DOWNTOWN, business_date=DAY)
    assert [(t.name, t.total_cents) for t in day.tenders] == [("Card", 600), ("Cash", 40)]
    assert [(i.name, i.quantity, i.total_cents) for i in day.top_items] == [("Carrot cake", 1, 600)]


def test_two_currencies_are_never_added(sold):
    with sold.write() as session:
        foreign = encode_document(order(uuid="e", counter=9, currency="EUR", total=10_000))
        ingest(session, store_id=DOWNTOWN, documents=[foreign], now=NOON)
        day = today(session, store_id=DOWNTOWN, business_date=DAY)
    assert day.total_cents == 640
    assert [(f.currency, f.total_cents) for f in day.foreign] == [("EUR", 10_000)]
    assert all(tender.total_cents < 10_000 for tender in day.tenders)


def test_a_day_without_sales_is_all_zero(sold):
    with sold.read() as session:
        day = today(session, store_id=AIRPORT, business_date=DAY)
    assert (day.total_cents, day.average_cents, day.hours, day.top_items) == (0, 0, (), ())
