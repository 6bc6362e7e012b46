"""Sessions at the till: they end for good, by themselves when nobody is there, and when people change."""

import pytest

from pos_web.staff.person import in_role
from pos_web.staff.till_session import TillSession, begin_session, end_changed, find_session
from pos_web.staff.touches import SWEPT_ABOVE, Touches
from sync_contract.permissions import CASHIER, defaults_of
from sync_contract.records import Credential, Employee, Role, StoreSettings
from tests.pos_web.shop import MIA, PINS, REGISTER, SARA, STORE, TABLET, pin_hash, record
from tests.pos_web.till import where_to, words


def begin(shop, employee=MIA, terminal=REGISTER):
    return shop.do(
        begin_session, store_id=STORE, terminal_id=terminal, person=shop.person(employee), now=shop.now
    )


def test_a_session_is_its_persons_at_its_terminal_and_nobody_elses(shop):
    key = begin(shop).key
    with shop.book.read() as book:
        assert find_session(book, key=key, terminal_id=REGISTER, employee=MIA)
        for terminal, employee in ((TABLET, MIA), (REGISTER, SARA)):
            assert find_session(book, key=key, terminal_id=terminal, employee=employee) is None
        assert find_session(book, key="", terminal_id=REGISTER, employee=MIA) is None


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (("employee", MIA, None), True),
        (record(MIA, Employee(name="Mia K.", role="manager")), True),
        (record(MIA, Credential(pin_hash=pin_hash("4444"))), True),
        (record(MIA, Credential(pin_hash=PINS[MIA], badge_digest="b")), True),
        (record(MIA, Employee(name="Mia Koch", role="cashier")), False),
        (record("cashier", Role(name="Cashier", permissions=("order.create",))), False),
    ],
)
def test_sessions_end_with_the_person_their_pin_badge_or_role_and_not_with_their_name(shop, change, ends):
    mine, other = begin(shop).key, begin(shop, SARA, TABLET).key
    shop.publish(change)
    present = [person for person in (shop.person(MIA), shop.person(SARA)) if person]
    assert shop.do(end_changed, store_id=STORE, people=present) == ([mine] if ends else [])
    with shop.book.read() as book:
        assert {one.key for one in book.query(TillSession)} == ({other} if ends else {mine, other})


def test_old_sessions_are_forgotten(shop):
    begin(shop)
    shop.tick(days=2)
    key = begin(shop).key
    with shop.book.read() as book:
        assert [one.key for one in book.query(TillSession)] == [key]


def test_a_till_that_nobody_touches_asks_for_the_pin_again_whatever_its_browser_does(till, shop):
    till.ring()
    shop.tick(seconds=156)
    answer = till.ring()
    assert where_to(answer).endswith("/pos/")
    assert "so it was locked" in words(till.page("/"))
    assert where_to(till.get("/order")).endswith("/")
    till.post("/sessions", employee=MIA, pin="1111")
    assert "1 piece" in words(till.get("/order"))


def test_what_the_page_fetches_by_itself_is_no_touch_and_what_script_tells_is(till, shop):
    for _ in range(5):
        shop.tick(seconds=35)
        answer = till.get("/order")
    assert where_to(answer).endswith("/pos/")
    till.post("/sessions", employee=MIA, pin="1111")
    for _ in range(4):
        shop.tick(seconds=35)
        assert till.post("/sessions/touches").status_code == 204
    assert till.get("/order").status_code == 200


def test_touches_are_written_seldom_and_lock_nobody_too_early(till, shop):
    def touched_at():
        with shop.book.read() as book:
            return book.query(TillSession).one().touched_at

    written = {touched_at()}
    for _ in range(36):
        shop.tick(seconds=9)
        till.page("/order")
        till.post("/sessions/touches")
        written.add(touched_at())
    # Five minutes of taps; a quarter of 120 s lies between two that are written.
    assert len(written) <= 13
    shop.tick(seconds=119)
    assert till.get("/order").status_code == 200


@pytest.mark.parametrize("is_alone", [True, False])
@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_jumps_locks_a_till_once_and_leaves_none_open(till, shop, pos, hours, is_alone):
    pos.extensions["pos"].touches = Touches(is_alone=is_alone)
    till.ring()
    shop.tick(hours=hours)
    assert where_to(till.get("/order")).endswith("/pos/")
    till.post("/sessions", employee=MIA, pin="1111")
    assert "1 piece" in words(till.get("/order"))


@pytest.mark.parametrize("idle_s", [15, 120, 3600])
def test_the_server_locks_some_seconds_later_at_most(till, shop, idle_s):
    shop.publish(record(STORE, StoreSettings(idle_lock_s=idle_s)))
    till.page("/order")
    # A touch that is not written down, as it comes so soon after the page.
    till.post("/sessions/touches")
    shop.tick(seconds=idle_s)
    assert till.get("/order").status_code == 200
    shop.tick(seconds=6)
    assert where_to(till.get("/order")).endswith("/pos/")


