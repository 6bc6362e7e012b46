"""People in real browsers: their role, their till, their last day, their account. Every screen on the way."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from backoffice_web.people.office_session import OfficeSession
from backoffice_web.stores.enterprise import Enterprise
from tests.browser.conftest import (
    ALL,
    COLOURS,
    axe_violations,
    choose_terminal,
    only_refusals,
    see_login,
    sign_in_at_till,
    sign_in_to_office,
)
from tests.browser.test_selling import scan
from tests.cast import employee_of, first_terminal
from tests.conftest import OWNER_PASSWORD

pytestmark = pytest.mark.browser

PASSWORD, OWN = "four lamps beside rivers", "nine kites above harbours"
BADGE = "80421973"
# As long as a role's name may be.
ROLE = "Shift lead, coffee & cake"


class Looks:
    """Every screen of a story, in light and dark: accessible, and nothing wider than the screen."""

    def __init__(self):
        self.problems = []

    def check(self, page, name):
        for scheme, rules in (("dark", COLOURS), ("light", ALL)):
            page.emulate_media(color_scheme=scheme)
            self.problems += [(name, scheme, *one) for one in axe_violations(page, rules)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.problems.append((name, "scrolls sideways"))


@pytest.fixture
def looks():
    seen = Looks()
    yield seen
    assert seen.problems == [], "\n" + "\n".join(map(str, seen.problems))


def add_user(admin, role):
    """Fill in what every new user needs; the caller presses."""
    admin.goto("/backoffice/employees")
    admin.get_by_role("link", name="New User").first.click()
    admin.get_by_label("First name").fill("Noor")
    admin.get_by_label("Last name").fill("Nurse")
    admin.get_by_label("Role", exact=True).select_option(label=role)
    admin.get_by_role("group", name="Works in").get_by_label(re.compile("Boston")).check()
    admin.get_by_label("PIN", exact=True).fill("8391")


def section(admin, name):
    """One drop-down of the role editor, open."""
    found = admin.locator("details.permission-section").filter(
        has=admin.get_by_role("heading", name=name, exact=True)
    )
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def save_role(admin):
    admin.get_by_role("button", name="Save and Publish").click()
    admin.locator(".toast", has_text="Published").wait_for()


def ring(till):
    till.locator(".tile", has_text="Espresso").first.click()
    till.locator("#order .order-line").first.wait_for()


def void(till):
    till.get_by_role("button", name="Void").click()
    till.get_by_role("button", name="Void order").click()


def test_a_new_role_is_worked_with_seconds_later_loses_a_permission_in_mid_order_and_its_person_goes(
    new_page, looks
):
    admin, till = new_page(), new_page()
    choose_terminal(till)
    till.locator("body[data-socket=connected]").wait_for()
    sign_in_to_office(admin)
    admin.goto("/backoffice/roles")
    admin.get_by_role("link", name="New Role").click()
    admin.get_by_label("Name", exact=True).fill(ROLE)
    section(admin, "POS Operation").get_by_label("86 List").check()
    looks.check(admin, "new role")
    save_role(admin)
    looks.check(admin, "one role")

    # The open Login screen shows the new person by itself; the badge signs in.
    add_user(admin, ROLE)
    admin.get_by_label("Badge number", exact=True).fill(BADGE)
    looks.check(admin, "new user")
    admin.get_by_role("button", name="Save and Publish").click()
    admin.get_by_text("User Created Successfully", exact=True).wait_for()
    expect(till.locator(".person", has_text="Noor Nurse")).to_contain_text(ROLE)
    scan(till, BADGE)
    till.wait_for_url("**/pos/order**")

    # What the role allows …
    till.goto("/pos/sold-out?q=espresso")
    till.get_by_role("button", name="Espresso: sold out", exact=True).click()
    expect(till.locator("#sold-out .badge")).to_have_count(1)
    till.get_by_role("button", name="Espresso: available again").click()
    till.get_by_text("Nothing is sold out").wait_for()
    # … and what it does not: the server refuses it, hidden or not, and a manager may be asked instead.
    till.goto("/pos/order")
    ring(till)
    till.locator("#order .order-line").first.click()
    till.get_by_role("link", name="Price").click()
    till.get_by_label("New price").fill("1.00")
    till.get_by_label("Another reason").fill("Dented")
    till.get_by_role("button", name="Change price").click()
    expect(till.locator("#approval-request")).to_contain_text("Sell Espresso at $1.00")
    till.keyboard.press("Escape")
    expect(till.locator("#order")).to_contain_text("2.95")
    assert till.request.get("/pos/pin-locks").status == 403

    # In the middle of that order the role may void no longer: refused in words, and the order is safe.
    admin.goto("/backoffice/roles")
    admin.get_by_role("link", name=ROLE, exact=True).click()
    section(admin, "POS").get_by_label("Void an Open Order").uncheck()
    save_role(admin)
    expect(admin.locator("#reach")).to_contain_text("1 of 1 terminal updated")
    void(till)
    expect(till.locator("#approval-request")).to_contain_text("Void order 0001")
    expect(till.locator("#approval-request")).to_contain_text("can approve on their own screen, or here")
    expect(till.locator(".toast-error")).to_have_count(0)
    till.get_by_role("button", name="Cancel").click()
    expect(till.locator("dialog[open]")).to_have_count(0)
    expect(till.locator("#order")).to_contain_text("Espresso")
    till.goto("/pos/payments")
    expect(till.get_by_role("button", name="Take")).to_be_visible()
    # A manager may approve it.
    till.goto("/pos/order")
    void(till)
    till.locator("#approval-pin .option", has_text="Daniel").click()
    till.keyboard.type("2222")
    expect(till.locator("#order .order-line")).to_have_count(0)

    # Terminated in mid-shift: nobody touches the till, it locks, and says so in the Back Office.
    ring(till)
    till.locator("body[data-socket=connected]").wait_for()
    admin.goto("/backoffice/employees")
    admin.get_by_label("Actions for Noor Nurse").click()
    admin.get_by_role("button", name="Terminate").click()
    # At once: by itself the page would ask a minute later.
    see_login(till)
    expect(till.locator(".login-people")).to_contain_text("of Noor Nurse is waiting here.")
    expect(till.locator(".person", has_text="Noor Nurse")).to_have_count(0)
    admin.goto("/backoffice/employees?status=off")
    admin.get_by_role("link", name="Noor Nurse", exact=True).click()
    arrived = admin.locator("#reach tr", has_text="Register 1")
    expect(arrived.locator(".badge-ok")).to_be_visible()
    looks.check(admin, "somebody who is gone")
    scan(till, BADGE)
    expect(till.locator(".pin-message")).to_contain_text("Nobody here has this badge.")
    sign_in_at_till(till, "Manager", "2222")
    expect(till.locator("#order")).to_contain_text("Espresso")
    assert admin.watch.complaints() == []
    assert only_refusals(till) == []


def sign_in(page, password):
    page.goto("/backoffice/sign-in")
    page.get_by_label("E-mail").fill("noor@shop.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page):
    page.locator("#person-menu summary").click()
    page.locator("#person-menu").get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in to the Back Office").wait_for()


def test_a_user_is_made_signs_in_with_a_second_factor_and_is_signed_out_everywhere(new_page, looks):
    admin, noor = new_page(), new_page()
    check = looks.check
    sign_in_to_office(admin)
    add_user(admin, "Manager")
    admin.get_by_label("Enable User Sign In").check()
    admin.get_by_label("E-mail").fill("noor@shop.example")
    admin.get_by_label("Password", exact=True).fill(PASSWORD)
    admin.get_by_label("Confirm password", exact=True).fill(PASSWORD)
    expect(admin.locator("#password-rules [data-met]")).to_have_count(4)
    check(admin, "new user")
    admin.get_by_role("button", name="Save and Publish").click()
    admin.get_by_text("User Created Successfully", exact=True).wait_for()
    check(admin, "one user")

    # In the Back Office: the password that the admin gave is good for one sign-in.
    sign_in(noor, PASSWORD)
    noor.get_by_text("You signed in with a temporary password").wait_for()
    check(noor, "own password")
    noor.get_by_label("Password until now", exact=True).fill(PASSWORD)
    noor.get_by_label("New password", exact=True).fill(OWN)
    noor.get_by_label("Confirm password", exact=True).fill(OWN)
    expect(noor.locator("#password-rules [data-met]")).to_have_count(4)
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
    noor.get_by_role("heading", name="Your profile").wait_for()
    # Not "send it again?", and the codes are not shown again.
    noor.go_back()
    noor.get_by_role("heading", name="Second factor").wait_for()
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
    for page in (admin, noor):
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
    till.wait_for_url("**/pos/terminals**")
    assert [one for one in admin.watch.complaints() if "422" not in one] == []


def test_what_was_typed_outlasts_the_demand_for_a_second_factor(new_page, evertill):
    """Whoever is in the middle of an editor sets it up in another tab, and saves."""
    page = new_page()
    sign_in_to_office(page)
    page.goto("/backoffice/categories/new")
    page.get_by_label("Name", exact=True).first.fill("Kept over")
    with evertill.office_database.write() as session:
        session.get_one(Enterprise, 1).wants_second_factor = True
        session.commit()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast-error")).to_contain_text("What you typed stays here")
    other = page.context.new_page()
    other.goto("/backoffice/profile")
    other.wait_for_url("**/second-factor")
    secret = re.sub(r"\s", "", other.locator("code.key").text_content())
    other.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    other.get_by_label("Your password", exact=True).fill(OWNER_PASSWORD)
    other.get_by_role("button", name="Turn the second factor on").click()
    expect(other.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/categories/[0-9a-f]{32}"))
    expect(page.get_by_label("Name", exact=True).first).to_have_value("Kept over")
    assert only_refusals(page) == []
