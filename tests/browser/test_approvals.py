"""Managers who approve from their own screen or with a PIN; tills that lock: guessed PINs, nobody there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import (
    HeldBack,
    axe_violations,
    choose_terminal,
    only_refusals,
    see_login,
    sign_in_at_till,
)

pytestmark = pytest.mark.browser


def at_the_till(new_page, terminal="Register 1", role="Cashier", pin="1111", **options):
    page = new_page(**options)
    choose_terminal(page, terminal)
    sign_in_at_till(page, role, pin)
    return page


def ring(page, name="Espresso"):
    page.locator(".tile", has_text=name).first.click()
    page.locator("#order .order-line").first.wait_for()


def open_the_line(page):
    page.locator("#order .order-line").first.click()
    page.locator(".line-tools").wait_for()


def ask_for_a_price(page, price="1.00"):
    page.get_by_role("link", name="Price").click()
    page.get_by_label("New price").fill(price)
    page.get_by_label("Another reason").fill("Dented")
    page.get_by_role("button", name="Change price").click()
    page.get_by_role("heading", name="Ask a manager").wait_for()


def test_two_managers_are_asked_and_the_first_answer_counts(new_page, evertill):
    cashier = at_the_till(new_page)
    first = at_the_till(new_page, "Register 2", "Manager", "2222", viewport={"width": 820, "height": 1180})
    second = at_the_till(new_page, "Register 2", "Owner", "3333")
    ring(cashier)
    open_the_line(cashier)
    ask_for_a_price(cashier)
    assert axe_violations(cashier) == []
    for manager in (first, second):
        manager.get_by_role("link", name="Requests").click()
        expect(manager.locator(".approval-cards")).to_contain_text("Sell Espresso at $1.00")
        expect(manager.locator(".approval-cards")).to_contain_text("Dented")
    assert axe_violations(first) == []
    # Both press at once; the other card is still on the screen when its button is pressed.
    HeldBack(second, "**/approvals/list")
    # The list looks for news by itself; a press does not wait for that, and is not lost.
    with first.expect_request("**/approvals/list"):
        looks = HeldBack(first, "**/approvals/list")
        first.evaluate("document.body.dispatchEvent(new CustomEvent('pos:approvals'))")
    first.get_by_role("button", name="Approve").click()
    expect(first.locator("#toasts")).to_contain_text("Approved")
    assert len(looks.waiting) == 1
    expect(cashier.locator("#order")).to_contain_text("1.00 instead of 2.95: Dented")
    second.get_by_role("button", name="Approve").click()
    expect(second.locator("#toasts")).to_contain_text("has approved this already")
    expect(first.locator("dialog[open]")).to_have_count(0)
    expect(cashier.locator("dialog[open]")).to_have_count(0)
    assert [only_refusals(page) for page in (cashier, first)] == [[], []]


def answer_late(route):
    answer = route.fetch()
    route.request.frame.page.wait_for_timeout(600)
    route.fulfill(response=answer)


def test_a_manager_who_stands_here_approves_with_a_pin_and_a_denial_says_why(new_page, evertill):
    cashier = at_the_till(new_page)
    manager = at_the_till(new_page, "Register 2", "Manager", "2222")
    ring(cashier)
    open_the_line(cashier)
    ask_for_a_price(cashier)
    manager.get_by_role("link", name="Requests").click()
    manager.get_by_label("Why not (optional)").fill("It is fine as it is")
    manager.get_by_role("button", name="Deny").click()
    expect(cashier.locator("#approval-request")).to_contain_text("has denied this: It is fine as it is")
    cashier.keyboard.press("Escape")
    ask_for_a_price(cashier, "2.00")
    cashier.locator("#approval-pin .option", has_text="Daniel").click()
    cashier.keyboard.type("9999")
    expect(cashier.locator("#approval-pin")).to_contain_text("Wrong PIN. 4 tries left.")
    # The news of the answer overtakes the answer: it goes on once all the same.
    cashier.route("**/approvals/*/pin", answer_late)
    cashier.keyboard.type("2222")
    expect(cashier.locator("#order")).to_contain_text("2.00 instead of 2.95: Dented")
    assert only_refusals(cashier) == []


def test_guessing_a_pin_locks_it_out_until_a_manager_unlocks_it(new_page, evertill):
    page = new_page()
    choose_terminal(page)
    page.locator(".person", has_text="Cashier").first.click()
    for left in ("4 tries", "3 tries", "2 tries", "1 try", "Too many wrong PINs"):
        page.keyboard.type("9999")
        expect(page.locator(".pin-message")).to_contain_text(left)
    page.keyboard.type("1111")
    expect(page.locator(".pin-message")).to_contain_text("Too many wrong PINs")
    manager = at_the_till(new_page, "Register 2", "Manager", "2222")
    manager.goto("/pos/pin-locks")
    assert axe_violations(manager) == []
    manager.get_by_role("button", name="Unlock").click()
    manager.get_by_text("Nobody is locked out").wait_for()
    sign_in_at_till(page)
    assert only_refusals(page) == []


def test_a_till_that_nobody_touches_locks_and_a_touch_anywhere_keeps_it_open(new_page, evertill):
    cashier = new_page()
    cashier.clock.install()
    choose_terminal(cashier)
    sign_in_at_till(cashier)
    ring(cashier)
    for _ in range(2):
        cashier.clock.run_for(70_000)
        cashier.mouse.click(700, 20)
    expect(cashier.locator("#order")).to_contain_text("Espresso")
    cashier.clock.run_for(125_000)
    see_login(cashier)
    sign_in_at_till(cashier)
    expect(cashier.locator("#order")).to_contain_text("Espresso")
    # Nobody knows for how long when the clock was put back meanwhile.
    cashier.clock.set_system_time(datetime.now(UTC) - timedelta(hours=3))
    cashier.clock.run_for(2_000)
    see_login(cashier)
