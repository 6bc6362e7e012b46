"""Unlocking who has entered too many wrong PINs."""

from tests.pos_web.shop import MIA, REGISTER
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


def test_a_cashier_may_not(till):
    assert till.get("/pin-locks").status_code == 403
    assert till.post("/pin-locks/removal", terminal=REGISTER, employee=MIA).status_code == 403
