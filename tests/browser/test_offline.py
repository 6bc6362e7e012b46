"""The bar under the header in a real browser: which line is cut, what still works, and when it is back."""

from datetime import datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import axe_violations, choose_terminal, sign_in_at_till
from tests.cast import first_store, synced
from tests.office_line import office_gone

pytestmark = pytest.mark.browser

OFFLINE = "Internet appears to be offline. Please try again later"
# The bar must be there within five seconds of the loss.
SOON_MS = 5000
# At once, whatever lies over it.
PRESS_ORDERS = """document.querySelector('a[href$="/orders"]').click()"""


@pytest.fixture
def till(new_page, evertill):
    synced(evertill)
    # Its clock runs in another zone than the store's.
    page = new_page(timezone_id="Asia/Tokyo")
    choose_terminal(page)
    connected(page)
    return page


def connected(page):
    expect(page.locator("body")).to_have_attribute("data-socket", "connected")


def cut(reason):
    """What the page hears when its socket breaks off."""
    event = f'new CustomEvent("socket:disconnected", {{ detail: {{ reason: "{reason}" }} }})'
    return f"document.body.dispatchEvent({event})"


# Where the bar is: from under the header on, over the whole width of the screen.
IS_UNDER_THE_HEADER = """() => {
    const bar = document.querySelector("#office-line .bar").getBoundingClientRect();
    const header = document.querySelector(".pos-header").getBoundingClientRect();
    return bar.top >= header.bottom - 1 && bar.left <= 0 && bar.right >= innerWidth;
}"""


def toast(page, title):
    return page.locator("#toasts .toast", has_text=title)


def office_bar(page):
    return page.locator("#office-line .bar")


def test_a_till_that_loses_its_store_node_says_so_keeps_what_was_typed_and_comes_back(till, live):
    sign_in_at_till(till)
    connected(till)
    till.locator("input[type=search]").first.fill("cof")
    where = till.url
    live.stop()
    # Before the bar is there: a link would lead to the browser's own error page, and what was typed be gone.
    expect(till.locator("body")).to_have_attribute("data-socket", "disconnected")
    till.evaluate(PRESS_ORDERS)
    expect(toast(till, OFFLINE)).to_be_visible()
    assert till.url == where
    expect(till.locator("#till-line")).to_be_visible(timeout=SOON_MS)
    in_store = datetime.now(ZoneInfo("America/New_York"))
    times = [f"{in_store - timedelta(minutes=ago):%-I:%M %p}" for ago in (0, 1)]
    said = till.locator("#till-line").inner_text().replace("\u202f", " ")
    assert any(f"This till lost its store node at {time}." in said for time in times), said
    expect(till.locator("input[type=search]").first).to_have_value("cof")

    toast(till, OFFLINE).get_by_role("button", name="Dismiss").click()
    till.evaluate(PRESS_ORDERS)
    expect(toast(till, OFFLINE)).to_be_visible()
    assert till.url == where

    live.start()
    expect(toast(till, "Back online")).to_be_visible()
    expect(till.locator("#till-line")).to_be_hidden()


def test_a_link_on_a_line_that_flaps_is_followed_and_one_on_a_silent_line_given_up(
    till, evertill, monkeypatch
):
    sign_in_at_till(till)
    connected(till)
    till.evaluate(f"() => {{ {cut('transport close')}; {PRESS_ORDERS}; }}")
    till.wait_for_url("**/pos/orders")

    # Nobody answers what is asked for, and then the socket misses its ping.
    answers = Event()
    monkeypatch.setitem(evertill.pos.view_functions, "order.show", lambda: str(answers.wait(60)))
    where = till.url
    with till.expect_event("requestfailed", lambda request: request.url.endswith("/pos/order")):
        till.evaluate(
            f"""() => {{
                document.querySelector('a[href$="/pos/order"]').click();
                setTimeout(() => {cut("ping timeout")}, 500);
            }}"""
        )
    expect(toast(till, "Back online")).to_be_visible()
    assert till.url == where
    answers.set()


