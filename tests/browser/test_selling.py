"""Selling with fingers, keys and a scanner in a real browser: nothing is lost, nothing happens twice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pos_web.catalog.barcode import normal_code
from tests.browser.conftest import HeldBack, choose_terminal, see_login, sign_in_at_till
from tests.cast import first_store, simple_items

pytestmark = pytest.mark.browser

SCANNER_GAP_MS, HAND_GAP_MS = 8, 90
BURST = "tile => { for (let tap = 0; tap < 5; tap++) tile.click(); }"


@pytest.fixture
def till(new_page):
    """A cashier at Register 1, on the Order screen."""
    page = new_page(has_touch=True)
    choose_terminal(page)
    sign_in_at_till(page)
    # Its own look at the tiles, when it is connected late, is nothing that a test should hold back.
    expect(page.locator("body[data-socket='connected']")).to_be_visible()
    expect(page.locator("#catalog.htmx-request")).to_have_count(0)
    return page


def tiles(page):
    """The tiles that ring at once."""
    return page.locator("#tiles .tile[data-tap]")


def quantities(page):
    return page.locator(".order-line-quantity")


def barcode(evertill):
    """A code of an item that needs no choice, as its 13 digits are printed, and the item's name."""
    store = first_store(evertill)
    simple = [item for _key, item in simple_items(evertill, store)]
    code, name = min((normal_code(code), item.name) for item in simple for code in item.variants[0].barcodes)
    return code[1:], name


def scan(page, code):
    """What a scanner does. The system stamps a key when it is pressed, however late a busy page gets it."""
    page.evaluate(
        """async ([code, gap]) => {
          let pressed = performance.now();
          for (const key of [...code, 'Enter']) {
            const target = document.activeElement ?? document.body;
            const event = new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});
            Object.defineProperty(event, 'timeStamp', {value: pressed += gap});
            const goesOn = target.dispatchEvent(event);
            if (goesOn && key === 'Enter') { target.click?.(); }
            if (goesOn && key !== 'Enter' && target.matches('input')) {
              target.value += key;
              target.dispatchEvent(new Event('input', {bubbles: true}));
            }
            await new Promise(done => setTimeout(done, gap));
          }
        }""",
        [code, SCANNER_GAP_MS],
    )


def test_five_quick_taps_ring_five(till):
    tiles(till).first.evaluate(BURST)
    expect(quantities(till)).to_have_text(["5×"])
    expect(till.locator("#pay")).not_to_have_attribute("aria-disabled", "true")
    assert till.watch.complaints() == []


def test_taps_on_several_tiles_ring_each(till):
    for index in (0, 1, 2, 0):
        tiles(till).nth(index).evaluate("tile => tile.click()")
    expect(quantities(till)).to_have_text(["2×", "1×", "1×"])
    # At 200 % zoom a till has a quarter of its room: the lines and Pay are in sight all the same.
    for width, height in ((512, 384), (410, 590)):
        till.set_viewport_size({"width": width, "height": height})
        expect(till.locator(".order-line").last).to_be_in_viewport()
        expect(till.locator("#pay")).to_be_in_viewport(ratio=1)
        assert till.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_focus_stays_on_the_tile_that_was_pressed(till):
    tiles(till).nth(1).focus()
    till.keyboard.press("Enter")
    expect(quantities(till)).to_have_count(1)
    assert till.evaluate("document.activeElement.id") == tiles(till).nth(1).get_attribute("id")


def test_a_scan_rings_its_item_and_does_not_press_what_has_focus(till, evertill):
    code, name = barcode(evertill)
    tiles(till).nth(0).focus()
    scan(till, code)
    expect(till.locator(".order-line-name")).to_have_text([name])


def test_a_scan_into_a_half_typed_search_leaves_it_as_it_was(till, evertill):
    code, name = barcode(evertill)
    till.focus("#q")
    till.keyboard.type("mil", delay=HAND_GAP_MS)
    scan(till, code)
    expect(till.locator(".order-line-name")).to_have_text([name])
    assert till.input_value("#q") == "mil"


def test_two_scans_in_a_row_ring_both(till, evertill):
    code, _name = barcode(evertill)
    scan(till, code)
    scan(till, code)
    expect(quantities(till)).to_have_text(["2×"])


def test_typing_by_hand_searches_and_a_typed_code_rings(till, evertill):
    code, name = barcode(evertill)
    till.focus("#q")
    till.keyboard.type("espresso", delay=HAND_GAP_MS)
    expect(till.locator("#tiles .tile-name").first).to_contain_text("spresso")
    till.fill("#q", "")
    till.keyboard.type(code, delay=HAND_GAP_MS)
    till.keyboard.press("Enter")
    expect(till.locator(".order-line-name")).to_have_text([name])
    assert till.input_value("#q") == ""


