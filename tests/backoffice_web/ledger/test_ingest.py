"""Taking documents: each once, a sale is a fact, and a bad one never blocks the rest."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError

from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.refused import RefusedDocument
from backoffice_web.ledger.sale import ReceiptMark, Sale, UploadedDocument
from backoffice_web.ledger.sales import find_sale
from backoffice_web.publishing.journal import JournalEntry
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, add_category, add_item
from tests.backoffice_web.ledger.documents import journal_entry, order, order_bytes, refund


@pytest.fixture
def cafe(office):
    with office.write() as session:
        add_category(session)
        add_item(session)
    return office


def take(office, *documents, store_id=DOWNTOWN):
    """(outcome, reason) of each document."""
    contents = [each if isinstance(each, bytes) else encode_document(each) for each in documents]
    with office.write() as session:
        receipts = ingest(session, store_id=store_id, documents=contents, now=NOON)
    return [(receipt.uuid, receipt.outcome) for receipt in receipts]


def kept(office, model=Sale):
    with office.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def flag_of(office, uuid="sale-1"):
    with office.read() as session:
        return session.get_one(Sale, uuid).flag


def test_a_sale_is_kept_with_its_lines_and_payments(cafe):
    assert take(cafe, order(total=900, quantity=2, tax=80)) == [("sale-1", "accepted")]
    with cafe.read() as session:
        sale = find_sale(session, "sale-1")
        assert (sale.total_cents, sale.tax_cents, sale.flag, sale.business_date) == (
            980,
            80,
            "",
            date(2025, 3, 14),
        )
        [line], [payment] = sale.lines, sale.payments
    assert (line.name, line.quantity, line.total_cents, line.tax_cents) == ("Flat white", 2, 900, 80)
    assert (payment.name, payment.amount_cents) == ("Cash", 980)


def test_the_bytes_are_kept_as_they_came(cafe):
    content = order_bytes()[:-1] + b', "unknown_of_a_newer_till": 1}'
    take(cafe, content)
    with cafe.read() as session:
        assert session.get_one(UploadedDocument, "sale-1").content == content


def test_the_same_bytes_again_are_a_duplicate_and_counted_once(cafe):
    take(cafe, order())
    assert take(cafe, order(), order()) == [("sale-1", "duplicate")] * 2
    assert kept(cafe) == 1


def test_a_document_twice_in_one_upload_is_kept_once(cafe):
    assert take(cafe, order(), order()) == [("sale-1", "accepted"), ("sale-1", "duplicate")]


def test_other_bytes_under_a_known_uuid_are_refused(cafe):
    take(cafe, order())
    assert take(cafe, order(total=1)) == [("sale-1", "refused")]
    with cafe.read() as session:
        assert session.get_one(Sale, "sale-1").total_cents == 450


def test_another_stores_document_is_refused(cafe):
    assert take(cafe, order(store=AIRPORT), order(uuid="b", store="nowhere")) == [
        ("sale-1", "refused"),
        ("b", "refused"),
    ]
    assert kept(cafe) == 0


def broken(**fields):
    """A sale's bytes with fields that no till of ours would send."""
    return json.dumps({**json.loads(order_bytes(uuid="bad")), **fields}).encode()


HOSTILE = [
    b"",
    b"{",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"kind": "order", "junk": ' + b"[" * 50_000,
    b'{"kind": "till_session", "uuid": "bad"}',
    broken(uuid=""),
    broken(uuid="u" * 65),
    broken(uuid="a\x00b"),
    broken(uuid=7),
    broken(total_cents=10**30),
    broken(counter=2**63),
    broken(finished_at="0001-01-01T00:00:00+14:00"),
    broken(business_date="2025-02-30"),
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_document_that_cannot_be_kept_is_refused_with_a_sentence_and_the_others_go_on(cafe, content):
    contents = [order_bytes(uuid="a"), content, order_bytes(uuid="b")]
    with cafe.write() as session:
        first, bad, last = ingest(session, store_id=DOWNTOWN, documents=contents, now=NOON)
    assert (first.outcome, bad.outcome, last.outcome) == ("accepted", "refused", "accepted")
    assert bad.reason.endswith(".")
    assert kept(cafe) == kept(cafe, UploadedDocument) == 2


def test_a_refused_document_is_named_by_its_uuid_where_it_has_one(cafe):
    assert take(cafe, b'{"kind": "from_the_future", "uuid": "x-1"}') == [("x-1", "refused")]


def test_a_refused_document_can_be_corrected_and_sent_again(cafe):
    take(cafe, broken(total_cents=10**30))
    assert take(cafe, order(uuid="bad")) == [("bad", "accepted")]


def test_texts_that_are_too_long_are_clipped_and_not_refused(cafe):
    long = "x" * 9_999 + "\x00"
    sale = order(
        name=long, tender=long, number=long, employee_name=long, reason=long, series=long, terminal=long
    )
    assert take(cafe, sale) == [("sale-1", "accepted")]
    with cafe.read() as session:
        found = find_sale(session, "sale-1")
        assert (len(found.employee_name), len(found.lines[0].name)) == (80, 410)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"item": "ghost", "name": "Ghost pepper"}, "Unknown item: Ghost pepper."),
        ({"total_cents": 999}, "The total is not the sum of its lines and taxes."),
        ({"payments": ()}, "The payments do not settle the total."),
        ({"currency": "JPY"}, "Sold in JPY, which is not the store's currency."),
    ],
)
def test_an_odd_sale_is_a_fact_and_is_flagged(cafe, fields, words):
    assert take(cafe, order(**fields)) == [("sale-1", "accepted")]
    assert words in flag_of(cafe)


