"""Sales as a file for spreadsheets."""

import csv
import io

from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.sales import SalesWish, all_sales
from backoffice_web.reports.sales_csv import sales_csv
from backoffice_web.stores.store import Store
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.backoffice_web.ledger.documents import order, refund


def rows(office, *documents):
    with office.write() as session:
        contents = [encode_document(document) for document in documents]
        ingest(session, store_id=DOWNTOWN, documents=contents, now=NOON)
    with office.read() as session:
        stores = {DOWNTOWN: session.get(Store, DOWNTOWN)}
        wish = SalesWish(order="number", is_descending=False)
        text = "".join(sales_csv(all_sales(session, wish), stores=stores, terminals={"register-1": "Bar"}))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_sale_is_a_line_in_its_stores_time_and_its_own_currency(office):
    (row,) = rows(office, order(total=450, tax=40))
    assert (row["Number"], row["Terminal"], row["Currency"]) == ("1-1-000001", "Bar", "USD")
    assert (row["Subtotal"], row["Tax"], row["Total"]) == ("4.50", "0.40", "4.90")
    assert (row["Time"], row["Time zone"]) == ("2025-03-14 08:00:00", "America/New_York")


def test_a_refund_is_a_negative_number_and_not_a_text(office):
    found = rows(office, order(), refund())
    assert [(row["Kind"], row["Total"]) for row in found] == [("Sale", "4.50"), ("Refund", "-4.50")]
    assert found[1]["Refund of"] == "sale-1"


def test_what_people_typed_never_becomes_a_formula(office):
    (row,) = rows(office, order(employee_name='=HYPERLINK("http://x","y")', reason="@SUM(1)"))
    assert row["Employee"] == '\'=HYPERLINK("http://x","y")'
    assert row["Reason"] == "'@SUM(1)"
