"""The story that Evertill exists for, with an admin and a cashier in real Chromium.

Import a catalog, publish it, sync from each of the three places; change a price, Save, Save and
Publish; the till applies it by itself; sell at the new price; find the sale in the Back Office.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import choose_terminal, sign_in_at_till, sign_in_to_office
from tests.cast import first_store, set_auto_sync
from tests.shared_data import SHARED_DATA

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 1366, 768

# Used where the real Shopify export is not beside the project.
OWN_CATALOG = """Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Taxable
harbour-scarf,Harbour Scarf,Title,Default Title,50,true
pier-socks,Pier Socks,Size,Small,12.5,true
pier-socks,,Size,Large,13.5,true
"""


@pytest.fixture
def catalog(tmp_path):
    """(file, how many products, the name of one with a single variant)."""
    real = SHARED_DATA / "catalogs" / "shopify_apparel.csv"
    if real.exists():
        return real, 20, "Ocean Blue Shirt"
    own = tmp_path / "shopify.csv"
    own.write_text(OWN_CATALOG)
    return own, 2, "Harbour Scarf"


def press_sync(page, button, *, left, top, right, bottom):
    """Press the control, assert where it is (shares of the screen) and where its toast appears."""
    box = button.bounding_box()
    assert left <= box["x"] / WIDTH <= (box["x"] + box["width"]) / WIDTH <= right
    assert top <= box["y"] / HEIGHT <= (box["y"] + box["height"]) / HEIGHT <= bottom
    button.click()
    toast = page.locator("#toasts .toast", has_text="Synced successfully").first
    expect(toast).to_be_visible()
    box = toast.bounding_box()
    assert box["x"] + box["width"] / 2 > WIDTH / 2
    assert box["y"] < HEIGHT / 3
    return toast


def find_tile(page, name):
    search = page.get_by_label("Search or scan")
    search.fill(name)
    tile = page.locator("#catalog .tile", has_text=name).first
    expect(tile).to_be_visible()
    return tile


def import_catalog(admin, file, store):
    admin.goto("/backoffice/imports")
    admin.locator("#field-file").set_input_files(file)
    admin.get_by_label("Import for the store").select_option(label=store)
    admin.get_by_role("button", name="Upload and check").click()
    admin.get_by_role("button", name="Save and Publish").click()


def save_price(admin, name, price, button):
    admin.goto(f"/backoffice/items?q={name}")
    admin.get_by_role("link", name=name, exact=True).click()
    admin.get_by_label(re.compile(r"^Price.*USD")).first.fill(price)
    admin.get_by_role("button", name=button, exact=True).click()


def test_a_price_goes_from_the_back_office_to_the_tills_and_its_sale_comes_back(new_page, evertill, catalog):
    file, products, name = catalog
    store = first_store(evertill)
    admin, cashier = new_page(), new_page()

    # A long's period would hide who applied what: the first updates are fetched by hand.
    set_auto_sync(evertill, 900)
    sign_in_to_office(admin)
    choose_terminal(cashier)
    import_catalog(admin, file, store.name)
    expect(admin.locator("main")).to_contain_text(f"{products}")
    expect(cashier.locator("#sync-login")).to_have_attribute("data-state", "waiting")

    # From the Login screen …
    control = cashier.get_by_role("button", name="Sync", exact=True)
    toast = press_sync(cashier, control, left=0.6, top=0, right=1, bottom=0.25)
    expect(toast).to_contain_text("changes applied")

    # … from the Order screen …
    sign_in_at_till(cashier)
    expect(find_tile(cashier, name)).to_contain_text("50")
    cashier.get_by_label("Search or scan").fill("")
    cashier.locator("#toasts .toast").first.wait_for(state="detached")
    control = cashier.locator("#sync-order").get_by_role("button", name="Sync Back Office", exact=True)
    toast = press_sync(cashier, control, left=0, top=0.75, right=0.4, bottom=1)
    expect(toast).to_contain_text("Already up to date")
    cashier.locator("#toasts .toast").first.wait_for(state="detached")

    # … and from the Operations menu, where it is the last row.
    cashier.get_by_label("Operations", exact=True).first.click()
    rows = cashier.locator("#operations .menu-row")
    expect(rows.last).to_contain_text("Sync Back Office")
    press_sync(cashier, rows.last, left=0, top=0.7, right=0.4, bottom=1)
    cashier.keyboard.press("Escape")

    # Save changes nothing at the tills, and says so.
    set_auto_sync(evertill, 2)
    save_price(admin, name, "61.25", "Save")
    expect(admin.locator("#toasts")).to_contain_text("Not on the POS yet")
    expect(admin.locator("#unpublished")).to_contain_text(re.compile(r"1\s*unpublished change"))
    expect(find_tile(cashier, name)).to_contain_text("50.00")
    expect(cashier.locator("#sync-order")).to_have_attribute("data-state", "current")

    # Save and Publish: the till applies it by itself after its period, and says so.
    save_price(admin, name, "62.50", "Save and Publish")
    expect(find_tile(cashier, name)).to_contain_text("62.50", timeout=20_000)
    expect(admin.locator("body")).to_contain_text(
        re.compile("1 of 2 terminals|1 of 1 terminal"), timeout=20_000
    )

    # Sell it at the new price.
    find_tile(cashier, name).click()
    expect(cashier.locator("#order .order-line")).to_contain_text("62.50")
    cashier.locator(".button-pay").click()
    cashier.get_by_role("button", name=re.compile("^Take .* cash$")).click()
    number = cashier.locator("header").get_by_text(re.compile("^Receipt ")).inner_text().split()[-1]

    # The sale is in the Back Office within seconds.
    admin.goto("/backoffice/sales")
    expect(admin.get_by_role("link", name=number)).to_be_visible(timeout=20_000)
    admin.get_by_role("link", name=number).click()
    expect(admin.locator("main")).to_contain_text(name)
    expect(admin.locator("main")).to_contain_text("62.50")
    admin.goto("/backoffice/")
    expect(admin.locator("main")).to_contain_text("62.50")
    assert admin.watch.complaints() == []
    assert cashier.watch.complaints() == []
