"""The second step of signing in: the app's code, each good once; recovery codes; no endless guessing."""

from datetime import timedelta

import pyotp
import pytest

from tests.backoffice_web.routes.signing import Clock, browser, enrol, is_in, sign_in, signed_in

STEP = timedelta(seconds=30)


@pytest.fixture
def clock(evertill):
    return Clock(evertill)


@pytest.fixture
def factor(evertill, clock):
    """The owner's second factor: its secret and recovery codes. The code of now is used up."""
    secret, codes = enrol(signed_in(evertill), clock)
    clock.move(2 * STEP)
    return secret, codes


def code(client, word, after=""):
    return client.post("/sign-in/code", data={"code": word, "after": after})


def test_the_password_alone_opens_nothing(evertill, factor):
    client = browser(evertill)
    asked = sign_in(client, after="/items")
    assert asked.location.startswith("/backoffice/sign-in/code")
    assert not is_in(client)
    assert "Enter the code of your app" in client.get("/sign-in/code?after=/items").text


def test_the_code_of_now_opens_the_page_that_was_wanted(evertill, clock, factor):
    client = browser(evertill)
    sign_in(client)
    assert code(client, pyotp.TOTP(factor[0]).at(clock.at), after="/items").location == "/backoffice/items"
    assert is_in(client)


@pytest.mark.parametrize(("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_thirty_seconds_wrong_and_no_more(evertill, clock, factor, steps, is_good):
    clock.move(2 * STEP)
    client = browser(evertill)
    sign_in(client)
    answer = code(client, pyotp.TOTP(factor[0]).at(clock.at + steps * STEP))
    assert answer.status_code == (303 if is_good else 422)
    assert is_in(client) is is_good


def test_a_code_is_good_once(evertill, clock, factor):
    now = pyotp.TOTP(factor[0]).at(clock.at)
    for expected in (303, 422):
        client = browser(evertill)
        sign_in(client)
        assert code(client, now).status_code == expected
    assert "used already" in code(client, now).text


def test_a_code_before_the_last_used_one_is_refused(evertill, clock, factor):
    totp = pyotp.TOTP(factor[0])
    client = browser(evertill)
    sign_in(client)
    code(client, totp.at(clock.at + STEP))
    other = browser(evertill)
    sign_in(other)
    assert code(other, totp.at(clock.at)).status_code == 422


def test_a_recovery_code_is_good_once_however_it_is_typed(evertill, factor):
    _secret, (first, second, *others) = factor
    assert len(others) == 8
    for word, expected in ((first, 303), (first, 422), (f" {second.replace('-', '').upper()} ", 303)):
        client = browser(evertill)
        sign_in(client)
        assert code(client, word).status_code == expected, word
    assert "8 recovery codes are left." in client.get("/profile").text


@pytest.mark.parametrize("word", ["", "000000", "123", "１２３４５６", "x" * 500, "<b>", "aaaaa-aaaaa"])
def test_rubbish_is_refused_with_a_sentence(evertill, factor, word):
    client = browser(evertill)
    sign_in(client)
    assert code(client, word).status_code == 422
    assert not is_in(client)


def test_guessing_codes_ends_after_some_tries_also_with_the_right_one(evertill, clock, factor):
    client = browser(evertill)
    sign_in(client)
    for _try in range(8):
        assert code(client, "000000").status_code == 422
    refused = code(client, pyotp.TOTP(factor[0]).at(clock.at))
    assert refused.status_code == 429 and "Too many tries" in refused.text


def test_without_the_password_there_is_no_code_to_enter(evertill, clock, factor):
    client = browser(evertill)
    assert "/sign-in" in client.get("/sign-in/code").location
    right = pyotp.TOTP(factor[0]).at(clock.at)
    assert code(client, right).location == "/backoffice/sign-in"
    assert not is_in(client)


def test_the_password_waits_ten_minutes_for_its_code(evertill, clock, factor):
    client = browser(evertill)
    sign_in(client)
    clock.move(timedelta(minutes=11))
    assert code(client, pyotp.TOTP(factor[0]).at(clock.at)).location == "/backoffice/sign-in"
    assert not is_in(client)


def test_a_password_that_changed_meanwhile_lets_nobody_on(evertill, clock, factor):
    waiting, owner = browser(evertill), browser(evertill)
    sign_in(waiting)
    sign_in(owner)
    code(owner, pyotp.TOTP(factor[0]).at(clock.at))
    new = {"password": "another short sentence", "password_again": "another short sentence"}
    changed = owner.post("/password", data={"current_password": "correct horse battery staple", **new})
    assert changed.status_code == 303
    clock.move(2 * STEP)
    assert code(waiting, pyotp.TOTP(factor[0]).at(clock.at)).location == "/backoffice/sign-in"
    assert not is_in(waiting)