def test_a_receipt_number_that_was_given_twice_is_flagged(cafe):
    take(cafe, order(uuid="a", counter=7), order(uuid="b", counter=7))
    assert flag_of(cafe, "a") == ""
    assert flag_of(cafe, "b") == "Another sale has the same receipt number."


def test_a_receipt_number_that_two_terminals_gave_is_flagged_within_its_store(cafe):
    take(cafe, order(uuid="a"), order(uuid="b", terminal="added-again"))
    take(cafe, order(uuid="c", store=AIRPORT), store_id=AIRPORT)
    assert flag_of(cafe, "b") == "Another sale has the same receipt number."
    assert "same receipt number" not in flag_of(cafe, "c")


def test_a_refund_is_a_sale_of_its_own_with_negative_amounts(cafe):
    take(cafe, order(), refund())
    with cafe.read() as session:
        found = session.get_one(Sale, "refund-1")
    assert (found.total_cents, found.refund_of, found.reason, found.flag) == (
        -450, "sale-1", "Faulty or damaged", "",
    )  # fmt: skip


def test_a_moment_without_a_zone_is_taken_as_utc(cafe):
    take(cafe, broken(finished_at="2025-03-14T09:30:00"))
    with cafe.read() as session:
        assert session.get_one(Sale, "bad").finished_at == datetime(2025, 3, 14, 9, 30, tzinfo=UTC)


def test_the_highest_receipt_number_of_each_series_is_remembered(cafe):
    take(cafe, order(uuid="a", counter=7), order(uuid="b", counter=5), order(uuid="c", counter=3, series="2"))
    with cafe.read() as session:
        marks = {(m.terminal_id, m.series): m.counter for m in session.scalars(select(ReceiptMark))}
    assert marks == {("register-1", "1"): 7, ("register-1", "2"): 3}


def test_what_happened_at_a_till_joins_the_journal_once(cafe):
    entry = journal_entry(action="no_sale", details={"reason": "Change", "drawer": "1", "order": "ab12"})
    assert take(cafe, entry, entry) == [("entry-1", "accepted"), ("entry-1", "duplicate")]
    with cafe.read() as session:
        [kept_entry] = session.scalars(select(JournalEntry).where(JournalEntry.action == "no_sale"))
    assert (kept_entry.by, kept_entry.key, kept_entry.after) == (
        "Cara Cashier", "register-1", "Reason: Change · drawer: 1 · Order ID: ab12",
    )  # fmt: skip


@pytest.mark.sqlite
def test_a_damaged_office_refuses_no_sale_for_its_own_damage(cafe):
    assert take(cafe, order()) == [("sale-1", "accepted")]
    cafe.database.dispose()
    path = Path(cafe.database.engine.url.database)
    with closing(sqlite3.connect(path)) as connection:
        tree = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_sales_number'"
        ((page,),) = connection.execute(tree).fetchall()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(DatabaseError, match="malformed"):
        take(cafe, order(uuid="sale-2", counter=2))


@pytest.mark.parametrize("kind", [OperationalError, InternalError, DatabaseError])
def test_what_the_database_itself_lacks_is_no_reason_to_refuse_a_sale(cafe, monkeypatch, kind):
    def fail(*_document, **_how):
        raise kind("INSERT", {}, Exception("away, aborted or malformed"))

    monkeypatch.setattr("backoffice_web.ledger.ingest.record_document", fail)
    with pytest.raises(kind):
        take(cafe, order())
    assert kept(cafe, RefusedDocument) == 0


def test_any_json_gets_a_receipt(cafe):
    from hypothesis import given, settings
    from hypothesis import strategies as st

    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=2),
        max_leaves=3,
    )
    fields = sorted(json.loads(order_bytes()))

    @settings(max_examples=60, deadline=None)
    @given(changed=st.dictionaries(st.sampled_from(fields), values, max_size=3))
    def check(changed):
        content = json.dumps({**json.loads(order_bytes()), **changed}).encode()
        with cafe.database.write() as session:
            [receipt] = ingest(session, store_id=DOWNTOWN, documents=[content], now=NOON)
        assert receipt.outcome in ("accepted", "refused")

    check()