@pytest.mark.parametrize(("idle_s", "latest_s"), [(15, 26), (120, 156), (3600, 3666)])
@pytest.mark.parametrize(
    "touches", [Touches(), Touches(is_alone=False)], ids=["after a start", "with others"]
)
def test_where_only_the_book_knows_it_locks_a_quarter_later_at_most(
    till, shop, pos, touches, idle_s, latest_s
):
    shop.publish(record(STORE, StoreSettings(idle_lock_s=idle_s)))
    till.page("/order")
    pos.extensions["pos"].touches = touches
    shop.tick(seconds=idle_s)
    assert till.get("/order").status_code == 200
    shop.tick(seconds=latest_s - idle_s)
    assert where_to(till.get("/order")).endswith("/pos/")


@pytest.mark.parametrize(
    ("ago", "is_locked"), [("9", True), ("0", False), ("999", True), ("-5", False), ("²", False)]
)
def test_the_page_tells_how_long_ago_it_was_touched(till, shop, ago, is_locked):
    till.page("/order")
    shop.tick(seconds=60)
    till.post("/sessions/touches", ago=ago)
    shop.tick(seconds=120)
    assert where_to(till.get("/order")).endswith("/pos/") is is_locked


def test_touches_of_long_ago_are_forgotten(shop):
    touches = Touches()
    for number in range(SWEPT_ABOVE + 1):
        touches.note(f"old-{number}", shop.now)
    shop.tick(days=2)
    touches.note("new", shop.now)
    assert touches.last("old-1") is None and touches.last("new") == shop.now


def test_a_page_that_is_opened_is_a_touch(till, shop):
    for _ in range(4):
        shop.tick(seconds=35)
        assert till.page("/order").status_code == 200


def test_a_cookie_of_a_session_that_was_locked_opens_nothing(till, shop):
    with till.client.session_transaction() as kept:
        copy = dict(kept)
    till.submit("/sessions/lock")
    with till.client.session_transaction() as kept:
        kept.update(copy)
    assert where_to(till.get("/sessions/current")).endswith("/pos/")


def test_a_session_that_goes_on_says_nothing(till):
    assert till.get("/sessions/current").status_code == 204


def test_a_person_whose_pin_was_changed_signs_in_again_with_the_new_one_and_finds_their_order(till, shop):
    till.ring()
    shop.publish(record(MIA, Credential(pin_hash=pin_hash("4444"))))
    assert where_to(till.ring()).endswith("/pos/")
    assert till.post("/sessions", employee=MIA, pin="1111").status_code == 422
    till.post("/sessions", employee=MIA, pin="4444")
    assert "1 piece" in words(till.get("/order"))


def test_the_order_of_somebody_who_was_switched_off_is_taken_up_by_another(pos, shop, till):
    till.ring()
    shop.publish(("employee", MIA, None))
    assert where_to(till.ring()).endswith("/pos/")
    till.post("/sessions", employee=SARA, pin="2222")
    assert "Espresso" in words(till.get("/order"))


def test_after_a_sale_only_its_receipt_is_shown_where_the_till_locks(till, shop):
    shop.publish(record(STORE, StoreSettings(lock_after_sale=True)))
    till.ring()
    receipt = where_to(till.post("/payments/cash", key="k" * 12, received="10")).removeprefix("/pos")
    assert till.page(receipt).status_code == 200
    # What the page asks by itself does not take it away.
    assert (till.get("/approvals/bar").status_code, till.get("/sessions/current").status_code) == (200, 204)
    assert till.page(receipt).status_code == 200
    assert where_to(till.page("/order")).endswith("/pos/")
    assert where_to(till.page(receipt)).startswith("/pos/")


def test_a_role_logs_its_people_off_after_each_sale_and_nobody_else(till, managers_till, shop):
    held = defaults_of(CASHIER)
    shop.publish(record("cashier", Role(name="Cashier", permissions=held, logs_off_after_sale=True)))
    for who, is_over in ((till, True), (managers_till, False)):
        who.ring()
        receipt = where_to(who.post("/payments/cash", key="k" * 12, received="10")).removeprefix("/pos")
        page = who.page(receipt)
        assert page.status_code == 200
        assert ('form="lock" data-key="F9"' in page.text) is is_over
        assert where_to(who.page("/order")).endswith("/pos/") is is_over


def test_the_role_of_the_shift_decides_about_logging_off(till, shop):
    logged_off = Role(name="Trainee", permissions=defaults_of(CASHIER), logs_off_after_sale=True)
    shop.publish(
        record("trainee", logged_off),
        record(MIA, Employee(name="Mia K.", role="cashier", roles=("cashier", "trainee"))),
    )
    assert not shop.person(MIA).logs_off_after_sale
    with shop.replica.read() as replica:
        assert in_role(replica, shop.person(MIA), store_id=STORE, role="trainee").logs_off_after_sale


def test_never_locking_is_a_setting(till, shop):
    shop.publish(record(STORE, StoreSettings(idle_lock_s=0)))
    shop.tick(hours=3)
    assert till.get("/order").status_code == 200


def test_a_session_ends_with_the_next_sign_in_and_with_signing_the_terminal_out(managers_till, shop):
    managers_till.post("/sessions", employee=MIA, pin="1111")
    assert [one.employee_id for one in sessions(shop)] == [MIA]
    managers_till.post("/sessions", employee=SARA, pin="2222")
    assert [one.employee_id for one in sessions(shop)] == [SARA]
    assert where_to(managers_till.post("/departures", confirmed="yes")).endswith("/terminals")
    assert sessions(shop) == []


def sessions(shop):
    with shop.book.read() as book:
        return list(book.query(TillSession))
