"""The Time Clock's pages: the PIN each time, Welcome, and what each press answers."""

import pytest

from sync_contract.records import Employee
from tests.pos_web.shop import MIA, SARA, badge, record
from tests.pos_web.till import Till, where_to, words


@pytest.fixture
def door(pos, shop):
    """The register with nobody signed in."""
    return Till(pos, shop, person=None)


def identify(till, person=MIA, pin="1111"):
    return till.submit("/punches/people", employee=person, pin=pin)


def punch(till, path, *, person=MIA, pin="1111", **form):
    assert where_to(identify(till, person, pin)).endswith("/punches/own")
    return till.submit(path, **form)


def test_clocking_in_says_so_on_the_login_screen_with_an_x(door):
    answer = punch(door, "/punches/clock-ins")
    page = door.page(where_to(answer).removeprefix("/pos") or "/")
    assert "CLOCK-IN SUCCESS, Mia K." in words(page)
    assert 'aria-label="Close"' in page.text
    assert "CLOCK-IN SUCCESS" not in words(door.page("/"))


def test_whoever_is_in_already_is_welcomed_back_with_breaks_and_clock_out(door):
    punch(door, "/punches/clock-ins")
    identify(door)
    said = words(door.page("/punches/own"))
    for each in (
        "Welcome back Mia K.", "You clocked in at 1:00", "Monday, November 23, 2026", "Cashier",
        "Start Rest Break", "15 min · Paid", "Start Meal Break", "30 min · Unpaid", "Clock Out",
    ):  # fmt: skip
        assert each in said, each


def test_a_break_begins_and_ends_with_words(door):
    punch(door, "/punches/clock-ins")
    punch(door, "/punches/breaks", **{"break": "Rest Break"})
    assert "SUCCESS, Rest Break Started" in words(door.page("/"))
    identify(door)
    assert "End Rest Break" in words(door.page("/punches/own"))
    door.submit("/punches/break-ends")
    assert "SUCCESS, Rest Break Ended" in words(door.page("/"))
    punch(door, "/punches/clock-outs")
    assert "CLOCK-OUT SUCCESS, Mia K." in words(door.page("/"))


def test_a_pin_alone_or_a_badge_is_enough(door, shop):
    shop.publish(("credential", SARA, badge("CARD-0042")))
    assert 'data-field="badge"' in door.page("/punches").text
    for form, name in (({"pin": "1111"}, "Mia K."), ({"badge": "CARD-0042"}, "Sara L.")):
        assert where_to(door.submit("/punches/people", **form)).endswith("/punches/own")
        assert f"Welcome {name}" in words(door.page("/punches/own"))


@pytest.mark.parametrize(("person", "pin"), [(MIA, "9999"), ("nobody", "1111"), ("", "")])
def test_a_wrong_pin_stays_on_the_pad(door, person, pin):
    refused = door.post("/punches/people", employee=person, pin=pin)
    assert refused.status_code == 422
    assert "Wrong PIN" in words(refused)
    assert 'action="/punches/people"' in refused.text.replace("/pos/", "/")
    assert where_to(door.submit("/punches/clock-ins")).endswith("/punches")


def test_the_pin_is_asked_for_each_punch(door):
    punch(door, "/punches/clock-ins")
    assert where_to(door.submit("/punches/clock-outs")).endswith("/punches")
    assert where_to(door.page("/punches/own")).endswith("/punches")


def test_the_pin_is_asked_again_after_a_minute(door, shop):
    identify(door)
    shop.tick(seconds=61)
    assert where_to(door.submit("/punches/clock-ins")).endswith("/punches")


def test_one_person_punches_while_another_is_signed_in(till):
    answer = punch(till, "/punches/clock-ins", person=SARA, pin="2222")
    assert where_to(answer).endswith("/order")
    assert "CLOCK-IN SUCCESS, Sara L." in words(till.page("/order"))
    assert "Mia K." in words(till.page("/order"))


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/punches/clock-outs", {}, "You are not clocked in."),
        ("/punches/breaks", {"break": "Rest Break"}, "You are not clocked in."),
        ("/punches/break-ends", {}, "You are not clocked in."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(door, path, form, sentence):
    refused = punch(door, path, **form)
    assert refused.status_code == 422
    assert sentence in words(refused)


def test_a_break_that_is_not_offered_is_refused(door):
    punch(door, "/punches/clock-ins")
    assert punch(door, "/punches/breaks", **{"break": "Siesta"}).status_code == 422


def test_the_role_of_the_shift_is_the_role_at_the_till(pos, shop):
    shop.publish(record(MIA, Employee(name="Mia K.", role="cashier", roles=("cashier", "manager"))))
    door = Till(pos, shop, person=None)
    identify(door)
    page = words(door.page("/punches/own"))
    assert "Clock In – Cashier" in page
    assert "Clock In – Manager" in page
    assert door.submit("/punches/clock-ins", role="owner").status_code == 422
    # As a cashier she may not read everything again; as a manager she may.
    till = Till(pos, shop)
    assert till.post("/syncs/full").status_code == 403
    door.submit("/punches/clock-ins", role="manager")
    assert till.post("/syncs/full").status_code != 403
