"""The sync control in a real browser: three places, one request, and no update under a finger."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from backoffice_web.catalog.draft import draft_of_item
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.save_item import save_item
from backoffice_web.publishing.publish import publish
from sync_contract.notice import Notice
from tests.browser.conftest import HeldBack, axe_violations, choose_terminal, sign_in_at_till
from tests.cast import first_store, synced

pytestmark = pytest.mark.browser

OFFLINE = "Internet appears to be offline. Please try again later"
WIDTH, HEIGHT = 1366, 768


def publish_price(evertill, name, cents, *, urgent=False, tells=True):
    """Change an item's price in every list and publish it to the first store."""
    now, store = datetime.now(UTC), first_store(evertill)
    with evertill.office_database.write() as session:
        item = session.scalars(select(Item).where(Item.name == name)).one()
        draft = draft_of_item(item)
        variants = tuple(replace(each, prices=dict.fromkeys(each.prices, cents)) for each in draft.variants)
        save_item(session, replace(draft, variants=variants), item_id=item.id, by="Aylin D.", now=now)
        (result,) = publish(
            session, stores=[store.id], records=[("item", item.id)], by="Aylin D.", now=now, urgent=urgent
        )
        session.commit()
    if tells:
        evertill.agent.notice(Notice(store=store.id, version=result.version, urgent=urgent))
    return result.version


@pytest.fixture
def till(new_page, evertill):
    """A page at the Login screen of Register 1, its store in step."""
    synced(evertill)
    page = new_page()
    choose_terminal(page)
    expect(page.locator("body")).to_have_attribute("data-socket", "connected")
    return page


def toast(page, title):
    return page.locator("#toasts .toast", has_text=title)


def a_tile(page):
    """A favourite with one variant and no choices: name and the element."""
    tile = page.locator("button.tile[hx-post]").first
    return tile.locator(".tile-name").inner_text(), tile


def syncs(page):
    return [url for method, url in page.watch.requests if method == "POST" and url.endswith("/syncs")]


def test_sync_is_where_it_belongs_and_answers_at_the_upper_right(till):
    button = till.get_by_role("button", name="Sync", exact=True)
    box = button.bounding_box()
    assert box["x"] > 0.6 * WIDTH
    assert box["y"] + box["height"] < 0.25 * HEIGHT
    button.click()
    expect(toast(till, "Synced successfully")).to_contain_text("Already up to date")
    box = toast(till, "Synced successfully").bounding_box()
    assert box["x"] > WIDTH / 2
    assert box["y"] + box["height"] < HEIGHT / 3

    sign_in_at_till(till)
    button = till.get_by_role("button", name="Sync Back Office", exact=True).first
    box = button.bounding_box()
    assert box["x"] + box["width"] < 0.4 * WIDTH
    assert box["y"] > 0.75 * HEIGHT
    assert min(box["width"], box["height"]) >= 56
    button.click()
    expect(toast(till, "Synced successfully")).to_be_visible()

    till.get_by_role("link", name="Operations").click()
    rows = till.locator("#operations button:visible, #operations a:visible")
    assert rows.last.inner_text().strip() == "Sync Back Office"
    rows.last.click()
    expect(toast(till, "Synced successfully")).to_be_visible()
    assert till.watch.complaints() == []


def test_three_presses_over_three_controls_send_one_request_and_keep_the_focus(till, evertill):
    sign_in_at_till(till)
    till.evaluate("document.querySelector('#operations').show()")
    before = len(syncs(till))
    till.locator("#sync-order-button").focus()
    till.evaluate(
        """() => {
            for (const id of ["sync-order", "sync-operations", "sync-order"]) {
                document.getElementById(`${id}-button`).click();
            }
        }"""
    )
    expect(toast(till, "Synced successfully")).to_be_visible()
    expect(till.locator("#sync-order-button")).not_to_have_attribute("aria-busy", "true")
    assert len(syncs(till)) == before + 1
    assert till.evaluate("document.activeElement.id") == "sync-order-button"
    assert till.watch.complaints() == []


def test_a_published_price_arrives_by_itself_with_a_toast_of_its_own(till, evertill):
    sign_in_at_till(till)
    name, _tile = a_tile(till)
    version = publish_price(evertill, name, 1234, urgent=True)
    expect(till.locator("button.tile[hx-post]", has_text=name)).to_contain_text("12.34")
    expect(toast(till, "Updates applied")).to_contain_text(f"1 change applied · v{version} · Aylin D.")
    expect(till.locator("body")).to_have_attribute("data-version", str(version))
    assert till.watch.complaints() == []


def test_an_update_that_waits_for_its_period_is_shown_and_a_press_fetches_it(till, evertill):
    sign_in_at_till(till)
    name, _tile = a_tile(till)
    version = publish_price(evertill, name, 1234)
    expect(till.locator("#sync-order-words")).to_have_text("1 update waiting")
    expect(till.locator("#sync-order .sync-badge")).to_have_text("1")
    till.locator("#sync-order-button").click()
    expect(toast(till, "Synced successfully")).to_contain_text(f"1 change applied · v{version}")
    expect(till.locator("button.tile[hx-post]", has_text=name)).to_contain_text("12.34")
    expect(till.locator("#sync-order-words")).to_contain_text("Synced")
    expect(till.locator("#sync-order .sync-badge")).to_have_count(0)


