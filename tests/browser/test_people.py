"""A person from their first day to being signed out everywhere, in real browsers; every screen on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from backoffice_web.people.office_session import OfficeSession
from tests.browser.conftest import axe_violations, choose_terminal, sign_in_to_office
from tests.browser.test_selling import scan
from tests.cast import employee_of, first_terminal
from tests.conftest import OWNER_PASSWORD

pytestmark = pytest.mark.browser

PASSWORD, OWN = "four lamps beside rivers", "nine kites above harbours"
BADGE = "80421973"


def sign_in(page, password):
    page.goto("/backoffice/sign-in")
    page.get_by_label("E-mail").fill("noor@shop.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page):
    page.locator("#person-menu summary").click()
    page.locator("#person-menu").get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in to the Back Office").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_user_is_made_signs_in_with_a_second_factor_and_is_signed_out_everywhere(new_page, scheme):
    admin, noor, till = (new_page(color_scheme=scheme) for _page in range(3))
    problems = []

    def check(page, name):
        problems.extend((name, *one) for one in axe_violations(page))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append((name, "scrolls sideways"))

    sign_in_to_office(admin)
    admin.goto("/backoffice/employees")
    admin.get_by_role("link", name="New User").first.click()
    admin.get_by_label("First name").fill("Noor")
    admin.get_by_label("Last name").fill("Nurse")
    admin.get_by_label("Role", exact=True).select_option(label="Manager")
    admin.get_by_role("group", name="Works in").get_by_label(re.compile("Boston")).check()
    admin.get_by_label("PIN", exact=True).fill("8391")
    admin.get_by_label("Badge number", exact=True).fill(BADGE)
    admin.get_by_label("Enable User Sign In").check()
    admin.get_by_label("E-mail").fill("noor@shop.example")
    admin.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.get_by_label("Confirm password", exact=True).fill(PASSWORD)
    expect(admin.locator("#password-rules [data-met]")).to_have_count(4)
    check(admin, "new user")
    admin.get_by_role("button", name="Save and Publish").click()
    admin.get_by_text("User Created Successfully", exact=True).wait_for()
    check(admin, "one user")

    # At the till, seconds later, by the badge.
    choose_terminal(till)
    till.get_by_text("Noor Nurse").wait_for()
    scan(till, BADGE)
    till.wait_for_url("**/pos/order**")
    expect(till.get_by_text("Noor Nurse").first).to_be_visible()

    # In the Back Office: the password that the admin gave is good for one sign-in.
    sign_in(noor, PASSWORD)
    noor.get_by_text("You signed in with a temporary password").wait_for()
    check(noor, "own password")
    noor.get_by_label("Password until now", exact=True).fill(PASSWORD)
    noor.get_by_label("New password", exact=True).fill(OWN)
    noor.get_by_label("Confirm password", exact=True).fill(OWN)
    noor.get_by_role("button", name="Change password").click()
    noor.get_by_role("heading", name="Your profile").wait_for()
    check(noor, "profile")

    noor.get_by_role("link", name="Set up").click()
    check(noor, "second factor off")
    totp = pyotp.TOTP(re.sub(r"\s", "", noor.locator("code.key").inner_text()))
    noor.get_by_label("Code", exact=True).fill(totp.now())
    noor.get_by_label("Your password", exact=True).fill(OWN)
    noor.get_by_role("button", name="Turn the second factor on").click()
    noor.get_by_role("heading", name="Your recovery codes").wait_for()
    check(noor, "recovery codes")
    codes = noor.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    noor.get_by_role("link", name="I have kept them").click()
    noor.goto("/backoffice/second-factor")
    check(noor, "second factor on")

    noor.goto("/backoffice/")
    sign_out(noor)
    sign_in(noor, OWN)
    noor.get_by_role("heading", name="Enter the code of your app").wait_for()
    check(noor, "code")
    noor.get_by_label("Code", exact=True).fill(totp.at(datetime.now(UTC) + timedelta(seconds=30)))
    noor.get_by_role("button", name="Sign in", exact=True).click()
    noor.wait_for_url("**/backoffice/")
    sign_out(noor)
    sign_in(noor, OWN)
    noor.get_by_label("Code", exact=True).fill(codes[3])
    noor.get_by_role("button", name="Sign in", exact=True).click()
    noor.wait_for_url("**/backoffice/")
    noor.locator("body[data-socket=connected]").wait_for()

    # The admin signs Noor out everywhere: the open page shows it by itself.
    admin.goto("/backoffice/employees")
    admin.get_by_label("Actions for Noor Nurse").click()
    admin.get_by_role("dialog").wait_for()
    check(admin, "row menu")
    admin.get_by_role("button", name="Sign out everywhere").click()
    noor.get_by_role("heading", name="Sign in to the Back Office").wait_for()

    admin.goto("/backoffice/sign-in-policy")
    check(admin, "sign-in safety")
    admin.goto("/backoffice/employees")
    admin.get_by_label("Actions for Noor Nurse").click()
    admin.get_by_role("link", name="Reset password").click()
    check(admin, "reset password")
    admin.get_by_role("button", name="Make a temporary password").click()
    admin.get_by_role("heading", name="Temporary password of Noor Nurse").wait_for()
    check(admin, "temporary password")
    assert problems == [], "\n" + "\n".join(map(str, problems))
    for page in (admin, noor, till):
        assert page.watch.complaints() == []


def test_the_own_password_is_asked_again_and_what_was_typed_goes_on_with_it(new_page, evertill):
    admin, till = new_page(), new_page()
    choose_terminal(till)
    sign_in_to_office(admin)
    admin.goto(f"/backoffice/employees/{employee_of(evertill, 'cashier')}")
    admin.get_by_label("Phone").fill("555-0199")
    admin.get_by_label("New PIN", exact=True).fill("8391")
    with evertill.office_database.write() as session:
        session.execute(update(OfficeSession).values(confirmed_at=datetime.now(UTC) - timedelta(minutes=20)))
        session.commit()
    save = admin.get_by_role("button", name="Save and Publish")
    save.click()
    dialog = admin.get_by_role("dialog", name="Confirm your password")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(admin.get_by_label("Phone")).to_have_value("555-0199")
    save.click()
    assert axe_violations(admin) == []
    dialog.get_by_label("Your password", exact=True).fill("wrong")
    dialog.get_by_role("button", name="Confirm").click()
    dialog.get_by_text("This is not your password.").wait_for()
    dialog.get_by_label("Your password", exact=True).fill(OWNER_PASSWORD)
    admin.keyboard.press("Enter")
    admin.get_by_text("User Updated Successfully", exact=True).wait_for()
    expect(admin.get_by_label("Phone")).to_have_value("555-0199")

    # The new PIN alone opens the till within seconds; archiving the terminal closes it as fast.
    till.keyboard.type("8391")
    till.wait_for_url("**/pos/order**")
    till.locator("body[data-socket=connected]").wait_for()
    admin.goto(f"/backoffice/terminals/{first_terminal(evertill).id}")
    admin.get_by_role("button", name="Archive").first.click()
    admin.get_by_role("dialog").get_by_role("button", name="Archive").click()
    till.wait_for_url("**/pos/terminals**", timeout=5_000)
    assert [one for one in admin.watch.complaints() if "422" not in one] == []
