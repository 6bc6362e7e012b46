"""A scanned badge signs its owner in; unknown ones count and lock like wrong PINs."""

import pytest

from pos_web.staff.badge import ANYBODY
from pos_web.staff.journal import PinFailure
from sync_contract.records import Credential, Employee, stretched_badge
from tests.pos_web.shop import MIA, REGISTER, SARA, STORE
from tests.pos_web.till import Till, where_to, words

SALT = "ab" * 16
JPEG = b"\xff\xd8\xff small picture"


def badge(number):
    return Credential(badge_digest=stretched_badge(number, salt=SALT), badge_salt=SALT)


@pytest.fixture
def login(pos, shop):
    shop.publish(("credential", SARA, badge("CARD-0042")))
    return Till(pos, shop, person="")


@pytest.mark.parametrize("typed", ["CARD-0042", " CARD-0042\r"])
def test_a_known_badge_signs_its_owner_in(login, typed):
    assert where_to(login.post("/sessions", badge=typed)).endswith("/order")
    assert "Sara L." in words(login.page("/order"))


@pytest.mark.parametrize("number", ["CARD-0043", "card-0042", "x" * 5_000, "ü" * 8, "'; --"])
def test_an_unknown_badge_is_refused_with_a_sentence(login, number):
    answer = login.post("/sessions", badge=number)
    assert answer.status_code == 422
    assert "Nobody here has this badge." in words(answer)
    assert number[:40] not in answer.text


def test_five_unknown_badges_lock_badges_here_and_no_pins(login):
    for number in range(5):
        answer = login.post("/sessions", badge=f"CARD-1{number}")
    assert "Try again in 30 seconds." in words(answer)
    assert "Try again in" in words(login.post("/sessions", badge="CARD-0042"))
    assert where_to(login.post("/sessions", employee=MIA, pin="1111")).endswith("/order")


def test_a_known_badge_forgets_the_unknown_ones(login, shop):
    login.post("/sessions", badge="CARD-1111")
    login.post("/sessions", badge="CARD-0042")
    with shop.book.read() as book:
        assert book.get(PinFailure, (STORE, REGISTER, ANYBODY)).count == 0


def test_a_badge_that_was_taken_away_opens_nothing(login, shop):
    shop.publish(("credential", SARA, Credential(pin_hash="x")))
    assert login.post("/sessions", badge="CARD-0042").status_code == 422


def test_whoever_has_a_badge_alone_has_no_pin_that_could_be_guessed(login):
    for pin in ("", "0000"):
        assert login.post("/sessions", employee=SARA, pin=pin).status_code == 422


@pytest.mark.parametrize(
    ("screen", "place"),
    [
        ("", "/order"),
        ("order", "/order"),
        ("orders", "/orders"),
        ("operations", "/operations"),
        ("bar", "/order"),
    ],
)
def test_the_till_lands_where_the_person_begins(login, shop, screen, place):
    shop.publish(("employee", SARA, Employee(name="Sara L.", role="manager", initial_screen=screen)))
    assert where_to(login.post("/sessions", badge="CARD-0042")).endswith(place)


def test_a_photo_is_on_the_tile_and_at_registered_tills_alone(login, pos, shop):
    assert login.page(f"/photos/{SARA}").status_code == 404
    shop.publish(("employee", SARA, Employee(name="Sara L.", role="manager", photo=JPEG)))
    assert f"/photos/{SARA}?v=" in login.page("/").text
    answer = login.page(f"/photos/{SARA}")
    assert (answer.data, answer.mimetype) == (JPEG, "image/jpeg")
    assert login.page("/photos/nobody").status_code == 404
    assert pos.test_client().get(f"/photos/{SARA}").status_code in {302, 303}


def test_other_tills_write_while_a_badge_is_looked_for(login, shop, monkeypatch):
    rung = []

    def stretched(number, *, salt):
        rung.append(shop.ring("espresso").line.quantity)
        return stretched_badge(number, salt=salt)

    monkeypatch.setattr("pos_web.staff.badge.stretched_badge", stretched)
    assert where_to(login.post("/sessions", badge="CARD-0042")).endswith("/order")
    assert rung == [1]
