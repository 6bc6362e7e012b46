"""Sales in the Back Office: found, opened, exported."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.backoffice_web.ledger.documents import refund
from tests.backoffice_web.routes.ledger import sell
from tests.cast import first_store, first_terminal, give_permissions, office

NOW = datetime.now(UTC)


@pytest.fixture
def sold(evertill):
    """Two sales and a refund in USD, one sale in EUR."""
    sell(evertill, uuid="coffee", counter=1, total=450, at=NOW - timedelta(hours=3))
    sell(
        evertill,
        uuid="cake",
        counter=2,
        total=600,
        name="Carrot cake",
        employee_name="Max",
        at=NOW - timedelta(hours=2),
    )
    sell(evertill, make=refund, uuid="back", of="coffee", counter=3, total=450, at=NOW - timedelta(hours=1))
    sell(evertill, uuid="kuchen", counter=9, total=300, currency="EUR", at=NOW)
    return evertill


def numbers(page):
    return [f"1-1-{n:06}" for n in range(1, 10) if f">1-1-{n:06}</a>" in page]


def test_the_list_shows_sales_of_all_stores_newest_first(owner, sold):
    page = owner.get("/sales").text
    assert numbers(page) == ["1-1-000001", "1-1-000002", "1-1-000003", "1-1-000009"]
    assert page.index("1-1-000009") < page.index("1-1-000003") < page.index("1-1-000001")
    assert "-$4.50" in page
    assert "€3.00" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=carrot", "2"),
        ("q=max", "2"),
        ("q=000009", "9"),
        ("kind=refunds", "3"),
        ("kind=sales", "129"),
        ("kind=flagged", "1239"),
        ("kind=nonsense", "1239"),
        ("to=2001-01-01", ""),
        ("from=2001-01-01", "1239"),
        ("from=yesterday", "1239"),
        ("page=99", "1239"),
        ("sort=-total&size=25", "1239"),
        ("sort=nonsense", "1239"),
        ("q=%25", ""),
        ("terminal=nobody", ""),
        ("from=0001-01-01&to=9999-12-31", "1239"),
    ],
)
def test_the_list_is_narrowed_by_its_address_and_by_nothing_else(owner, sold, query, found):
    response = owner.get(f"/sales?{query}")
    assert response.status_code == 200
    assert numbers(response.text) == [f"1-1-00000{n}" for n in found]


def test_one_terminal_and_one_store_can_be_chosen(owner, sold):
    kasse = first_terminal(sold, currency="EUR")
    assert numbers(owner.get(f"/sales?terminal={kasse.id}").text) == ["1-1-000009"]
    owner.post("/chosen-store", data={"store": first_store(sold).id})
    assert numbers(owner.get("/sales").text) == ["1-1-000001", "1-1-000002", "1-1-000003"]


def test_pages_are_linked_and_keep_the_search(owner, evertill):
    for place in range(30):
        sell(evertill, uuid=f"s{place}", counter=place + 1)
    page = owner.get("/sales?q=flat").text
    assert "1–25 of 30" in page
    assert "page=2" in page
    assert "26–30 of 30" in owner.get("/sales?q=flat&page=2").text


def test_an_empty_list_teaches_and_a_narrow_one_says_how_to_widen_it(owner):
    assert "No sales yet" in owner.get("/sales").text
    assert "Clear search and filters" in owner.get("/sales?q=x").text


def test_a_sale_shows_its_lines_taxes_payments_and_its_refund(owner, sold):
    sell(sold, uuid="taxed", counter=4, total=1000, quantity=2, tax=89)
    page = owner.get("/sales/taxed").text
    for words in (
        "Flat white",
        "$5.00",
        "$10.00",
        "Sales tax 8.875%",
        "$0.89",
        "$10.89",
        "Cash",
        "Cara Cashier",
    ):
        assert words in page, words
    assert 'href="/sales/back"' in owner.get("/sales/coffee").text.replace("/backoffice", "")
    refunded = owner.get("/sales/back").text
    assert 'href="/sales/coffee"' in refunded.replace("/backoffice", "")
    assert "Faulty or damaged" in refunded


def test_a_refund_whose_sale_is_not_here_says_so(owner, evertill):
    sell(evertill, make=refund, uuid="back", of="unknown")
    assert "has not come up from its till yet" in owner.get("/sales/back").text


def test_an_odd_sale_says_what_is_odd(owner, sold):
    assert "Unknown item: Carrot cake." in owner.get("/sales/cake").text


def test_an_unknown_sale_is_not_found(owner):
    assert owner.get("/sales/unknown").status_code == 404


def test_the_export_is_the_list_that_was_asked_for(owner, sold):
    response = owner.get("/sales.csv?kind=refunds")
    assert response.mimetype == "text/csv"
    assert "attachment" in response.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff")))
    assert (row["Number"], row["Total"]) == ("1-1-000003", "-4.50")


def test_the_list_and_the_export_link_agree(owner, sold):
    page = owner.get("/sales?q=carrot&kind=sales").text
    start = page.index("/sales.csv?")
    link = page[start : page.index('"', start)].replace("&amp;", "&")
    assert owner.get(link).text.count("\r\n") == 2


def test_a_fragment_request_is_answered_with_the_same_list(owner, sold):
    response = owner.get("/sales?q=carrot", headers={"HX-Request": "true"})
    assert 'id="list"' in response.text
    assert numbers(response.text) == ["1-1-000002"]


@pytest.mark.parametrize("path", ["/sales", "/sales/coffee", "/sales.csv"])
def test_sales_are_refused_without_the_permission(sold, path):
    give_permissions(sold, "manager", {"office.sign_in", "dashboard.view"})
    assert office(sold, role="manager").get(path).status_code == 403
