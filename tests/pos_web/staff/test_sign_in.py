"""PIN sign-in: who gets in, what a wrong PIN tells, and the back-off."""

import pytest

from pos_web.staff import sign_in as sign_in_module
from pos_web.staff.journal import JournalEntry, PinFailure
from pos_web.staff.person import people, person_of
from pos_web.staff.pin_locks import NotLocked, pin_locks, unlock
from pos_web.staff.sign_in import sign_in
from sync_contract.records import Employee, Role
from tests.pos_web.shop import MIA, REGISTER, SARA, STORE, TABLET, record


def enter(shop, pin, *, employee=MIA, terminal=REGISTER):
    return shop.do_with_replica(
        sign_in, store_id=STORE, terminal_id=terminal, employee=employee, pin=pin, now=shop.tick()
    )


def forget_wide(shop):
    """As if a manager had unlocked what locks beside the person at the terminal."""
    with shop.book.write() as book:
        book.query(PinFailure).filter(
            (PinFailure.terminal_id == "") | (PinFailure.employee_id == "")
        ).delete()
        book.commit()


def test_the_right_pin_signs_in_and_clears_the_wrong_ones(shop):
    enter(shop, "9999")
    assert enter(shop, "1111").person.name == "Mia K."
    with shop.book.read() as book:
        assert book.get(PinFailure, (STORE, REGISTER, MIA)).count == 0


def test_other_tills_write_while_a_pin_is_checked(shop, monkeypatch):
    """The slow hash is computed before the book is locked."""
    rung = []
    is_right = sign_in_module.is_right

    def check(pin_hash, pin):
        rung.append(shop.ring("espresso", terminal=TABLET).line.quantity)
        return is_right(pin_hash, pin)

    monkeypatch.setattr(sign_in_module, "is_right", check)
    assert enter(shop, "1111").person.name == "Mia K."
    assert rung == [1]


def test_wrong_pins_count_down_to_a_back_off_that_passes(shop):
    sentences = [enter(shop, "9999").sentence for _ in range(5)]
    assert sentences[:4] == [
        "Wrong PIN. 4 tries left.",
        "Wrong PIN. 3 tries left.",
        "Wrong PIN. 2 tries left.",
        "Wrong PIN. 1 try left.",
    ]
    assert sentences[4] == "Too many wrong PINs. Try again in 30 seconds."
    assert enter(shop, "1111").wait_s == 29
    shop.tick(seconds=29)
    assert enter(shop, "1111").person is not None


def test_the_back_off_doubles_up_to_a_quarter_of_an_hour(shop):
    waits = []
    for _ in range(8):
        forget_wide(shop)
        for _try in range(5):
            wait = enter(shop, "9999").wait_s
        waits.append(wait)
        shop.tick(seconds=wait)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_back_off_holds_one_person_at_one_terminal_only(shop):
    for _ in range(5):
        enter(shop, "9999")
    assert enter(shop, "1111", terminal=TABLET).person is not None
    assert enter(shop, "2222", employee=SARA).person is not None
    assert enter(shop, "1111").person is None


def test_nothing_tells_whether_a_pin_or_a_person_exists(shop):
    shop.publish(record("tom", Employee(name="Tom B.", role="cashier")))
    words = {enter(shop, pin, employee=who).sentence for who in (MIA, "tom", "nobody") for pin in ("",)}
    assert words == {"Wrong PIN. 4 tries left."}


@pytest.mark.parametrize("pin", ["", "11111", "1111 ", "１１１１", "1" * 5000])
def test_only_the_pin_itself_is_right(shop, pin):
    assert enter(shop, pin).person is None


def test_a_person_who_was_switched_off_is_nobody_at_once(shop):
    shop.publish(("employee", MIA, None), ("credential", MIA, None))
    assert enter(shop, "1111").person is None
    assert shop.person(MIA) is None


