"""A name server that is silent holds nobody up, and an address that once answered goes on to be used."""

import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic

import httpcore2
import pytest

from pos_web.office_socket import Line
from pos_web.syncing import name_lookup
from pos_web.syncing.agent import PATIENCE_S
from pos_web.syncing.bridge_client import QUICK, TIMEOUT, BridgeClient, Offline
from pos_web.syncing.name_lookup import CONNECT_S, LOOKUP_S, Names
from sync_contract.contract import CONTRACT, HEADER
from tests.waiting import wait_until

OFFICE = "office.example"


class NameServer:
    """Stands in for the system's lookup. `tells` None: it is silent until the test ends, then it fails."""

    def __init__(self):
        self.tells, self.asked, self.is_over = None, [], Event()
        self._real = socket.getaddrinfo

    def __call__(self, host, *how, **more):
        if host != OFFICE:
            return self._real(host, *how, **more)
        self.asked.append(host)
        if self.tells is None:
            self.is_over.wait(20)
        if not self.tells:
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return [entry for address in self.tells for entry in self._real(address, 0, *how[1:], **more)]


@pytest.fixture
def name_server(monkeypatch):
    server = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", server)
    monkeypatch.setattr(name_lookup, "NAMES", Names())
    monkeypatch.setattr(name_lookup, "LOOKUP_S", 0.2)
    monkeypatch.setattr(name_lookup, "LOOKUP_OF_KNOWN_S", 0.1)
    yield server
    server.is_over.set()
    wait_until(lambda: not name_lookup.NAMES._lookups)


@pytest.fixture
def client_to():
    with contextlib.ExitStack() as stack:

        def new(port=9):
            client = BridgeClient(f"http://{OFFICE}:{port}/backoffice/bridge/v1/", "t")
            stack.callback(client.close)
            return client

        yield new


def by_httpx2(client):
    assert client.stores() == []


def by_the_direct_line(client):
    with client.changes("s", since=1, epoch="e", digest="d") as blocks:
        assert list(blocks) == []


def by_the_socket(client):
    port = client._http.base_url.port
    with contextlib.closing(Line()) as line:
        line.connect(f"ws://{OFFICE}:{port}/backoffice/socket.io", timeout=2)


WAYS = pytest.mark.parametrize("ask", [by_httpx2, by_the_direct_line])


class Office(BaseHTTPRequestHandler):
    """Has nothing to tell."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header(HEADER, str(CONTRACT))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *what):
        """Not into the report of the tests."""


@pytest.fixture
def port():
    """Where an office listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Office) as office:
        office.daemon_threads = True
        Thread(target=office.serve_forever, args=(0.01,), daemon=True).start()
        yield office.server_address[1]
        office.shutdown()


@WAYS
def test_a_silent_name_server_is_an_office_that_does_not_answer(name_server, client_to, ask):
    began = monotonic()
    with pytest.raises(Offline):
        ask(client_to())
    assert monotonic() - began < 2


def test_the_socket_to_the_office_does_not_hang_on_a_name(name_server, client_to):
    began = monotonic()
    with pytest.raises(OSError, match="no name server"):
        by_the_socket(client_to())
    assert monotonic() - began < 2


def test_the_person_who_pressed_hears_of_it_within_the_time_that_is_waited_for():
    assert LOOKUP_S < CONNECT_S == TIMEOUT.connect == QUICK.connect
    assert 2 * CONNECT_S < PATIENCE_S


@WAYS
def test_an_address_that_answered_goes_on_to_be_used(name_server, client_to, port, ask):
    name_server.tells = ["127.0.0.1"]
    ask(client_to(port))
    for tells in ([], None):
        name_server.tells = tells
        began = monotonic()
        ask(client_to(port))
        assert monotonic() - began < 2
    assert len(name_server.asked) == 3


def test_a_lookup_that_hangs_is_shared_by_all_who_wait(name_server, client_to):
    client = client_to()
    with ThreadPoolExecutor(6) as pool:
        for asked in [pool.submit(ask, client) for ask in (by_httpx2, by_the_direct_line) * 3]:
            assert isinstance(asked.exception(10), Offline)
    assert name_server.asked == [OFFICE]


def test_what_a_slow_name_server_says_is_of_use_to_the_next(name_server, client_to, port):
    with pytest.raises(Offline):
        by_httpx2(client_to(port))
    name_server.tells = ["127.0.0.1"]
    name_server.is_over.set()
    wait_until(lambda: not name_lookup.NAMES._lookups)
    name_server.tells = None
    name_server.is_over.clear()
    by_httpx2(client_to(port))


class Addresses:
    """`attempt` at addresses of which `alive` answer at once and others use their time up."""

    def __init__(self, monkeypatch, *alive):
        self.alive, self.tried, self.now = alive, [], 0.0
        monkeypatch.setattr(name_lookup, "monotonic", lambda: self.now)

    def attempt(self, address, seconds):
        self.tried.append(address)
        if address in self.alive:
            return address
        self.now += seconds
        raise httpcore2.ConnectTimeout


def test_all_addresses_of_a_name_together_have_the_time_of_one(name_server, monkeypatch):
    name_server.tells = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    addresses = Addresses(monkeypatch)
    with pytest.raises(httpcore2.ConnectTimeout):
        Names().connect(OFFICE, 3.0, addresses.attempt)
    assert (addresses.tried, addresses.now) == (name_server.tells, 3.0)


def test_the_address_that_answered_last_is_tried_first(name_server, monkeypatch):
    name_server.tells = ["192.0.2.1", "192.0.2.2"]
    addresses, names = Addresses(monkeypatch, "192.0.2.2"), Names()
    assert names.connect(OFFICE, 3.0, addresses.attempt) == "192.0.2.2"
    assert names.connect(OFFICE, 3.0, addresses.attempt) == "192.0.2.2"
    assert addresses.tried == ["192.0.2.1", "192.0.2.2", "192.0.2.2"]
    assert addresses.now < 3


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "2001:db8::1:8"])
def test_what_is_no_name_costs_no_thread(monkeypatch, host):
    monkeypatch.setattr(name_lookup, "Thread", None)
    assert Names().connect(host, 3.0, lambda address, seconds: (address, seconds)) == (
        host,
        pytest.approx(3.0, abs=0.5),
    )


@WAYS
def test_a_line_that_is_kept_looks_nothing_up(name_server, client_to, port, ask):
    name_server.tells = ["127.0.0.1"]
    client = client_to(port)
    ask(client)
    ask(client)
    assert name_server.asked == [OFFICE]
