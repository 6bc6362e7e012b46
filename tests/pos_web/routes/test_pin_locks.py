"""Unlocking who has entered too many wrong PINs."""

from sync_contract.permissions import MANAGER, defaults_of
from sync_contract.records import Role
from tests.pos_web.shop import MIA, REGISTER, record
from tests.pos_web.till import Till, words


def test_a_manager_unlocks_who_stands_before_them(pos, shop, managers_till):
    assert "Nobody is locked out" in words(managers_till.page("/pin-locks"))
    login = Till(pos, shop, person="")
    for _ in range(5):
        login.post("/sessions", employee=MIA, pin="9999")
    assert "Mia K. Register 1 · 30 seconds left" in words(managers_till.page("/pin-locks"))
    assert managers_till.post("/pin-locks/removal", terminal=REGISTER, employee=MIA).status_code == 200
    assert login.post("/sessions", employee=MIA, pin="1111").status_code == 200
    assert managers_till.post("/pin-locks/removal", terminal=REGISTER, employee=MIA).status_code == 422


def test_unlocking_is_a_permission_of_its_own(managers_till, till, shop):
    others = tuple(set(defaults_of(MANAGER)) - {"pin.unlock"})
    assert 'href="/pos/pin-locks"' in managers_till.page("/operations").text
    shop.publish(
        record("manager", Role(name="Manager", permissions=others)),
        record("cashier", Role(name="Cashier", permissions=("pin.unlock",))),
    )
    assert 'href="/pos/pin-locks"' not in managers_till.page("/operations").text
    assert managers_till.page("/pin-locks").status_code == 403
    assert till.page("/pin-locks").status_code == 200


def test_a_cashier_may_not(till):
    assert till.get("/pin-locks").status_code == 403
    assert till.post("/pin-locks/removal", terminal=REGISTER, employee=MIA).status_code == 403
