"""A process has threads for its pages, however many sockets are open, asked for, or forgotten."""

import json
from contextlib import closing, suppress
from socket import socketpair
from threading import Thread

import pytest
import websocket

from shared_web import socket_places
from shared_web.socket_places import SocketPlaces, free_place, keep_place
from tests.cast import till
from tests.waiting import wait_until

THREADS, PLACES = 8, 6
FULL = "503 Service Unavailable"


class Caller(Thread):
    """A browser that asks for a socket, and holds it until it hangs up or is hung up on."""

    def __init__(self, places):
        super().__init__()
        self.line, theirs = socketpair()
        self.environ = {"HTTP_UPGRADE": "WebSocket", "gunicorn.socket": theirs}
        self.status, self._places = None, places
        self.start()
        wait_until(lambda: self.status is not None)

    def run(self):
        # As Flask-SocketIO ends a WebSocket of gunicorn's.
        with suppress(StopIteration):
            self._places(self.environ, lambda status, _headers: setattr(self, "status", status))

    def hang_up(self):
        self.line.close()
        self.join(5)
        self.environ["gunicorn.socket"].close()


def house(environ, start_response):
    if "HTTP_UPGRADE" not in environ:
        return [b"a page"]
    start_response("101 Switching Protocols", [])
    with environ["gunicorn.socket"] as line:
        line.recv(1)
    raise StopIteration


@pytest.fixture
def places():
    return SocketPlaces(house, threads=THREADS)


@pytest.fixture
def call(places):
    """`call()` is one more socket."""
    callers = []

    def one_more():
        callers.append(Caller(places))
        return callers[-1]

    yield one_more
    for caller in callers:
        caller.hang_up()


def held(places):
    return next(iter(places.figures())).value


def test_some_threads_are_never_a_sockets(places, call):
    callers = [call() for _place in range(PLACES)]
    assert (held(places), call().status) == (PLACES, FULL)
    assert places({}, None) == [b"a page"]
    callers[0].hang_up()
    assert not call().status.startswith("503")
    assert held(places) == PLACES


@pytest.mark.parametrize(("threads", "for_pages"), [(4, 1), (16, 4), (64, 16), (1000, 16)])
def test_a_quarter_of_the_threads_and_sixteen_at_most_are_for_pages(threads, for_pages):
    assert threads - SocketPlaces(house, threads=threads).most == for_pages


def test_whoever_does_not_say_who_they_are_gives_the_place_to_the_next(places, call, monkeypatch):
    callers = [call() for _place in range(PLACES)]
    for known in callers[1:]:
        keep_place(known.environ)
    assert call().status == FULL
    monkeypatch.setattr(socket_places, "UNKNOWN_FOR_S", -1)
    assert not call().status.startswith("503")
    callers[0].join(5)
    assert not callers[0].is_alive()
    assert all(known.is_alive() for known in callers[1:])


def test_one_that_was_given_up_is_no_more_than_one_that_was_never_known(places, call, monkeypatch):
    callers = [call() for _place in range(PLACES)]
    for known in callers:
        keep_place(known.environ)
    monkeypatch.setattr(socket_places, "UNKNOWN_FOR_S", -1)
    assert call().status == FULL
    free_place(callers[3].environ, reason="server disconnect")
    assert callers[3].is_alive()
    assert not call().status.startswith("503")
    callers[3].join(5)
    assert not callers[3].is_alive()


def test_a_screen_that_falls_silent_holds_no_thread(live):
    """Its computer is gone: it answers neither pings nor goodbyes, and its connection is never closed."""
    evertill = live.evertill
    pings = evertill.pos.extensions["socketio"].server.eio
    pings.ping_interval, pings.ping_timeout = 0.2, 0.2
    client = till(evertill)
    token = client.get("/").text.split('name="csrf-token" content="')[1].split('"')[0]
    cookie = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    url = live.url.replace("http", "ws") + "/pos/socket.io/?EIO=4&transport=websocket"
    with closing(websocket.create_connection(url, timeout=5, origin=live.url, cookie=cookie)) as line:
        line.recv()
        line.send("40" + json.dumps({"csrf": token}))
        assert line.recv().startswith("40")
        assert held(evertill.wsgi) == 1
        wait_until(lambda: held(evertill.wsgi) == 0)
