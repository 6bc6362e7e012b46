from pos_web.current import TERMINAL_COOKIE
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import Offline
from pos_web.terminals.terminal import ServedStore, Terminal
from tests.pos_web.shop import REGISTER, STORE, TABLET
from tests.pos_web.till import Till, where_to, words


def stranger(pos, shop):
    return Till(pos, shop, terminal="", person="")


def leave_demo(shop):
    with shop.book.write() as book:
        book.get(ServedStore, STORE).is_demo = False
        book.commit()


def unreachable(_agent, _code):
    raise Offline


def test_a_fresh_browser_is_led_to_the_list_and_then_to_the_login_screen(pos, shop):
    browser = stranger(pos, shop)
    assert where_to(browser.page("/")).endswith("/terminals")
    listed = browser.page("/terminals")
    assert "Register 1" in words(listed) and "PINs" in words(listed)
    chosen = browser.submit(f"/terminals/{TABLET}/selection")
    assert TERMINAL_COOKIE in chosen.headers["Set-Cookie"] and "HttpOnly" in chosen.headers["Set-Cookie"]
    assert "Who is working?" in words(browser.page("/"))


def test_the_list_reports_nothing_to_a_store(pos, shop):
    # A page that is no terminal must not ask for the sync state: it would be led back here for ever.
    assert "data-version" not in stranger(pos, shop).page("/terminals").text


def test_an_unknown_terminal_and_a_forged_cookie_are_refused(pos, shop):
    browser = stranger(pos, shop)
    assert browser.submit("/terminals/unknown/selection").status_code == 422
    browser.client.set_cookie(TERMINAL_COOKIE, '"register".forged')
    assert where_to(browser.page("/")).endswith("/terminals")


def test_outside_the_demo_a_code_is_asked_and_an_unreachable_office_is_said(pos, shop, monkeypatch):
    monkeypatch.setattr(Agent, "register", unreachable)
    leave_demo(shop)
    browser = stranger(pos, shop)
    assert "Register 1" not in words(browser.page("/terminals"))
    answer = browser.submit("/terminals/registration", code="")
    assert answer.status_code == 422 and "This code is not valid." in words(answer)
    offline = browser.submit("/terminals/registration", code="abcd-1234")
    assert offline.status_code == 422
    assert "Internet appears to be offline. Please try again later" in words(offline)
    assert 'value="abcd-1234"' in offline.text


def test_the_screens_of_the_demo_show_its_pins_and_others_do_not(pos, shop):
    browser = Till(pos, shop, person="")
    assert "PINs: cashier 1111" in words(browser.page("/"))
    leave_demo(shop)
    assert "PINs" not in words(browser.page("/"))


def test_a_browser_that_was_revoked_is_told_why_it_lands_on_the_list(pos, shop):
    browser = Till(pos, shop)
    assert "This browser is no terminal any more" not in words(browser.page("/"))
    with shop.book.write() as book:
        book.get(Terminal, REGISTER).registration += 1
        book.commit()
    assert where_to(browser.page("/order")).endswith("/terminals")
    listed = words(browser.page("/terminals"))
    assert "This browser is no terminal any more" in listed
    assert "revoked, archived or moved in the Back Office" in listed
    newcomer = stranger(pos, shop)
    newcomer.page("/")
    assert "no terminal any more" not in words(newcomer.page("/terminals"))
