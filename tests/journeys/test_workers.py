"""Two workers over PostgreSQL and Redis: any of them answers, any of them may die, nothing is lost."""

import contextlib
from threading import Event, Thread

import httpx2
import pytest

from settings import read_settings
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD
from tests.faults.conftest import often
from tests.journeys.cashier import Cashier, first_item, payment_form, token_of
from tests.waiting import wait_until
from tests.workers import Workers

pytestmark = pytest.mark.own_database
PATIENCE_S = 90
# Less than a heartbeat, which finds everything in the end.
SOON_S = 15


@pytest.fixture
def house(postgresql, redis_server, template, tmp_path):
    home, names = template.copy(tmp_path / "home")
    running = Workers(home, postgresql=postgresql, redis=redis_server, databases=names)
    running.start()
    yield running
    running.close()
    # A test that was cut short may have left them down.
    for service in (postgresql, redis_server):
        if not service.is_running:
            service.start()
    template.drop(names)


class Admin:
    """The owner at the Back Office."""

    def __init__(self, house):
        self.client = house.client()
        page = self.client.get("/backoffice/sign-in")
        form = {"csrf_token": token_of(page), "email": OWNER_EMAIL, "password": OWNER_PASSWORD}
        assert self.client.post("/backoffice/sign-in", data=form).status_code in {302, 303}
        self._token = token_of(self.client.get("/backoffice/categories/new"))

    def publish(self, name):
        """Save and Publish a new category, in every store."""
        form = {"csrf_token": self._token, "name": name, "action": "publish"}
        return self.client.post("/backoffice/categories", data=form)


def published(house):
    return dict(house.rows("office", "SELECT store_id, version FROM published_heads"))


def applied(house):
    return dict(house.rows("replica", "SELECT store_id, version FROM replica_heads"))


def store_of(house):
    """The store of Register 1, the one that sells here."""
    return house.rows("book", "SELECT store_id FROM orders LIMIT 1")[0][0]


def each_sale_is_in_the_office_once(house, count):
    finished = "SELECT uuid, total_cents FROM orders WHERE state = 'finished' ORDER BY uuid"
    sold = "SELECT uuid, total_cents FROM sales ORDER BY uuid"
    wait_until(lambda: len(house.rows("office", sold)) >= count, patience_s=PATIENCE_S)
    waiting = "SELECT 1 FROM outbox_documents WHERE state <> 'acknowledged'"
    wait_until(lambda: not house.rows("book", waiting), patience_s=PATIENCE_S)
    assert house.rows("office", sold) == house.rows("book", finished)
    counters = [counter for (counter,) in house.rows("book", "SELECT counter FROM orders WHERE number <> ''")]
    assert sorted(counters) == list(range(1, count + 1))


def versions_have_no_gaps(house):
    for store, head in published(house).items():
        query = f"SELECT version FROM publications WHERE store_id = '{store}' ORDER BY version"
        assert [version for (version,) in house.rows("office", query)] == list(range(1, head + 1))


def both_ways(house):
    """The worker that syncs the stores, and the other one."""
    workers = house.workers()
    store = store_of(house)
    holder = wait_until(lambda: {house.holder(store)} & set(workers), patience_s=PATIENCE_S).pop()
    return holder, next(pid for pid in workers if pid != holder)


def test_whichever_worker_is_asked_syncs_sells_and_publishes_at_once(house):
    cashier, admin = Cashier(house), Admin(house)
    cashier.ring("first")
    store = store_of(house)
    for number, pid in enumerate(both_ways(house)):
        house.reach(admin.client, pid)
        assert admin.publish(f"Publication {number}").status_code == 303
        newest = published(house)[store]
        # The store waits for its period, unless somebody presses Sync - on whichever worker.
        house.reach(cashier.client, pid)
        token = token_of(cashier.client.get("/pos/order"))
        answer = cashier.client.post("/pos/syncs", data={"csrf_token": token}, headers={"HX-Request": "true"})
        assert "Synced successfully" in answer.text, answer.text
        assert applied(house)[store] == newest
        house.reach(cashier.client, pid)
        cashier.ring(f"tap {number}")
        house.reach(cashier.client, pid)
        cashier.pay()
        sold = "SELECT 1 FROM sales"
        wait_until(lambda: len(house.rows("office", sold)) == number + 1, patience_s=SOON_S)  # noqa: B023
    # On a slow machine the store's period may end before the press: then there is nothing new any more.
    has_come = "outcome IN ('applied', 'already_up_to_date')"
    pressed = f"SELECT to_version FROM sync_runs WHERE is_manual AND {has_come}"
    assert len(house.rows("book", pressed)) >= 2
    each_sale_is_in_the_office_once(house, 2)


