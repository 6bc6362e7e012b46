"""Two tills and the office in real browsers: 86 on one is seen on the other, the office sets a till."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import choose_terminal, sign_in_at_till, sign_in_to_office
from tests.browser.test_selling import scan

pytestmark = pytest.mark.browser


def test_86_on_one_till_is_seen_on_the_other_at_once(new_page):
    bar, front = new_page(), new_page()
    choose_terminal(front)
    sign_in_at_till(front)
    choose_terminal(bar, "Register 2")
    sign_in_at_till(bar, role="Manager", pin="2222")
    expect(front.locator("body[data-socket='connected']")).to_be_visible()
    bar.goto("/pos/sold-out?q=espresso")
    expect(bar.locator("body[data-socket='connected']")).to_be_visible()
    tile = front.locator(".tile", has_text="Espresso").first
    expect(tile).not_to_contain_text("Sold out")
    bar.get_by_role("button", name="Espresso: sold out", exact=True).click()
    undo = bar.locator(".toast").get_by_role("button", name="Undo")
    # With the focus it stays.
    undo.focus()
    # Nobody told the page to look: it does so only when it is told, or connects anew.
    expect(tile).to_contain_text("Sold out")
    tile.click()
    expect(front.locator(".toast-error")).to_contain_text("Espresso is sold out")
    expect(front.locator("#order .order-line")).to_have_count(0)
    # Undo in the toast brings it back everywhere.
    undo.click()
    expect(bar.get_by_text("Nothing is sold out")).to_be_visible()
    expect(tile).not_to_contain_text("Sold out")
    assert bar.watch.complaints() == []
    # A cashier asks for it, which is no failure.
    front.goto("/pos/sold-out?q=espresso")
    front.get_by_role("button", name="Espresso: sold out", exact=True).click()
    expect(front.get_by_role("heading", name="Ask a manager")).to_be_visible()
    expect(front.locator(".toast-error")).to_have_count(0)


# Whatever can be pressed and lies, even in part, under a toast.
COVERED = """() => {
  const toasts = [...document.querySelectorAll('.toast')].map((toast) => toast.getBoundingClientRect());
  const isUnder = (area) => toasts.some((toast) => area.left < toast.right && toast.left < area.right
    && area.top < toast.bottom && toast.top < area.bottom);
  return [...document.querySelectorAll('main :is(a, button), header :is(a, button, input)')]
    .filter((one) => one.offsetParent && isUnder(one.getBoundingClientRect())).map((one) => one.textContent);
}"""


def test_on_the_86_list_no_toast_covers_anything_to_press(new_page):
    page = new_page(color_scheme="dark")
    page.clock.install()
    choose_terminal(page)
    sign_in_at_till(page, role="Manager", pin="2222")
    page.goto("/pos/sold-out?q=milk")
    # Toasts go by themselves, but not while the clock stands.
    page.clock.pause_at(datetime.now() + timedelta(seconds=5))
    for button in page.locator("#sold-out .button-danger").all()[:3]:
        name = button.get_attribute("aria-label").removesuffix(": sold out")
        page.get_by_role("button", name=f"{name}: sold out", exact=True).click()
        expect(page.get_by_role("button", name=f"{name}: available again")).to_be_visible()
    expect(page.locator(".toast")).to_have_count(3)
    for width, height in ((1024, 768), (820, 1180), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(COVERED) == [], (width, height)
    assert page.watch.complaints() == []


# Names of tiles that end in the middle of a line, or lie on the price.
HALF_LINES = """() => [...document.querySelectorAll('.tile')].filter(tile => {
  const name = tile.querySelector('.tile-name'), price = tile.querySelector('.tile-price');
  const lines = name.clientHeight / parseFloat(getComputedStyle(name).lineHeight);
  const isOver = name.getBoundingClientRect().bottom > price.getBoundingClientRect().top;
  return Math.abs(lines - Math.round(lines)) > 0.05 || isOver;
}).map(tile => tile.innerText)"""


def test_settings_of_the_office_are_on_the_open_till_at_once(new_page):
    till, office = new_page(color_scheme="light"), new_page()
    choose_terminal(till)
    sign_in_at_till(till, role="Manager", pin="2222")
    expect(till.locator("body[data-socket='connected']")).to_be_visible()
    sign_in_to_office(office)
    office.goto("/backoffice/terminals")
    office.get_by_role("link", name="Register 1").first.click()
    office.get_by_role("link", name="POS Settings").click()
    office.get_by_label("Theme").select_option("dark")
    office.get_by_label("Text size").select_option("largest")
    office.get_by_role("button", name="Save Changes").click()
    expect(till.locator("html[data-theme='dark'][data-text-size='largest']")).to_be_visible()
    assert till.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
    till.set_viewport_size({"width": 1024, "height": 768})
    assert till.evaluate(HALF_LINES) == []
    expect(office.locator("#asked").get_by_text("Done", exact=True)).to_be_visible()
    assert office.watch.complaints() == [] and till.watch.complaints() == []


def test_scans_sound_and_lose_the_scanners_prefix(new_page):
    page = new_page()
    choose_terminal(page)
    sign_in_at_till(page, role="Manager", pin="2222")
    page.goto("/pos/pos-settings")
    page.get_by_label("Scanner prefix").fill("~~")
    page.locator("#terminal-settings").get_by_role("button", name="Save Changes").click()
    expect(page.locator(".toast", has_text="Settings saved")).to_be_visible()
    page.goto("/pos/order")
    page.evaluate(
        "document.body.addEventListener('sound:played', ({detail}) => document.body.dataset.cue = detail.cue)"
    )
    with page.expect_request("**/pos/scans") as unknown:
        scan(page, "~~99999999")
    assert "code=99999999" in unknown.value.post_data
    expect(page.locator("body[data-cue='scan-unknown']")).to_be_visible()