def test_a_form_on_a_silent_line_keeps_what_was_typed_and_is_pressed_again(till, evertill, monkeypatch):
    sign_in_at_till(till)
    connected(till)
    till.locator("button.tile[hx-post]").first.click()
    expect(till.locator(".order-line")).to_have_count(1)
    held = evertill.pos.view_functions["holds.create"]
    answers = Event()
    # It is done in the end, but nobody hears of it.
    monkeypatch.setitem(evertill.pos.view_functions, "holds.create", lambda: answers.wait(60) and held())
    till.get_by_role("button", name="Hold").click()
    dialog = till.get_by_role("dialog", name="Hold this order?")
    dialog.get_by_label("Note (optional)").fill("Table 12, Mrs Weber")
    where = till.url
    with till.expect_event("requestfailed", lambda request: request.url.endswith("/pos/holds")):
        till.evaluate(
            f"""() => {{
                document.querySelector("#hold-order [type=submit]").click();
                setTimeout(() => {cut("ping timeout")}, 500);
            }}"""
        )
    unknown = toast(till, "It is not known whether this was done.")
    expect(unknown).to_contain_text("What you typed is kept.")
    expect(dialog.get_by_label("Note (optional)")).to_have_value("Table 12, Mrs Weber")
    assert till.url == where

    expect(toast(till, "Back online")).to_be_visible()
    answers.set()
    unknown.get_by_role("button", name="Dismiss").click()
    dialog.get_by_role("button", name="Hold", exact=True).click()
    expect(toast(till, "is on hold")).to_be_visible()
    expect(till.locator(".order-line")).to_have_count(0)


def test_a_till_that_is_locked_without_its_store_node_locks_when_it_is_back(till, live):
    sign_in_at_till(till)
    connected(till)
    live.stop()
    expect(till.locator("#till-line")).to_be_visible(timeout=SOON_MS)
    till.get_by_role("button", name="Lock", exact=True).first.click()
    assert "/order" in till.url
    live.start()
    expect(till.get_by_role("heading", name="Who is working?")).to_be_visible()


def test_a_press_on_sync_without_a_store_node_gives_the_known_words_and_the_bar(till):
    till.context.set_offline(True)
    till.get_by_role("button", name="Sync", exact=True).click()
    expect(toast(till, OFFLINE)).to_be_visible()
    expect(till.locator("#till-line")).to_be_visible(timeout=SOON_MS)
    assert axe_violations(till) == []
    till.context.set_offline(False)
    expect(toast(till, "Back online")).to_be_visible()


def test_a_till_whose_socket_never_comes_about_knows_its_line_all_the_same(new_page, live):
    page = new_page()
    page.add_init_script(
        """window.WebSocket = class {
          constructor() { setTimeout(() => this.onerror(new Event("error"))); }
          close() {}
        }"""
    )
    choose_terminal(page)
    # Again and again it looks, is answered, and says nothing.
    for _look in range(2):
        page.wait_for_event("response", lambda answer: "/syncs/status?places=" in answer.url)
    expect(page.locator("#till-line")).to_be_hidden()
    live.stop()
    expect(page.locator("#till-line")).to_be_visible()
    live.start()
    expect(toast(page, "Back online")).to_be_visible()


def test_a_toast_is_spoken_in_whole_sentences(till):
    till.evaluate("window.evertill.toasts.show('error', 'The disk is full.', 'Nothing was changed.')")
    expect(till.locator("body > [data-spoken=alert]")).to_have_text("The disk is full. Nothing was changed")


def test_a_line_that_flaps_shows_nothing(till):
    till.evaluate(
        """() => {
            window.shown = 0;
            const line = document.getElementById("till-line");
            const count = () => { window.shown += line.hidden ? 0 : 1; };
            new MutationObserver(count).observe(line, { attributes: true });
            document.body.addEventListener("socket:disconnected", () => (window.wasCut = true));
            window.evertill.socket.io.engine.close();
        }"""
    )
    till.wait_for_function("window.wasCut")
    connected(till)
    assert till.evaluate("window.shown") == 0


def test_a_store_without_its_office_says_so_sells_on_and_sends_when_it_is_back(till, evertill):
    store = first_store(evertill)
    sign_in_at_till(till)
    with office_gone(evertill):
        till.locator("#sync-order-button").click()
        expect(toast(till, OFFLINE)).to_be_visible()
        expect(office_bar(till)).to_contain_text("Offline since")
        expect(office_bar(till)).to_contain_text("sales continue")
        assert axe_violations(till) == []
        assert till.evaluate(IS_UNDER_THE_HEADER)
        till.locator("button.tile[hx-post]").first.click()
        expect(till.locator(".order-line")).to_have_count(1)
        till.get_by_role("link", name="Pay").click()
        till.wait_for_url("**/payments**")
        for width, height in ((1024, 768), (820, 1180)):
            till.set_viewport_size({"width": width, "height": height})
            expect(office_bar(till)).to_contain_text("Offline since")
            assert till.evaluate(IS_UNDER_THE_HEADER)
    evertill.agent.sync(store.id, by="test")
    expect(toast(till, "Back online")).to_be_visible()
    expect(office_bar(till)).to_have_count(0)
    assert [one for one in till.watch.complaints() if "ERR_" not in one] == []
