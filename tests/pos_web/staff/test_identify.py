"""A badge or a PIN alone signs its owner in; unknown ones count and lock like wrong PINs."""

import pytest

from pos_web.staff import owner
from pos_web.staff.identify import ANY_BADGE, identify
from pos_web.staff.journal import JournalEntry, PinFailure
from pos_web.staff.pin_locks import pin_locks
from sync_contract.records import Credential, Employee, stretched_badge
from tests.pos_web.shop import MIA, PINS, REGISTER, SARA, STORE, TABLET, badge, new_pin
from tests.pos_web.till import Till, where_to, words

JPEG = b"\xff\xd8\xff small picture"


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
        assert book.get(PinFailure, (STORE, REGISTER, ANY_BADGE)).count == 0


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

    monkeypatch.setattr("pos_web.staff.owner.stretched_badge", stretched)
    assert where_to(login.post("/sessions", badge="CARD-0042")).endswith("/order")
    assert rung == [1]


def pin_alone(shop, pin, terminal=REGISTER):
    return shop.do_with_replica(identify, store_id=STORE, terminal_id=terminal, pin=pin, now=shop.tick())


def test_a_pin_alone_signs_in_whoever_has_it(pos, shop):
    till = Till(pos, shop, person="")
    assert "Enter your PIN" in words(till.page("/"))
    assert where_to(till.post("/sessions", employee="", pin="2222")).endswith("/order")
    assert "Sara L." in words(till.page("/order"))


def test_a_pin_is_found_at_once_and_only_those_from_before_are_tried_one_by_one(shop, monkeypatch):
    shop.publish(("credential", MIA, new_pin("4711")))
    tried = []
    is_right = owner.is_right
    monkeypatch.setattr(owner, "is_right", lambda *pair: tried.append(pair) or is_right(*pair))
    assert pin_alone(shop, "4711").person.employee == MIA
    assert tried == []
    assert pin_alone(shop, "2222").person.employee == SARA
    assert tried == [(PINS[SARA], "2222")]


def test_a_badge_with_the_same_digits_as_a_pin_is_no_pin(shop):
    shop.publish(("credential", MIA, badge("4711")))
    assert pin_alone(shop, "4711").person is None


def test_wrong_pins_without_a_name_lock_them_at_this_terminal_and_names_still_work(shop, pos):
    sentences = [pin_alone(shop, pin).sentence for pin in ("9999", "", "x", "1" * 9_000, "１１１１")]
    assert sentences[:4] == [
        "Wrong PIN. 4 tries left.",
        "Wrong PIN. 3 tries left.",
        "Wrong PIN. 2 tries left.",
        "Wrong PIN. 1 try left.",
    ]
    assert sentences[4] == "Too many wrong PINs. Try again in 30 seconds."
    assert pin_alone(shop, "1111").person is None
    assert pin_alone(shop, "1111", TABLET).person.employee == MIA
    till = Till(pos, shop, person="")
    assert where_to(till.post("/sessions", employee=MIA, pin="1111")).endswith("/order")
    with shop.book.read() as book, shop.replica.read() as replica:
        locks = pin_locks(book, replica, store_id=STORE, now=shop.now)
        assert [(one.person, one.terminal) for one in locks] == [("PINs without a name", "Register 1")]
        noted = book.query(JournalEntry).filter_by(action="session.lock_out")
        assert [one.employee_name for one in noted] == ["Somebody"]


def test_guessing_without_a_name_locks_the_terminal_also_with_right_pins_between(shop):
    for number in range(20):
        wrong = pin_alone(shop, "9999")
        if number % 4 == 3 and number < 19:
            assert pin_alone(shop, "1111").person is not None
    assert wrong.wait_s == 30
    named = shop.do_with_replica(
        identify, store_id=STORE, terminal_id=REGISTER, employee=MIA, pin="1111", now=shop.tick()
    )
    assert named.person is None


def test_the_pin_of_somebody_who_is_locked_out_is_as_wrong_as_any(shop):
    for _try in range(5):
        shop.do_with_replica(
            identify, store_id=STORE, terminal_id=REGISTER, employee=MIA, pin="9999", now=shop.tick()
        )
    assert pin_alone(shop, "1111").sentence == "Wrong PIN. 4 tries left."
    shop.tick(seconds=30)
    assert pin_alone(shop, "1111").person.employee == MIA
