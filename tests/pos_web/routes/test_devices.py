"""The Devices page."""

from pos_web.terminals.presence import note_connected
from tests.pos_web.shop import STORE, TABLET
from tests.pos_web.till import Till, words


def test_the_connected_tills_are_shown_without_signing_in(pos, shop):
    what = {"terminal_id": TABLET, "person": "Sara L.", "now": shop.now}
    shop.do(note_connected, worker="w", of_store=STORE, **what)
    door = Till(pos, shop, person=None)
    assert "Tablet T1 · Sara L." in words(door.page("/devices"))
    fragment = door.get("/devices")
    assert "<html" not in fragment.text
    assert 'id="devices"' in fragment.text


def test_without_any_socket_the_page_says_so(till):
    assert "No device is connected" in words(till.page("/devices"))
