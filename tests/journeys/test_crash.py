"""The power fails: a real server is killed at the worst moments, and nothing is lost or there twice."""

from __future__ import annotations

import socket
import time

import httpx2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD
from tests.databases import copy_home, url_of
from tests.forked import ForkedHouse
from tests.journeys.cashier import Cashier, token_of

PATIENCE_S = 30
SALES = 6


class Server(ForkedHouse):
    """`python app.py serve` over a home of its own. `kill` is SIGKILL for the whole family."""

    def __init__(self, home):
        super().__init__("all", home)
        self.clients = []

    def client(self):
        """A browser's cookies; closed with the server."""
        self.clients.append(httpx2.Client(base_url=self.url, timeout=PATIENCE_S))
        return self.clients[-1]

    def restart(self):
        self.kill()
        self.start()

    def rows(self, database, sql):
        """What is committed in one of the databases, read beside the server."""
        reader = create_engine(url_of(self.home / f"{database}.sqlite3"), poolclass=NullPool)
        with reader.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def send_and_kill(self, client, path, form, *, after=lambda: True):
        """Send a form, wait for no answer, and kill once `after` holds."""
        request = client.build_request("POST", f"{self.url}{path}", data=form)
        head = f"POST {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in request.headers.items()
        )
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(head.encode() + b"\r\n" + request.read())
            wait_for(after, pause_s=0)
            self.kill()


def wait_for(holds, pause_s=0.02):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause_s)


def pressed_until_answered(client, path, form):
    """On a busy machine a line may break once more; a browser sends a form again that nobody answered."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return client.post(path, data=form)
        except httpx2.TransportError:
            assert time.monotonic() < end, "nobody answers"


@pytest.fixture
def server(demo_home, tmp_path):
    home = tmp_path / "home"
    copy_home(demo_home, home)
    running = Server(home)
    running.start()
    yield running
    running.kill()
    for client in running.clients:
        client.close()


def sales_in_the_office(server):
    return server.rows("office", "SELECT uuid, total_cents FROM sales ORDER BY uuid")


def finished_orders(server):
    return server.rows("book", "SELECT uuid, total_cents FROM orders WHERE state = 'finished' ORDER BY uuid")


def each_sale_is_in_the_office_once(server, count):
    wait_for(lambda: len(sales_in_the_office(server)) >= count)
    wait_for(lambda: not server.rows("book", "SELECT 1 FROM outbox_documents WHERE state = 'waiting'"))
    assert sales_in_the_office(server) == finished_orders(server)
    assert len(finished_orders(server)) == count
    numbers = [counter for (counter,) in server.rows("book", "SELECT counter FROM orders WHERE number <> ''")]
    assert sorted(numbers) == list(range(1, count + 1))


def test_a_line_that_was_rung_is_there_after_a_crash(server):
    cashier = Cashier(server)
    for tap in ("one", "two", "three"):
        cashier.ring(tap)
    server.restart()
    assert "3×" in cashier.client.get("/pos/order").text
    # The browser repeats the last tap, because it cannot know: it rings nothing more.
    cashier.ring("three")
    assert "3×" in cashier.client.get("/pos/order").text


@pytest.mark.parametrize("moment", ["as it is sent", "as it is committed"])
def test_a_crash_during_a_payment_takes_it_once(server, moment):
    cashier = Cashier(server)
    cashier.ring("one")
    form = cashier.payment()
    is_done = {"as it is sent": lambda: True, "as it is committed": lambda: finished_orders(server)}[moment]
    server.send_and_kill(cashier.client, "/pos/payments/cash", form, after=is_done)
    server.start()
    # Whatever became of it, the cashier presses again.
    answer = pressed_until_answered(cashier.client, "/pos/payments/cash", form)
    assert "/receipts/" in answer.headers["Location"]
    assert len(server.rows("book", "SELECT 1 FROM payments")) == 1
    each_sale_is_in_the_office_once(server, 1)


@pytest.mark.parametrize("already_up", [0, 1, 3])
def test_a_crash_during_the_upload_brings_each_sale_up_once(server, already_up):
    cashier = Cashier(server)
    for number in range(SALES - 1):
        cashier.ring(f"tap{number}")
        cashier.pay()
    cashier.ring("last")
    server.send_and_kill(
        cashier.client,
        "/pos/payments/cash",
        cashier.payment(),
        after=lambda: (
            len(finished_orders(server)) == SALES and len(sales_in_the_office(server)) >= already_up
        ),
    )
    server.start()
    each_sale_is_in_the_office_once(server, SALES)


def sign_in_to_office(server):
    client = server.client()
    page = client.get("/backoffice/sign-in")
    form = {"csrf_token": token_of(page), "email": OWNER_EMAIL, "password": OWNER_PASSWORD}
    assert client.post("/backoffice/sign-in", data=form).status_code in {302, 303}
    return client


def heads(server, database, table):
    return server.rows(database, f"SELECT store_id, version, digest FROM {table} ORDER BY store_id")


def published(server):
    return heads(server, "office", "published_heads")


def applied(server):
    return heads(server, "replica", "replica_heads")


def publish_and_kill(server, moment, before):
    """Save and Publish a category, and kill the server at the moment."""
    admin = sign_in_to_office(server)
    token = token_of(admin.get("/backoffice/categories/new"))
    form = {"csrf_token": token, "name": "Crash", "action": "publish"}
    if moment != "as it is applied":
        after = {"as it is sent": lambda: True, "as it is committed": lambda: published(server) != before}
        server.send_and_kill(admin, "/backoffice/categories", form, after=after[moment])
        return
    cashier = Cashier(server)
    press = {"csrf_token": token_of(cashier.client.get("/pos/order"))}
    assert admin.post("/backoffice/categories", data=form).status_code == 303
    server.send_and_kill(cashier.client, "/pos/syncs", press, after=lambda: applied(server) != before)


@pytest.mark.parametrize("moment", ["as it is sent", "as it is committed", "as it is applied"])
def test_a_crash_during_a_publication_leaves_whole_versions(server, moment):
    wait_for(lambda: applied(server) == published(server))
    before = published(server)
    publish_and_kill(server, moment, before)
    server.start()
    versions = server.rows("office", "SELECT store_id, version, digest FROM publications ORDER BY version")
    for store_id, head, digest in published(server):
        history = [(version, known) for store, version, known in versions if store == store_id]
        assert [version for version, _known in history] == list(range(1, head + 1))
        assert history[-1][1] == digest
    # All or nothing, in all stores alike.
    saved = server.rows("office", "SELECT 1 FROM categories WHERE name = 'Crash'")
    assert len(versions) == len(before) * (2 if saved else 1)
    # The store of this till comes to the same set, byte by byte; the other one has a version of ours.
    cashier = Cashier(server)
    cashier.post("/pos/syncs", {})
    wait_for(lambda: set(applied(server)) & set(published(server)))
    assert set(applied(server)) <= set(
        server.rows("office", "SELECT store_id, version, digest FROM publications")
    )