def test_an_unknown_code_is_said(till):
    scan(till, "4006381333924")
    expect(till.locator("#toasts")).to_contain_text("No item has the code 4006381333924.")
    expect(quantities(till)).to_have_count(0)


def test_a_tap_without_an_answer_is_repeated_under_its_own_id(till):
    sent = []
    till.on("request", lambda request: sent.append(request) if request.url.endswith("/order/lines") else None)
    till.context.set_offline(True)
    tiles(till).first.click()
    expect(till.locator("#toasts")).to_contain_text("Internet appears to be offline. Please try again later")
    # Still without a line, "Try again" says so again.
    till.locator("#toasts").get_by_role("button", name="Try again").click()
    expect(till.locator("#toasts")).to_contain_text("Internet appears to be offline. Please try again later")
    till.context.set_offline(False)
    # The tile is painted anew meanwhile.
    with till.expect_response("**/tiles**"):
        till.evaluate("document.body.dispatchEvent(new CustomEvent('catalog:stale'))")
    expect(till.locator("#catalog.htmx-request")).to_have_count(0)
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    ids = [re.search(r"tap=(\w+)", request.post_data)[1] for request in sent]
    assert len(ids) == 3 and len(set(ids)) == 1
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["2×"])


def test_what_was_tapped_is_rung_though_its_tile_goes_and_pay_waits_for_it(till):
    held = HeldBack(till, "**/order/lines")
    tiles(till).first.click()
    till.locator("#pay").evaluate("pay => pay.click()")
    # Whoever is told that a tap was not rung stays where they are.
    till.wait_for_function("document.querySelector('#pay[aria-busy]')")
    held.first().abort()
    expect(till.locator("#toasts")).to_contain_text("Internet appears to be offline")
    expect(till.locator("#pay[aria-busy]")).to_have_count(0)

    for index in (0, 1):
        tiles(till).nth(index).evaluate("tile => tile.click()")
    till.fill("#q", "nothing is called so")
    expect(till.locator("#tiles")).to_have_count(0)
    till.locator("#pay").evaluate("pay => pay.click()")
    held.let_go()
    till.wait_for_url("**/payments")
    till.get_by_role("link", name="Back to order").click()
    expect(quantities(till)).to_have_text(["1×", "1×"])


def test_a_search_and_a_tab_are_not_undone_by_what_comes_in_between(till):
    held = HeldBack(till, "**/tiles**")
    with till.expect_request("**/tiles**q=latte**"):
        till.fill("#q", "latte")
    till.evaluate("document.body.dispatchEvent(new CustomEvent('catalog:stale'))")
    with till.expect_request("**/tiles**"):
        held.let_one_go()
    held.let_one_go()
    expect(till.locator("#catalog.htmx-request")).to_have_count(0)
    expect(till.locator(".tile-name").first).to_contain_text("atte")

    # The search for what was typed a moment before the tab was chosen.
    with till.expect_request("**/tiles**q=&**"):
        till.evaluate("""() => {
            document.getElementById("q").value = "mocha";
            document.getElementById("q").dispatchEvent(new Event("input", {bubbles: true}));
            document.getElementById("tab-2").click();
        }""")
    held.let_go()
    expect(till.locator("#tab-2")).to_have_attribute("aria-current", "true")
    expect(till.locator("#q")).to_have_value("")


def test_the_dialog_says_what_is_missing_and_counts_the_price(till):
    till.locator("#tiles .tile[aria-haspopup]").first.click()
    till.locator("#choice[open]").wait_for()
    add = till.locator("[data-add]")
    required = till.locator("#choice [data-group]").filter(has=till.locator("input[type=radio]")).first
    if add.get_attribute("aria-disabled") == "true":
        expect(till.locator("[data-reason]")).not_to_be_empty()
        required.locator("label.option").first.click()
    expect(till.locator("[data-reason]")).to_be_empty()
    expect(till.locator("[data-running-price]")).to_have_text(re.compile(r"\$\d+\.\d\d"))
    shown = till.locator("[data-running-price]").inner_text().strip("$")
    add.click()
    expect(till.locator("#choice")).to_have_count(0)
    expect(till.locator(".order-line-amount")).to_have_text([shown])