def test_a_permission_is_lost_with_the_next_version(shop):
    assert shop.person(MIA).may("order.create")
    shop.publish(record("cashier", Role(name="Cashier", permissions=())))
    assert not shop.person(MIA).may("order.create")


def test_people_are_listed_by_name_with_their_role(shop):
    with shop.replica.read() as replica:
        assert [(each.name, each.role_name, each.initials) for each in people(replica, store_id=STORE)] == [
            ("Mia K.", "Cashier", "MK"),
            ("Sara L.", "Manager", "SL"),
        ]
        assert person_of(replica, store_id="other", employee=MIA) is None


def locks(shop):
    with shop.book.read() as book, shop.replica.read() as replica:
        return pin_locks(book, replica, store_id=STORE, now=shop.now)


def guess(shop, times, people, terminal=REGISTER):
    """Wrong PINs in turn for several people, never five for one."""
    for number in range(times):
        result = enter(shop, "9999", employee=people[number % len(people)], terminal=terminal)
    return result


def test_trying_one_pin_on_everybody_locks_the_terminal_for_all_also_with_right_pins_between(shop):
    strangers = [f"stranger-{number}" for number in range(10)]
    assert guess(shop, 19, strangers).wait_s == 0
    assert enter(shop, "1111").person is not None
    assert guess(shop, 1, strangers).wait_s == 30
    assert enter(shop, "1111").person is None
    assert enter(shop, "2222", employee=SARA, terminal=TABLET).person is not None
    assert [(one.terminal, one.person) for one in locks(shop)] == [("Register 1", "")]


def test_guessing_for_one_person_at_many_terminals_locks_the_person_everywhere(shop):
    for number in range(20):
        result = enter(shop, "9999", terminal=f"t{number % 6}")
    assert result.wait_s == 30
    assert enter(shop, "1111", terminal=TABLET).person is None
    assert enter(shop, "2222", employee=SARA, terminal=TABLET).person is not None


def test_a_quiet_hour_forgets_what_came_together(shop):
    guess(shop, 19, [f"stranger-{number}" for number in range(10)])
    shop.tick(hours=2)
    assert guess(shop, 1, ["stranger"]).wait_s == 0


def test_a_clock_that_is_put_back_makes_no_lock_longer(shop):
    shop.tick(hours=3)
    guess(shop, 20, [f"stranger-{number}" for number in range(10)])
    for _ in range(5):
        enter(shop, "9999", terminal=TABLET)
    shop.tick(hours=-3)
    assert [one.wait_s for one in locks(shop)] == [30, 30]
    assert enter(shop, "1111").wait_s == enter(shop, "1111", terminal=TABLET).wait_s == 30
    shop.tick(seconds=30)
    assert enter(shop, "1111").person and enter(shop, "1111", terminal=TABLET).person
    assert locks(shop) == []


def test_a_lock_is_in_the_journal_and_a_manager_ends_it(shop):
    for _ in range(5):
        enter(shop, "9999")
    (lock,) = locks(shop)
    assert (lock.person, lock.terminal) == ("Mia K.", "Register 1")
    how = {"store_id": STORE, "terminal_id": lock.terminal_id, "employee": lock.employee, "at": TABLET}
    shop.do(unlock, **how, by=shop.person(SARA), now=shop.now)
    assert enter(shop, "1111").person is not None
    with pytest.raises(NotLocked):
        shop.do(unlock, **how, by=shop.person(SARA), now=shop.now)
    with shop.book.read() as book:
        entries = book.query(JournalEntry).order_by(JournalEntry.at)
        assert [(one.action, one.employee_name) for one in entries] == [
            ("session.lock_out", "Mia K."),
            ("session.unlock", "Sara L."),
        ]


def test_a_restart_forgets_no_wrong_pin(shop, tmp_path):
    for _ in range(5):
        enter(shop, "9999")
    shop.book.dispose()
    assert enter(shop, "1111").person is None