def test_news_on_the_way_do_not_swallow_what_the_page_tells_of_itself(till):
    sign_in_at_till(till)
    expect(till.locator("body")).to_have_attribute("data-socket", "connected")
    version = int(till.locator("body").get_attribute("data-version"))
    looks = HeldBack(till, "**/syncs/status**")
    with till.expect_request("**/syncs/status**"):
        till.evaluate("document.body.dispatchEvent(new CustomEvent('pos:notice'))")
    tell = "([name, detail]) => document.body.dispatchEvent(new CustomEvent(name, { detail }))"
    till.evaluate(tell, ["pos:applied", {"version": version + 1}])
    expect(till.locator("body")).to_have_attribute("data-version", str(version + 1))
    till.evaluate(tell, ["pos:state", {}])
    till.evaluate(tell, ["pos:state", {}])
    with till.expect_request(lambda request: f"since={version}" in (request.post_data or "")):
        looks.let_go()


def test_nothing_changes_while_a_dialog_is_open(till, evertill):
    sign_in_at_till(till)
    name, tile = a_tile(till)
    old = tile.inner_text()
    expect(till.locator("body")).to_have_attribute("data-socket", "connected")
    till.get_by_role("link", name="Operations").click()
    # A look is on its way and one waits behind it when the news comes: what it leads to is told all the same.
    looks = HeldBack(till, "**/syncs/status**")
    with till.expect_request("**/syncs/status**"):
        till.evaluate(
            """() => {
              window.applied = new Promise(done => document.body.addEventListener("pos:applied", done));
              for (const _ of [1, 2]) document.body.dispatchEvent(new CustomEvent("pos:notice"));
            }"""
        )
    publish_price(evertill, name, 1234, urgent=True)
    till.evaluate("window.applied.then(() => null)")
    with till.expect_request("**/syncs/status**deferred=1**"):
        looks.let_go()
    expect(till.locator("#sync-order-words")).to_have_text("Updates show after this sale")
    assert tile.inner_text() == old
    till.get_by_role("button", name="Close").first.click()
    expect(till.locator("button.tile[hx-post]", has_text=name)).to_contain_text("12.34")


def test_the_tile_that_was_pressed_last_shows_its_new_price_too(till, evertill):
    sign_in_at_till(till)
    name, tile = a_tile(till)
    tile.focus()
    publish_price(evertill, name, 1234, urgent=True)
    expect(till.locator("button.tile[hx-post]", has_text=name)).to_contain_text("12.34")
    assert name in till.evaluate("document.activeElement.innerText")


def test_a_till_that_missed_the_notice_catches_up_when_it_reconnects(till, evertill):
    sign_in_at_till(till)
    name, _tile = a_tile(till)
    expect(till.locator("body")).to_have_attribute("data-socket", "connected")
    till.evaluate("window.evertill.socket.io.engine.close()")
    publish_price(evertill, name, 1234, tells=False)
    synced(evertill)
    expect(till.locator("button.tile[hx-post]", has_text=name)).to_contain_text("12.34")


def test_a_press_without_a_line_says_so_in_the_known_words(till):
    till.context.set_offline(True)
    till.get_by_role("button", name="Sync", exact=True).click()
    expect(toast(till, OFFLINE)).to_be_visible()
    expect(till.locator("#sync-login-button")).not_to_have_attribute("aria-busy", "true")
    till.context.set_offline(False)
    toast(till, OFFLINE).get_by_role("button", name="Try again").click()
    expect(toast(till, "Synced successfully")).to_be_visible()


def test_the_details_tell_what_changed(till, evertill):
    sign_in_at_till(till)
    name, _tile = a_tile(till)
    publish_price(evertill, name, 1234)
    expect(till.locator("#sync-order-words")).to_have_text("1 update waiting")
    till.locator("#sync-order-button").click()
    expect(toast(till, "Synced successfully")).to_be_visible()
    till.locator("#sync-order-words").click()
    sheet = till.locator("#sync-details")
    expect(sheet).to_contain_text(name)
    expect(sheet.locator("ins").first).to_have_text("12.34")
    expect(sheet).to_contain_text("published by Aylin D.")
    # A toast that is still fading in has no contrast of its own yet.
    till.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => null)")
    assert axe_violations(till) == []
    assert till.watch.complaints() == []


def test_sync_works_without_script(new_page, evertill):
    synced(evertill)
    page = new_page(java_script_enabled=False)
    choose_terminal(page)
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page.get_by_text("Who is working?")).to_be_visible()
    expect(page.locator("#toasts .toast-title")).to_have_text("Synced successfully")


def test_the_page_tells_its_store_node_which_version_it_shows(till, evertill):
    from pos_web.terminals.terminal import Terminal

    version = int(till.locator("body").get_attribute("data-version"))
    with till.expect_response("**/syncs/shown"):
        till.reload()
    with evertill.book.read() as session:
        assert version in {each.shown_version for each in session.scalars(select(Terminal))}
