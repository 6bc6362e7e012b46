"""The dashboard shows today, store by store, and refreshes itself."""

import re

from tests.backoffice_web.routes.ledger import sell
from tests.cast import first_store, give_permissions, office


def figures(page):
    return re.findall(r'kpi-figure">(?:<bdi class="amount">)?([^<]*)', page)


def test_each_currency_has_a_block_of_its_own(owner, evertill):
    sell(evertill, total=450)
    sell(evertill, uuid="sale-2", total=300, currency="EUR")
    page = owner.get("/").text
    assert "$4.50" in figures(page)
    assert "€3.00" in figures(page)
    assert "$7.50" not in page


def test_the_chosen_store_alone_is_shown(owner, evertill):
    sell(evertill, total=450)
    owner.post("/chosen-store", data={"store": first_store(evertill, currency="EUR").id})
    page = owner.get("/").text
    assert "$4.50" not in page
    assert "€0.00" in figures(page)


def test_the_fragment_is_what_the_page_includes(owner, evertill):
    sell(evertill)
    page, fragment = owner.get("/").text, owner.get("/dashboard/today", headers={"HX-Request": "true"}).text
    assert fragment.startswith('<div class="stack" id="today"')
    assert "<html" not in fragment
    assert figures(fragment) == figures(page)


def test_every_chart_has_its_table(owner, evertill):
    sell(evertill, total=450)
    fragment = owner.get("/dashboard/today").text
    assert fragment.count("<svg width") == fragment.count("<details") == 1
    table = fragment[fragment.index("<details") : fragment.index("</details>")]
    assert "$4.50" in table


def test_the_chart_has_no_style_of_its_own(owner, evertill):
    sell(evertill)
    assert "style=" not in owner.get("/").text


def test_a_flagged_sale_is_told_with_a_way_to_it(owner, evertill):
    sell(evertill)  # of an item that the office does not know
    page = owner.get("/").text
    assert "1 odd sale in the last 7 days" in page
    assert 'href="/sales?kind=flagged"' in page.replace("/backoffice", "")


def test_somebody_without_the_permission_is_welcomed_without_figures(evertill):
    give_permissions(evertill, "manager", {"office.sign_in"})
    browser = office(evertill, role="manager")
    page = browser.get("/")
    assert page.status_code == 200
    assert "kpi" not in page.text
    assert browser.get("/dashboard/today").status_code == 403