def test_a_notice_reaches_the_worker_that_holds_the_store(house):
    cashier, admin = Cashier(house), Admin(house)
    cashier.ring("first")
    store = store_of(house)
    holder, other = both_ways(house)
    before = applied(house)[store]
    house.reach(admin.client, other)
    assert admin.publish("Told by the other worker").status_code == 303
    # The store's own state says that something waits: the holder compared versions, long before a heartbeat.
    waiting = f"SELECT waiting_version FROM sync_states WHERE store_id = '{store}'"
    wait_until(
        lambda: house.rows("book", waiting)[0][0] > before or applied(house)[store] > before,
        patience_s=SOON_S,
    )
    assert house.holder(store) == holder


@pytest.mark.parametrize("which", ["the one that syncs", "the other"])
def test_a_killed_worker_loses_nothing_and_is_replaced(house, which):
    cashier, admin = Seller(house), Admin(house)
    cashier.sell("before")
    holder, other = both_ways(house)
    victim = holder if which == "the one that syncs" else other
    house.kill_worker(victim)
    for number in range(3):
        cashier.sell(f"after {number}")
    assert victim not in house.workers()
    store = store_of(house)
    wait_until(lambda: house.holder(store) != victim, patience_s=PATIENCE_S)
    published_again(admin, "After the kill")
    wait_until(lambda: applied(house) == published(house), patience_s=PATIENCE_S)
    each_sale_is_in_the_office_once(house, 4)
    versions_have_no_gaps(house)


RESTARTS = [
    ("postgresql", "kill"),
    ("redis_server", "stop"),
    ("postgresql", "stop"),
    ("redis_server", "kill"),
]


@pytest.mark.parametrize(("service", "how"), RESTARTS[: often(2, 4)])
def test_a_restart_in_the_middle_of_everything_loses_nothing(house, request, service, how):
    seller, admin = Seller(house), Admin(house)
    seller.sell("first")
    sold, failed, is_over = ["first"], [], Event()

    def go_on(work):
        number = 0
        try:
            while not is_over.is_set():
                number += 1
                work(number)
        except BaseException as problem:
            failed.append(problem)
            raise

    def sell(number):
        seller.sell(f"sale {number}")
        sold.append(number)

    threads = [
        Thread(target=go_on, args=(work,))
        for work in (sell, lambda number: published_again(admin, f"Category {number}"))
    ]
    for thread in threads:
        thread.start()
    running = request.getfixturevalue(service)
    wait_until(lambda: len(sold) > 1 or failed)
    getattr(running, how)()
    Event().wait(1.0)
    running.start()
    sold_then = len(sold)
    wait_until(lambda: len(sold) > sold_then + 1 or failed, patience_s=PATIENCE_S)
    is_over.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not failed
    wait_until(lambda: applied(house) == published(house), patience_s=PATIENCE_S)
    each_sale_is_in_the_office_once(house, len(sold))
    versions_have_no_gaps(house)
    names = [
        name for (name,) in house.rows("office", "SELECT name FROM categories WHERE name LIKE 'Category %'")
    ]
    assert len(names) == len(set(names))


def published_again(admin, name):
    """Press Save and Publish until it is done. A taken name was saved by a press that got no answer."""

    def press():
        answer = _answer(lambda: admin.publish(name))
        return answer is not None and (answer.status_code == 303 or answer.status_code == 422)

    wait_until(press, patience_s=PATIENCE_S)


class Seller(Cashier):
    """Presses again, with the same tap and the same key, whenever there was no answer or a 503."""

    def sell(self, tap):
        page = self._persist(lambda: self.client.get("/pos/order"))
        form = {"csrf_token": token_of(page), "item": first_item(page), "tap": tap}
        self._persist(lambda: self.client.post("/pos/order/lines", data=form))
        form = payment_form(self._persist(lambda: self.client.get("/pos/payments")))
        paid = self._persist(lambda: self.client.post("/pos/payments/cash", data=form))
        assert "/receipts/" in paid.headers["Location"], paid.headers

    def _persist(self, ask):
        return wait_until(lambda: _answer(ask), patience_s=PATIENCE_S)


def _answer(ask):
    """The answer; None when nobody answered, or a sentence said to try again. A 500 is never one."""
    with contextlib.suppress(httpx2.TransportError):
        answer = ask()
        assert answer.status_code != 500, answer.text
        return answer if answer.status_code != 503 else None
    return None


def test_workers_without_redis_and_postgresql_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="EVERTILL_REDIS_URL"):
        read_settings({"EVERTILL_HOME": str(tmp_path), "EVERTILL_WORKERS": "2"})
