"""Every screen of both houses in light and dark: accessible, light to load, within its width."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import pytest

from tests.browser.conftest import (
    ALL,
    COLOURS,
    SHAPES,
    axe_violations,
    choose_terminal,
    sign_in_at_till,
    sign_in_to_office,
)
from tests.busy import refuse_at_the_office, settle_what_was_sold
from tests.cast import first_store

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Look:
    width: int
    height: int
    scheme: str = "light"
    # What axe-core is asked there, if anything.
    rules: str | None = None

    def __str__(self):
        return f"{self.width}x{self.height} {self.scheme}"

    @property
    def size(self):
        return {"width": self.width, "height": self.height}

    def put_on(self, page):
        page.emulate_media(color_scheme=self.scheme)
        page.set_viewport_size(self.size)


# One walk through all screens; on each the page takes every look in turn. Who may see and press what does
# not depend on colours: in the dark only they are looked at again.
POS_LOOKS = [
    Look(1024, 768, rules=ALL), Look(1366, 768), Look(820, 1180, rules=SHAPES), Look(1180, 820),
    Look(1024, 768, "dark", COLOURS), Look(820, 1180, "dark"),
]  # fmt: skip
OFFICE_LOOKS = [
    Look(1366, 768, rules=ALL), Look(1024, 768), Look(820, 1180), Look(320, 640),
    Look(1366, 768, "dark", COLOURS), Look(320, 640, "dark"),
]  # fmt: skip
# From this width on every column of a table is in sight; on a phone its frame may scroll.
TABLET = 820
WIDE_TABLES = """() => [...document.querySelectorAll('.table-frame')]
  .filter(frame => frame.scrollWidth > frame.clientWidth)
  .map(frame => `${frame.getAttribute('aria-label')} ${frame.scrollWidth} > ${frame.clientWidth}`)"""
# A store's name that is cut in the list to choose from, or a row whose buttons went apart.
TORN_ROWS = """() => [...document.querySelectorAll('.found-row')].flatMap(row => {
  const select = row.querySelector('select'), whole = select.cloneNode(true);
  whole.style.maxInlineSize = whole.style.inlineSize = 'max-content';
  row.append(whole);
  const isCut = whole.offsetWidth > select.offsetWidth;
  whole.remove();
  const tops = new Set([...row.querySelectorAll('button')].map(one => one.offsetTop));
  return isCut || tops.size > 1 ? [row.innerText] : [];
})"""
REQUEST_LOOKS = [Look(1024, 768, rules=ALL), Look(820, 1180, rules=SHAPES)]
OFFICE_PAGES = [
    "/backoffice/", "/backoffice/items", "/backoffice/items/new", "/backoffice/categories",
    "/backoffice/categories/new",
    "/backoffice/modifier-groups", "/backoffice/modifier-groups/new",
    "/backoffice/price-lists", "/backoffice/price-lists/new", "/backoffice/taxes", "/backoffice/taxes/new",
    "/backoffice/tax-classes", "/backoffice/stores", "/backoffice/terminals", "/backoffice/employees",
    "/backoffice/employees/new", "/backoffice/profile", "/backoffice/second-factor",
    "/backoffice/sign-in-policy",
    "/backoffice/roles", "/backoffice/roles/new", "/backoffice/roles/comparison",
    "/backoffice/sales", "/backoffice/publications", "/backoffice/journal",
    "/backoffice/imports", "/backoffice/store-nodes/new", "/backoffice/dead-letters",
    "/backoffice/sold-out?q=latte", "/backoffice/syncs",
    "/backoffice/time-events/new",
]  # fmt: skip


class Screens:
    """Looks at each screen in all its looks and keeps what is wrong."""

    def __init__(self, looks, *, for_fingers=False):
        self.looks, self.for_fingers = looks, for_fingers
        self.problems = []

    def check(self, page, name):
        for look in self.looks:
            look.put_on(page)
            self.problems += [(name, str(look), *one) for one in self._found(page, look)]
        self.looks[0].put_on(page)

    def _found(self, page, look):
        if look.rules is not None:
            yield from axe_violations(page, look.rules)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            yield ("scrolls sideways",)
        if look.width >= TABLET:
            yield from (("a table scrolls sideways", frame) for frame in page.evaluate(WIDE_TABLES))
            yield from (("a row is torn", row) for row in page.evaluate(TORN_ROWS))
        if self.for_fingers:
            yield from ((control,) for control in small_controls(page))

    def assert_fine(self):
        assert self.problems == [], "\n" + "\n".join(map(str, self.problems))


def small_controls(page):
    """Visible controls of the POS under 44 CSS pixels, which a finger misses."""
    return page.evaluate(
        """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), select')]
        .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('label'))
        .filter(one => !one.matches('.visually-hidden, .pin-field') && !one.closest('.receipt-paper'))
        .map(one => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width && (box.width < 44 || box.height < 44))
        .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${box.width}x${box.height}`)"""
    )


def test_every_screen_of_the_pos_is_accessible_and_fits(new_page, evertill):
    page = new_page(viewport=POS_LOOKS[0].size)
    screens = Screens(POS_LOOKS, for_fingers=True)

    def check(name):
        screens.check(page, name)

    page.goto("/pos/")
    page.get_by_role("button", name="Register 1").wait_for()
    check("terminals")
    choose_terminal(page)
    check("login")
    page.get_by_role("button", name="Sign Out").click()
    page.get_by_text("Do you want to Sign out?").wait_for()
    check("sign out?")
    page.keyboard.press("Escape")
    page.goto("/pos/devices")
    check("devices")
    page.goto("/pos/punches")
    check("time clock")
    page.locator(".person", has_text="Cashier").first.click()
    page.keyboard.type("1111")
    page.get_by_role("button", name="Clock In").wait_for()
    check("welcome")
    page.get_by_role("button", name="Clock In").click()
    page.get_by_text("CLOCK-IN SUCCESS").wait_for()
    check("clocked in")
    page.goto("/pos/punches")
    page.locator(".person", has_text="Cashier").first.click()
    page.keyboard.type("1111")
    page.get_by_role("button", name="Start Rest Break").click()
    page.get_by_text("Rest Break Started").wait_for()
    page.goto("/pos/punches")
    page.locator(".person", has_text="Cashier").first.click()
    page.keyboard.type("1111")
    page.get_by_role("button", name="End Rest Break").wait_for()
    check("on a break")
    page.goto("/pos/")
    page.locator(".person", has_text="Manager").click()
    page.keyboard.type("9999")
    page.get_by_text("tries left").first.wait_for()
    check("wrong PIN")
    sign_in_at_till(page, role="Manager", pin="2222")
    check("empty order")
    page.locator(".tile", has_text="Espresso").first.click()
    page.locator("#order .order-line").first.wait_for()
    check("order")
    page.locator("#order .order-line").first.click()
    check("line tools")
    page.get_by_role("link", name="Price").click()
    page.locator("dialog[open]").wait_for()
    check("another price")
    page.keyboard.press("Escape")
    page.goto("/pos/sold-out?q=milk")
    page.get_by_role("button", name="Milk · Oat milk: sold out", exact=True).click()
    page.get_by_text("Sold out now").wait_for()
    check("86 list")
    page.goto("/pos/order")
    page.locator(".tile", has_text="Latte").first.click()
    page.locator("dialog[open] input[data-sold-out]").wait_for()
    check("choice")
    page.keyboard.press("Escape")
    page.get_by_label("Operations", exact=True).first.click()
    page.locator("dialog[open]").wait_for()
    check("operations")
    page.keyboard.press("Escape")
    page.locator(".button-pay").click()
    page.get_by_role("button", name="Take").wait_for()
    check("payment")
    page.get_by_role("button", name="Take").click()
    page.get_by_text("Change due").first.wait_for()
    check("receipt")
    page.goto("/pos/orders")
    check("orders")
    page.locator("main a[href*='/orders/']").first.click()
    page.wait_for_load_state()
    check("one order")
    page.goto("/pos/pos-settings")
    check("POS Settings")
    page.goto("/pos/holds")
    check("holds")
    page.goto("/pos/approvals")
    check("no requests")
    page.goto("/pos/pin-locks")
    check("locked PINs")
    page.goto("/pos/syncs")
    check("sync details")
    page.goto("/pos/status")
    check("support: status")
    page.goto("/pos/support")
    check("support: download")
    settle_what_was_sold(evertill)
    page.goto("/pos/status")
    page.get_by_text("Settled by the Back Office").wait_for()
    check("a settled document")
    screens.assert_fine()
    # A wrong PIN answers 422, which the browser's console reports as an error.
    assert [one for one in page.watch.complaints() if "422" not in one] == []


def test_every_screen_of_the_back_office_is_accessible_and_fits(new_page, evertill):
    page = new_page(viewport=OFFICE_LOOKS[0].size)
    screens = Screens(OFFICE_LOOKS)
    page.goto("/backoffice/")
    page.get_by_role("button", name="Sign in").wait_for()
    screens.check(page, "sign-in")
    sign_in_to_office(page)
    for path in OFFICE_PAGES:
        page.goto(path)
        screens.check(page, path)
    for path in (
        "items",
        "categories",
        "modifier-groups",
        "price-lists",
        "taxes",
        "stores",
        "terminals",
        "employees",
        "roles",
    ):
        page.goto(f"/backoffice/{path}")
        if page.locator("[data-check-all]").count():
            page.locator("[data-check-all]").check()
            screens.check(page, f"ticked {path}")
        page.locator("main .table-link").first.click()
        page.wait_for_load_state()
        screens.check(page, f"one of {path}")
    page.goto("/backoffice/time-events/new")
    page.get_by_label("Store").select_option(index=1)
    page.get_by_label("Employee").select_option(label="Daniel Brooks")
    page.get_by_label("Role").select_option("manager")
    page.get_by_label("Check In").fill("2025-10-31T20:00")
    page.get_by_label("Check Out").fill("2025-11-02T01:30")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_label("Which of the two").wait_for()
    screens.check(page, "an hour that comes twice")
    page.get_by_label("Check In").fill("2025-11-01T20:00")
    page.get_by_label("Which of the two").select_option("2")
    page.get_by_role("button", name="Save").last.click()
    page.locator("#toasts .toast").first.wait_for()
    for path in ("attendance", "attendance?by=person", "time-events"):
        page.goto(f"/backoffice/{path}")
        screens.check(page, path)
    page.goto("/backoffice/terminals")
    page.get_by_role("link", name="Register 1").first.click()
    page.get_by_role("link", name="POS Settings").click()
    page.get_by_label("Theme").select_option("dark")
    page.get_by_role("button", name="Save Changes").click()
    page.locator("#asked .badge").first.wait_for()
    screens.check(page, "settings of a terminal")
    page.goto("/backoffice/employees")
    page.get_by_label("Actions for").first.click()
    page.get_by_role("dialog").wait_for()
    screens.check(page, "menu of a user")
    for place in (0, 1):
        page.goto("/backoffice/sold-out?q=espresso")
        page.get_by_label("Store for Espresso", exact=True).select_option(index=place)
        page.get_by_role("button", name="Espresso: sold out", exact=True).click()
        page.locator("#toasts .toast").first.wait_for()
    screens.check(page, "86 list with what was asked")
    page.goto("/backoffice/items?q=Flat white")
    page.get_by_role("link", name="Flat white", exact=True).click()
    page.locator("input[name*=price]").first.fill("4.80")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#toasts .toast").first.wait_for()
    page.goto("/backoffice/publications")
    screens.check(page, "what waits to be published")
    page.get_by_role("button", name="Publish what is ticked").click()
    page.locator("#reach").wait_for()
    screens.check(page, "how far a publication has come")
    page.get_by_role("region", name="Table of publications").get_by_role("link").first.click()
    page.wait_for_load_state()
    screens.check(page, "one publication")
    refuse_at_the_office(evertill)
    page.goto("/backoffice/dead-letters")
    screens.check(page, "a refused document")
    page.get_by_role("link", name="Dismiss").click()
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("Enter a reason.").first.wait_for()
    screens.check(page, "dismissing without a reason")
    screens.assert_fine()
    # What is asked for once more comes with a 422, which the browser's console reports as an error.
    assert [one for one in page.watch.complaints() if "422" not in one] == []


def test_what_a_manager_is_asked_for_is_accessible_and_fits(new_page, evertill):
    """The sheet of who asks and of who answers, and the order of a manager who is asked; narrow and wide."""
    cashier, manager = (new_page(viewport={"width": 1024, "height": 768}) for _page in range(2))
    screens = Screens(REQUEST_LOOKS, for_fingers=True)
    choose_terminal(cashier)
    sign_in_at_till(cashier)
    choose_terminal(manager, "Register 2")
    sign_in_at_till(manager, role="Manager", pin="2222")
    cashier.locator(".tile", has_text="Espresso").first.click()
    cashier.locator("#order .order-line").first.click()
    cashier.get_by_role("link", name="Price").click()
    cashier.get_by_label("New price").fill("1.00")
    cashier.get_by_label("Another reason").fill("The guest has waited for it a very long time")
    cashier.get_by_role("button", name="Change price").click()
    cashier.get_by_role("heading", name="Ask a manager").wait_for()
    manager.get_by_role("link", name="Requests").wait_for()

    admin = new_page()
    sign_in_to_office(admin)
    admin.goto("/backoffice/terminals")
    # Else with the next heartbeat, half a minute from now.
    evertill.agent.report_soon(first_store(evertill).id)
    admin.locator("#board .badge", has_text="Order open").wait_for()
    board = Screens([Look(820, 1180), Look(1024, 768)])
    board.check(admin, "terminals with an open order")
    board.assert_fine()

    screens.check(cashier, "ask a manager")
    screens.check(manager, "order with a request")
    manager.get_by_role("link", name="Requests").click()
    manager.locator("dialog[open] .approval-cards").wait_for()
    screens.check(manager, "requests")
    manager.goto("/pos/approvals")
    screens.check(manager, "requests, a page of their own")
    manager.get_by_role("button", name="Deny").click()
    cashier.get_by_text("has denied this").wait_for()
    screens.check(cashier, "denied")
    screens.assert_fine()


def weight_of(page, path):
    """(bytes when gzipped, number of requests) of a cold load of `path`."""
    bodies = []
    page.on("response", lambda reply: bodies.append(reply))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    sizes = [len(gzip.compress(one.body(), 6)) for one in bodies if one.status == 200]
    return sum(sizes), len(sizes)


def test_a_cold_order_screen_is_light(new_page):
    page = new_page()
    choose_terminal(page)
    sign_in_at_till(page)
    cold = new_page(storage_state=page.context.storage_state())
    weight, requests = weight_of(cold, "/pos/order")
    assert weight <= 150_000
    # Four of script among them, which compare what is shown with the store; on a slow machine six.
    assert requests <= 12
    assert cold.watch.complaints() == []


def test_a_cold_back_office_page_is_light(new_page):
    page = new_page()
    sign_in_to_office(page)
    cold = new_page(storage_state=page.context.storage_state())
    weight, _requests = weight_of(cold, "/backoffice/items")
    assert weight <= 200_000
    assert cold.watch.complaints() == []
