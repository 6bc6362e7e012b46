import pytest

from pos_web.staff.journal import JournalEntry
from pos_web.staff.till_session import TillSession
from sync_contract.records import Role, StoreSettings
from tests.pos_web.shop import MIA, SARA, STORE, TABLET, record
from tests.pos_web.till import Till, where_to, words


@pytest.fixture
def login(pos, shop):
    return Till(pos, shop, person="")


def test_the_login_screen_shows_people_with_their_roles_and_the_pad(login):
    page = login.page("/")
    assert "Mia K. Cashier" in words(page) and "Sara L. Manager" in words(page)
    assert page.text.count('class="dot"') == 4
    assert "Catalog v1" in words(page)


def test_the_pad_has_as_many_dots_as_the_store_has_digits(login, shop):
    shop.publish(record(STORE, StoreSettings(pin_length=6)))
    assert login.page("/").text.count('class="dot"') == 6


def test_the_right_pin_opens_the_order_screen(login, shop):
    assert where_to(login.post("/sessions", employee=MIA, pin="1111")).endswith("/order")
    assert "Mia K." in words(login.page("/order"))
    assert where_to(login.page("/")).endswith("/order")


def test_a_wrong_pin_answers_with_the_pad_and_the_tries_that_are_left(login):
    answer = login.post("/sessions", employee=MIA, pin="9999")
    assert answer.status_code == 422
    assert 'id="pin"' in answer.text and "Mia K." in words(answer)
    assert "Wrong PIN. 4 tries left." in words(answer)
    assert "<html" in login.submit("/sessions", employee=MIA, pin="9999").text


@pytest.mark.parametrize(
    "form", [{}, {"employee": "nobody", "pin": "1111"}, {"employee": MIA, "pin": "x" * 9999}]
)
def test_nonsense_is_a_wrong_pin(login, form):
    assert login.post("/sessions", **form).status_code == 422


def test_wrong_pins_are_counted_although_they_are_refused(login, shop):
    for _ in range(5):
        login.post("/sessions", employee=MIA, pin="9999")
    assert "Too many wrong PINs." in words(login.post("/sessions", employee=MIA, pin="1111"))
    assert where_to(login.post("/sessions", employee=SARA, pin="2222")).endswith("/order")


def test_locking_keeps_the_order_and_the_next_person_sees_whose_it_is(till):
    till.ring()
    assert where_to(till.submit("/sessions/lock")).endswith("/pos/")
    page = till.page("/")
    assert "Order 0001 of Mia K. is waiting here." in words(page)
    assert where_to(till.page("/order")).endswith("/")
    till.post("/sessions", employee=SARA, pin="2222")
    assert "Espresso" in words(till.get("/order"))


def test_another_persons_order_is_put_aside_for_who_may_not_see_it(managers_till, shop, pos):
    managers_till.ring()
    shop.publish(record("cashier", Role(name="Cashier", permissions=("order.create",))))
    till = Till(pos, shop, terminal=TABLET, person="")
    till.post("/sessions", employee=MIA, pin="1111")
    assert "Nothing on this order yet" in words(till.get("/order"))


def test_signing_out_is_written_down(till, shop):
    till.submit("/sessions/end")
    with shop.book.read() as book:
        assert [entry.action for entry in book.query(JournalEntry)] == ["session.end"]


def test_a_person_who_is_switched_off_is_out_at_the_next_request(till, shop):
    assert till.page("/order").status_code == 200
    shop.publish(("employee", MIA, None))
    assert where_to(till.get("/order")).endswith("/pos/")
    assert where_to(till.ring()).endswith("/")


def test_a_permission_is_gone_at_the_next_request(till, shop):
    shop.publish(record("cashier", Role(name="Cashier", permissions=("order.create",))))
    till.ring()
    answer = till.post("/voids")
    assert (answer.status_code, "Ask a manager" in words(answer)) == (403, True)
    assert "Espresso" in words(till.page("/order"))


def test_the_idle_lock_is_the_stores(till, shop):
    shop.publish(record(STORE, StoreSettings(idle_lock_s=45)))
    assert 'data-idle-lock-s="45"' in till.page("/order").text


def test_the_next_person_signs_in_whichever_answer_to_the_old_page_comes_last(pos, till, shop):
    """A page asks several things at once; when its session has ended, each answer sets its own cookie."""
    pos.config["WTF_CSRF_ENABLED"] = True
    till.page("/order")
    name = pos.config["SESSION_COOKIE_NAME"]
    of_the_old_page = till.client.get_cookie(name, path=pos.config["SESSION_COOKIE_PATH"] or "/").value
    with shop.book.write() as book:
        for session in book.query(TillSession):
            book.delete(session)
        book.commit()
    assert "Sign in again" in words(till.client.get("/sessions/current", follow_redirects=True))
    page = till.page("/").text
    till.client.set_cookie(name, of_the_old_page, path=pos.config["SESSION_COOKIE_PATH"] or "/")
    till.get("/sessions/current")
    answer = sent_by(page, till, "/sessions", employee=SARA, pin="2222")
    assert where_to(answer).endswith("/order")


def sent_by(page, till, path, **fields):
    """What a script of `page` sends, with the token that this page has."""
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    headers = {"HX-Request": "true", "X-CSRFToken": token}
    return till.client.post(path, data=fields, headers=headers)


def test_the_login_page_may_still_tell_what_it_shows_when_somebody_has_just_signed_in(pos, login):
    """It has the new cookie a moment before it knows that it leads on."""
    pos.config["WTF_CSRF_ENABLED"] = True
    page = login.page("/").text
    assert sent_by(page, login, "/sessions", employee=SARA, pin="2222").status_code == 200
    assert sent_by(page, login, "/syncs/shown", version=1).status_code == 200


def test_a_token_from_before_somebody_signed_in_is_none_for_their_pages(pos, login):
    pos.config["WTF_CSRF_ENABLED"] = True
    before = login.page("/").text
    sent_by(before, login, "/sessions", employee=SARA, pin="2222")
    order = login.page("/order").text
    assert sent_by(before, login, "/sessions/lock").status_code == 400
    again = login.page("/order").text
    for page in (order, again):
        assert sent_by(page, login, "/syncs/shown", version=1).status_code == 200


def test_a_page_may_still_tell_what_it_shows_when_its_terminal_was_just_signed_out(pos, managers_till):
    till = managers_till
    pos.config["WTF_CSRF_ENABLED"] = True
    page = till.page("/departures/new").text
    assert sent_by(page, till, "/departures", confirmed=1).status_code == 200
    assert sent_by(page, till, "/syncs/shown", version=1).status_code == 200


def test_a_page_that_is_too_old_offers_to_load_it_anew(pos, login):
    pos.config["WTF_CSRF_ENABLED"] = True
    answer = login.post("/sessions", employee=SARA, pin="2222")
    assert (answer.status_code, "This page is too old." in words(answer)) == (400, True)
    assert 'data-toast-retry="page"' in answer.text and "Reload" in words(answer)
