"""Rough hands: double presses, Back, reloads, two tabs, wrong PINs, keys alone, no script."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from backoffice_web.catalog.category import Category
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.publication import Publication
from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from tests.backoffice_web.people.test_photo import picture
from tests.browser.conftest import (
    HeldBack,
    choose_terminal,
    only_refusals,
    sign_in_at_till,
    sign_in_to_office,
)
from tests.cast import employee_of, synced
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD

pytestmark = pytest.mark.browser

DOUBLE = "button => { button.click(); button.click(); }"
HAND_GAP_MS = 60


@pytest.fixture
def till(new_page):
    page = new_page(has_touch=True)
    choose_terminal(page)
    sign_in_at_till(page)
    return page


def tiles(page):
    return page.locator("#tiles .tile[data-tap]")


def quantities(page):
    return page.locator(".order-line-quantity")


def count(database, column, *conditions):
    with database.read() as session:
        return session.scalar(select(func.count(column)).where(*conditions))


def pay_in_cash(page):
    tiles(page).first.click()
    expect(quantities(page)).to_have_text(["1×"])
    page.locator("#pay").click()
    page.wait_for_url("**/payments")
    page.locator("#take").click()
    page.wait_for_url("**/receipts/**")


def test_a_double_press_on_pay_and_on_take_is_one_payment(till, evertill):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.locator("#pay").dblclick()
    till.wait_for_url("**/payments")
    till.locator("#take").dblclick()
    till.wait_for_url("**/receipts/**")
    assert count(evertill.book, Payment.uuid) == 1
    assert count(evertill.book, Order.uuid, Order.state == "finished") == 1
    assert till.watch.complaints() == []


def test_back_after_a_payment_offers_no_second_one(till, evertill):
    pay_in_cash(till)
    for _press in range(3):
        till.go_back()
        expect(till.locator("#take")).to_have_count(0)
    till.goto("/pos/payments")
    till.wait_for_url("**/pos/order")
    expect(quantities(till)).to_have_count(0)
    assert count(evertill.book, Payment.uuid) == 1


def test_a_payment_form_that_stayed_open_in_another_tab_pays_nothing_twice(till, evertill):
    other = till.context.new_page()
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    other.goto("/pos/payments")
    till.locator("#pay").click()
    till.locator("#take").click()
    till.wait_for_url("**/receipts/**")
    other.locator("#take").click()
    expect(other.locator("#toasts .toast, #error-title").first).to_be_visible()
    assert count(evertill.book, Payment.uuid) == 1


def test_two_tabs_at_one_terminal_ring_on_the_same_order(till, evertill):
    other = till.context.new_page()
    other.goto("/pos/order")
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    tiles(other).first.click()
    expect(quantities(other)).to_have_text(["2×"])
    tiles(till).nth(1).click()
    expect(quantities(till)).to_have_text(["2×", "1×"])
    assert count(evertill.book, Order.uuid, Order.state == "open") == 1


def test_a_reload_in_the_middle_of_a_choice_rings_nothing_and_keeps_the_order(till):
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×"])
    till.locator("#tiles .tile[aria-haspopup]").first.click()
    till.locator("#choice[open]").wait_for()
    till.reload()
    expect(till.locator("#choice")).to_have_count(0)
    expect(quantities(till)).to_have_text(["1×"])


def test_a_double_press_on_add_rings_what_was_chosen_once(till):
    till.locator("#tiles .tile[aria-haspopup]").first.click()
    till.locator("#choice[open]").wait_for()
    for group in till.locator("#choice [data-group]").all():
        if group.get_attribute("data-minimum") == "1":
            group.locator("label.option").first.click()
    expect(till.locator("[data-reason]")).to_be_empty()
    till.locator("[data-add]").evaluate(DOUBLE)
    expect(till.locator("#choice")).to_have_count(0)
    # A second request would be on its way already: the next tap is answered after it.
    tiles(till).first.click()
    expect(quantities(till)).to_have_text(["1×", "1×"])


def test_escape_closes_the_choice_and_gives_the_focus_back(till):
    tile = till.locator("#tiles .tile[aria-haspopup]").first
    tile.focus()
    till.keyboard.press("Enter")
    till.locator("#choice[open]").wait_for()
    till.keyboard.press("Escape")
    expect(till.locator("#choice")).to_have_count(0)
    expect(tile).to_be_focused()


def test_wrong_pins_are_counted_and_then_have_to_wait(new_page):
    page = new_page(viewport={"width": 1024, "height": 768})
    page.clock.install()
    choose_terminal(page)
    page.locator(".person", has_text="Cashier").click()
    message = page.locator(".pin-message")
    for left in ("4 tries", "3 tries", "2 tries", "1 try"):
        page.keyboard.type("9999", delay=HAND_GAP_MS)
        expect(message).to_have_text(f"Wrong PIN. {left} left.")
        expect(page.locator("#pin.htmx-request")).to_have_count(0)
    page.keyboard.type("9999", delay=HAND_GAP_MS)
    expect(message).to_have_text(re.compile(r"Too many wrong PINs\. Try again in (30|29|28) seconds\."))
    expect(message).to_have_text(re.compile(r"Too many wrong PINs\. Try again in (27|26|25|24) seconds\."))
    expect(page.locator("#pin.htmx-request")).to_have_count(0)
    page.keyboard.type("1111", delay=HAND_GAP_MS)
    expect(message).to_have_text(re.compile(r"Too many wrong PINs\. Try again in \d+ seconds?\."))
    # Another answer of the page, such as how much waits to be synced, begins no new wait.
    # Nor does it take longer when somebody puts the clock back.
    page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=3))
    page.clock.fast_forward(15_000)
    page.evaluate("document.body.dispatchEvent(new Event('htmx:afterSettle', {bubbles: true}))")
    page.clock.fast_forward(1000)
    expect(message).to_have_text(re.compile(r"Too many wrong PINs\. Try again in 1?\d seconds?\."))
    page.clock.fast_forward(15_000)
    expect(message).to_have_text("You can try again now.")
    # Somebody else can work meanwhile.
    sign_in_at_till(page, role="Manager", pin="2222")


def test_the_login_buttons_are_in_sight_however_many_people_work_here(new_page):
    page = new_page(viewport={"width": 1024, "height": 768})
    choose_terminal(page)
    page.locator(".people").evaluate(
        "people => { for (let n = 0; n < 20; n++) people.append(people.children[0].cloneNode(true)); }"
    )
    for button in ("Time Clock", "Operation", "86 List", "Devices", "Back Office", "Sign Out"):
        expect(page.locator(".login-buttons").get_by_text(button, exact=True)).to_be_in_viewport(ratio=1)
    last = page.locator(".person").last
    last.focus()
    expect(last).to_be_in_viewport(ratio=1)
    assert last.evaluate(
        "one => document.querySelector('.login-buttons').getBoundingClientRect().top"
        " >= one.getBoundingClientRect().bottom"
    )


def press_until(page, key, wanted, most=60):
    """Press `key` until `wanted` has the focus."""
    for _press in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", wanted):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} cannot be reached with {key}")


def test_a_sale_from_login_to_the_next_order_with_keys_alone(new_page, evertill):
    page = new_page()
    choose_terminal(page)
    press_until(page, "Tab", ".person[data-name]")
    press_until(page, "Tab", f"[data-person='{employee_of(evertill, 'cashier')}']")
    page.keyboard.press("Enter")
    page.keyboard.type("1111", delay=HAND_GAP_MS)
    page.wait_for_url("**/pos/order**")
    press_until(page, "Tab", "#tiles .tile")
    press_until(page, "ArrowRight", "#tiles .tile[data-tap]")
    page.keyboard.press("Enter")
    expect(quantities(page)).to_have_text(["1×"])
    page.keyboard.press("F9")
    page.wait_for_url("**/payments")
    page.keyboard.press("F9")
    page.wait_for_url("**/receipts/**")
    press_until(page, "Tab", "a[href$='/order']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pos/order")
    expect(quantities(page)).to_have_count(0)
    assert count(evertill.book, Order.uuid, Order.state == "finished") == 1
    assert page.watch.complaints() == []


@pytest.mark.parametrize("path", ["/backoffice/categories/new", "/backoffice/items/new"])
def test_a_double_press_on_save_and_publish_saves_and_publishes_once(new_page, evertill, path):
    synced(evertill)
    page = new_page()
    sign_in_to_office(page)
    before = count(evertill.office_database, Publication.id)
    page.goto(path)
    page.get_by_label("Name", exact=True).first.fill("Pressed twice")
    if "items" in path:
        for price in page.get_by_label(re.compile("^Price.*(USD|EUR)")).all():
            price.fill("3.00")
    page.get_by_role("button", name="Save and Publish").dblclick()
    expect(page.locator("#toasts .toast")).to_contain_text("Published")
    page.wait_for_url(re.compile("/[0-9a-f]{32}"))
    expect(page.locator(".note-warn, .note-error")).to_have_count(0)
    # One for each of the two stores.
    assert count(evertill.office_database, Publication.id) == before + 2


def test_nobody_is_asked_whether_to_leave_while_a_save_leads_on(new_page):
    page, asked = new_page(), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in_to_office(page)
    page.goto("/backoffice/categories/new")
    page.get_by_label("Name").first.fill("Seasonal")
    # Something else that the page had asked for is answered while the save is on its way.
    page.evaluate(
        """() => document.addEventListener("htmx:beforeRequest", ({ detail }) => {
            if (detail.elt.matches("[data-editor]")) {
                const other = { bubbles: true, detail: { elt: document.body } };
                document.body.dispatchEvent(new CustomEvent("htmx:afterRequest", other));
            }
        })"""
    )
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#toasts .toast").first.wait_for()
    assert asked == []


def test_a_double_press_on_publish_is_one_publication(new_page, evertill):
    page = new_page()
    sign_in_to_office(page)
    page.goto("/backoffice/categories/new")
    page.get_by_label("Name", exact=True).fill("Waiting")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    page.wait_for_url(re.compile("/categories/[0-9a-f]{32}"))
    assert count(evertill.office_database, Category.id, Category.name == "Waiting") == 1
    before = count(evertill.office_database, Publication.id)
    page.goto("/backoffice/publications")
    page.get_by_role("button", name="Publish what is ticked").dblclick()
    expect(page.locator("#toasts .toast")).to_contain_text("Published")
    assert count(evertill.office_database, Publication.id) == before + 2
    assert page.watch.complaints() == []


def test_a_refused_user_keeps_pin_password_and_photo_and_back_meets_no_page_to_send_again(
    new_page, evertill, tmp_path
):
    photo = tmp_path / "noor.jpg"
    photo.write_bytes(picture())
    page = new_page()
    sign_in_to_office(page)
    page.goto("/backoffice/employees/new")
    expect(page.locator(".office-nav [aria-current]")).to_be_in_viewport()
    page.get_by_label("First name").fill("Noor")
    page.get_by_label("Role", exact=True).select_option("cashier")
    page.get_by_label("Harbor Coffee – Boston").check()
    page.get_by_label("PIN", exact=True).fill("1111")
    page.get_by_label("Photo").set_input_files(photo)
    page.get_by_label("Enable User Sign In").check()
    page.get_by_label("Password", exact=True).fill("tide lamp otter ninety")
    page.get_by_label("Confirm password", exact=True).fill("tide lamp otter")
    held = HeldBack(page, "**/employees**")
    # Sent once the page has asked whether the own password is needed first.
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("button", name="Save and Publish").dblclick()
    # Mended while the answer is on its way.
    page.get_by_label("Confirm password", exact=True).fill("tide lamp otter ninety")
    page.get_by_label("Phone").focus()
    held.let_go()
    summary = page.get_by_role("alert").filter(has_text="Please check what you entered")
    for sentence in (
        "Last name: Enter a last name.",
        "Pin already exists",
        "The two passwords are not the same.",
        "Enter the e-mail address to sign in with.",
    ):
        expect(summary).to_contain_text(sentence)
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_value("tide lamp otter ninety")
    expect(page.get_by_label("Confirm password", exact=True)).to_have_value("tide lamp otter ninety")
    page.get_by_label("Last name").fill("Nurse")
    page.get_by_label("PIN", exact=True).fill("4711")
    page.get_by_label("E-mail").fill("noor@evertill.example")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save and Publish").click()
    expect(page.locator("#toasts")).to_contain_text("Internet appears to be offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#toasts")).to_contain_text("User Created Successfully")
    with evertill.office_database.read() as session:
        noor = session.scalars(select(Employee).where(Employee.last_name == "Nurse")).one()
        assert noor.photo is not None and noor.password_hash

    page.go_back()
    expect(page.get_by_role("heading", name="New User")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Noor Nurse")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    page.get_by_label("Phone").fill("+1 617 555 0101")
    page.get_by_role("button", name="Save and Publish").click()
    expect(page.locator("#toasts")).to_contain_text("User Updated Successfully")
    other.get_by_label("Phone").fill("+1 617 555 0202")
    other.get_by_label("New PIN", exact=True).fill("4712")
    other.get_by_role("button", name="Save and Publish").click()
    expect(other.get_by_role("heading", name="Somebody else saved this meanwhile")).to_be_visible()
    expect(other.get_by_label("New PIN", exact=True)).to_have_value("4712")
    other.get_by_role("button", name="Save mine over it").click()
    expect(other.locator("#toasts")).to_contain_text("User Updated Successfully")
    expect(other.get_by_label("Phone")).to_have_value("+1 617 555 0202")


def test_back_after_a_wrong_password_meets_no_page_to_send_again(new_page):
    page = new_page()
    page.goto("/backoffice/")
    page.get_by_label("E-mail").fill(OWNER_EMAIL)
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("The e-mail address or the password is wrong.").wait_for()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.get_by_label("Password", exact=True).fill(OWNER_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Today").wait_for()
    page.goto("/backoffice/profile")
    page.get_by_label("First name").fill("")
    page.get_by_role("button", name="Save and Publish").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_label("First name").fill("Nora")
    page.get_by_role("button", name="Save and Publish").dblclick()
    expect(page.locator("#toasts")).to_contain_text("User Updated Successfully")


def test_back_after_a_refused_bulk_edit_or_code_meets_no_page_to_send_again(new_page):
    page = new_page()
    sign_in_to_office(page)
    page.goto("/backoffice/items?q=espresso")
    page.get_by_label("Select Espresso", exact=True).check()
    page.get_by_role("button", name="Change price").click()
    page.get_by_role("heading", name="Change prices").wait_for()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_label("Value").fill("5")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Save 1 price").dblclick()
    expect(page.locator("#toasts")).to_contain_text("1 item saved")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("espresso")

    page.goto("/backoffice/store-nodes/new")
    page.get_by_role("button", name="Make a code").click()
    expect(page.locator("#error-summary")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("espresso")
    assert only_refusals(page) == []


def test_without_script_the_editors_save_and_publish(new_page, evertill):
    page = new_page(java_script_enabled=False)
    sign_in_to_office(page)
    page.goto("/backoffice/categories/new")
    page.get_by_label("Name", exact=True).fill("Plain form")
    page.get_by_role("button", name="Save and Publish").click()
    expect(page.locator("#toasts .toast")).to_contain_text("Published")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-error").first).not_to_be_empty()
    assert count(evertill.office_database, Category.id, Category.name == "Plain form") == 1
