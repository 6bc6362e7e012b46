"""A day at the Time Clock, and two tills that see each other, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import choose_terminal, sign_in_at_till, sign_in_to_office

pytestmark = pytest.mark.browser


def enter_pin_at_the_clock(page, role="Cashier", pin="1111"):
    page.get_by_role("link", name="Time Clock").click()
    page.wait_for_url("**/punches")
    page.locator(".person", has_text=role).first.click()
    for digit in pin:
        page.keyboard.press(digit)


def test_clocking_in_a_break_and_clocking_out_are_seen_in_the_office(new_page):
    till, office = new_page(), new_page()
    choose_terminal(till)
    sign_in_to_office(office)
    office.goto("/backoffice/attendance")
    expect(office.get_by_text("Nobody has clocked in yet")).to_be_visible()

    enter_pin_at_the_clock(till, pin="9999")
    expect(till.get_by_text("Wrong PIN")).to_be_visible()
    for digit in "1111":
        till.keyboard.press(digit)
    till.get_by_role("button", name="Clock In").click()
    expect(till.get_by_text(re.compile("CLOCK-IN SUCCESS, "))).to_be_visible()
    # Without anybody touching it.
    expect(office.get_by_text("Working now").last).to_be_visible()
    till.locator(".login-punched").get_by_label("Close").click()
    expect(till.get_by_text("CLOCK-IN SUCCESS")).to_have_count(0)

    enter_pin_at_the_clock(till)
    expect(till.get_by_text("Welcome back")).to_be_visible()
    till.get_by_role("button", name="Start Rest Break").click()
    expect(till.get_by_text("SUCCESS, Rest Break Started")).to_be_visible()
    expect(office.locator("#list").get_by_text("Rest Break")).to_be_visible()
    enter_pin_at_the_clock(till)
    till.get_by_role("button", name="End Rest Break").click()
    expect(till.get_by_text("SUCCESS, Rest Break Ended")).to_be_visible()
    enter_pin_at_the_clock(till)
    till.get_by_role("button", name="Clock Out").click()
    expect(till.get_by_text("CLOCK-OUT SUCCESS")).to_be_visible()
    expect(office.locator("tbody").get_by_text("Working now")).to_have_count(0)
    # The wrong PIN answers 422, which the console reports.
    assert [one for one in till.watch.complaints() if "422" not in one] == []
    assert office.watch.complaints() == []


def test_two_tills_see_each_other_come_sign_in_and_go(new_page):
    first, second = new_page(), new_page()
    choose_terminal(first)
    first.get_by_role("link", name="Devices").click()
    expect(first.locator(".read-row")).to_have_count(1)
    choose_terminal(second, "Register 2")
    expect(first.locator(".read-row", has_text="Register 2")).to_contain_text("Nobody signed in")
    sign_in_at_till(second, role="Manager", pin="2222")
    expect(first.locator(".read-row", has_text="Register 2")).not_to_contain_text("Nobody signed in")
    second.close()
    expect(first.locator(".read-row")).to_have_count(1)
    assert first.watch.complaints() == []