def test_the_quantity_takes_the_focus_also_when_another_answer_settles_first(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.evaluate("""() => {
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "F2", bubbles: true}));
        document.body.dispatchEvent(new CustomEvent("htmx:afterSettle", {bubbles: true, detail: {}}));
    }""")
    expect(till.locator("[id^=quantity-]")).to_be_focused()


def test_keys_change_the_quantity_hold_and_pay(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.keyboard.press("F2")
    expect(till.locator("[id^=quantity-]")).to_be_focused()
    till.keyboard.type("7")
    till.keyboard.press("Enter")
    expect(quantities(till)).to_have_text(["7×"])
    till.keyboard.press("F8")
    till.locator("#hold-order").get_by_label("Note").fill("Table 4")
    till.keyboard.press("Enter")
    expect(till.locator("#recall-button .count")).to_have_text("1")
    till.locator("#recall-button").click()
    till.locator("#holds .list-row").click()
    expect(quantities(till)).to_have_text(["7×"])
    till.keyboard.press("F9")
    till.wait_for_url("**/payments")


def test_three_presses_on_take_are_one_payment_and_one_page_of_paper(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.locator("#pay").click()
    till.wait_for_url("**/payments")
    till.locator(".quick-cash .button").nth(1).click()
    expect(till.locator("#take")).to_contain_text(re.compile(r"Take \$\d+\.00 cash"))
    sent = []
    till.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    till.locator("#take").evaluate(BURST)
    till.wait_for_url("**/receipts/**")
    assert len([url for url in sent if "/payments/" in url]) == 1
    expect(till.locator("#change-due")).not_to_have_text("$0.00")
    paper = till.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert len(boxes) == 1
    assert abs(float(boxes[0][0]) * 25.4 / 72 - 80) < 0.5
    till.get_by_role("link", name="New order").click()
    expect(quantities(till)).to_have_count(0)


def test_nobody_asks_for_another_amount_once_the_money_is_taken(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.locator("#pay").click()
    till.wait_for_url("**/payments")
    asked = HeldBack(till, "**/payments?**")
    taking = HeldBack(till, "**/payments/cash")
    ask = "received.dispatchEvent(new CustomEvent('amount-changed', {bubbles: true}))"
    with till.expect_request("**/payments?**"):
        till.evaluate(ask)
    with till.expect_event("requestfailed", lambda request: "/payments?" in request.url):
        till.locator("#take").evaluate("take => take.click()")
    till.evaluate(ask)
    till.evaluate("document.getElementById('quick-2').click()")
    taking.let_go()
    till.wait_for_url("**/receipts/**")
    assert len(asked.waiting) == 1


def test_the_pad_types_amounts_as_a_cash_register(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.locator("#pay").click()
    till.wait_for_url("**/payments")
    for digit in "2000":
        till.locator(f"[data-amount-pad] [data-digit='{digit}']").click()
    expect(till.locator("#received")).to_have_value("20.00")
    expect(till.locator("#take")).to_have_text("Take $20.00 cash")
    till.locator("[data-amount-pad] [data-digit=back]").click()
    expect(till.locator("#take")).to_have_text("Take $2.00 cash")


def test_an_untouched_till_locks_and_keeps_the_order(new_page):
    page = new_page()
    page.clock.install()
    choose_terminal(page)
    sign_in_at_till(page)
    tiles(page).first.click()
    expect(quantities(page)).to_have_text(["1×"])
    page.clock.fast_forward("03:00")
    see_login(page)
    sign_in_at_till(page)
    expect(quantities(page)).to_have_text(["1×"])


def test_the_pin_pad_counts_digits_and_a_wrong_pin_starts_anew(new_page):
    page = new_page()
    choose_terminal(page)
    page.locator(".person", has_text="Cashier").click()
    page.keyboard.type("12")
    expect(page.get_by_role("img", name="2 of 4 digits entered")).to_be_visible()
    page.keyboard.press("Backspace")
    page.locator("#pin [data-digit='3']").click()
    page.keyboard.type("45")
    expect(page.locator(".pin-message")).to_have_text("Wrong PIN. 4 tries left.")
    expect(page.get_by_role("img", name="0 of 4 digits entered")).to_be_visible()
    sign_in_at_till(page)


def test_a_pin_alone_signs_in_whoever_has_it(new_page):
    page = new_page()
    choose_terminal(page)
    expect(page.get_by_role("heading", name="Enter your PIN")).to_be_visible()
    page.keyboard.type("9999")
    expect(page.locator(".pin-message")).to_have_text("Wrong PIN. 4 tries left.")
    for digit in "2222":
        page.locator(f"#pin [data-digit='{digit}']").click()
    page.wait_for_url("**/pos/order**")
    expect(page.get_by_text("Daniel").first).to_be_visible()
