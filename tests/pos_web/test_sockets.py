"""The tills' sockets: who may connect, and that a session's news reach its screens and no others."""

import re

import pytest

from pos_web.sockets import announce_approvals, new_sockets, session_room, store_room
from shared_web.announcer import Announcer
from tests.pos_web.shop import MIA, SARA, STORE, TABLET
from tests.pos_web.till import Till


@pytest.fixture
def sockets(pos):
    return new_sockets(pos, redis_url=None)


def connect(sockets, pos, till, token=None):
    page = till.page("/").text if till.person == "" else till.page("/order").text
    token = token if token is not None else re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    return sockets.test_client(pos, flask_test_client=till.client, auth={"csrf": token})


def key_of(till):
    with till.client.session_transaction() as kept:
        return kept["till_session"]


def heard(client):
    return [event["name"] for event in client.get_received()]


def test_a_registered_terminal_hears_of_its_store_and_the_person_there_of_their_session(
    sockets, pos, till, shop
):
    screen, other = (
        connect(sockets, pos, till),
        connect(sockets, pos, Till(pos, shop, terminal=TABLET, person=SARA)),
    )
    heard(screen), heard(other)
    sockets.emit("pos:approvals", {}, to=store_room(STORE))
    assert (heard(screen), heard(other)) == (["pos:approvals"], ["pos:approvals"])
    sockets.emit("pos:locked", {}, to=session_room(key_of(till)))
    assert (heard(screen), heard(other)) == (["pos:locked"], [])
    sockets.emit("pos:approvals", {}, to=store_room("another-store"))
    assert heard(screen) == []


def test_a_browser_that_is_no_terminal_or_has_no_token_is_refused(sockets, pos, till, shop):
    stranger = Till(pos, shop, terminal="", person="")
    assert not sockets.test_client(pos, flask_test_client=stranger.client, auth={"csrf": "x"}).is_connected()
    for token in ("", "x"):
        assert not connect(sockets, pos, till, token=token).is_connected()


def test_a_session_that_is_over_joins_no_room_of_its_own(sockets, pos, till, shop):
    page = till.page("/order").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    key = key_of(till)
    shop.publish(("employee", MIA, None))
    screen = sockets.test_client(pos, flask_test_client=till.client, auth={"csrf": token})
    heard(screen)
    sockets.emit("pos:locked", {}, to=session_room(key))
    assert heard(screen) == []


def test_what_a_screen_sends_by_itself_does_nothing(sockets, pos, till):
    screen = connect(sockets, pos, till)
    heard(screen)
    for event in ("pos:locked", "pos:approvals", "connect", "join"):
        screen.emit(event, {"room": store_room("another-store")})
    sockets.emit("x", {}, to=store_room("another-store"))
    assert heard(screen) == []


def test_news_of_approvals_carries_nothing():
    told = []
    announcer = Announcer(lambda event, payload, room: told.append((event, payload, room)))
    announcer.start()
    announce_approvals(announcer, STORE)
    announcer.stop()
    assert told == [("pos:approvals", {}, store_room(STORE))]
