"""Many at once: callers of a sync, publishers, storms, and two workers over one store."""

import contextlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event, Lock
from time import perf_counter

import httpx2
import pytest
from sqlalchemy.exc import OperationalError

from pos_web.syncing.schedule import Pace
from pos_web.syncing.sync_run import SyncLease
from sync_contract.notice import Notice
from tests.backoffice_web.builders import DOWNTOWN
from tests.faults.conftest import often
from tests.faults.house import ITEMS, all_is_well
from tests.waiting import wait_until

# The house's clock goes on by a second whenever somebody looks: no lease of so short a time would hold.
SHARED = Pace(heartbeat_s=3_600, first_sync_s=3_600, lease_s=0.05, lease_lasts_s=3_600)
SHORT_LEASE = Pace(heartbeat_s=3_600, first_sync_s=3_600, lease_s=0.05, lease_lasts_s=1)


class Watched(httpx2.BaseTransport):
    """Counts requests for changes, and how many of them were under way at the same time."""

    def __init__(self, inner):
        self.inner = inner
        self.asked = Counter()
        self.most_at_once = 0
        self._now = 0
        self._lock = Lock()

    def handle_request(self, request):
        name = request.url.path.rsplit("/", 1)[-1]
        is_pull = name == "changes"
        with self._lock:
            self.asked[name] += 1
            self._now += is_pull
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            response = self.inner.handle_request(request)
            content = b"".join(response.stream)
            response.close()
            return httpx2.Response(response.status_code, headers=response.headers, stream=_Bytes(content))
        finally:
            with self._lock:
                self._now -= is_pull

    def close(self):
        self.inner.close()


class _Bytes(httpx2.SyncByteStream):
    def __init__(self, content):
        self._content = content

    def __iter__(self):
        yield self._content


@pytest.fixture
def watched(house):
    return Watched(house.wsgi())


def is_gapless(house):
    return list(house.digests()) == list(range(1, house.version() + 1))


@pytest.mark.parametrize("callers", [2, 10, 50])
def test_callers_that_meet_share_few_pulls_one_at_a_time(house, watched, random, callers):
    node = house.node(watched)
    agent = node.agent()
    assert agent.sync(DOWNTOWN, by="test", wait_s=20).is_success
    for _round in range(often(2, 20)):
        house.change_a_price(random)
        newest, pulls = house.publish(), watched.asked["changes"]
        start = Barrier(callers)

        def press(number, start=start):
            start.wait(20)
            return agent.sync(DOWNTOWN, by=f"Caller {number}", wait_s=20)

        with ThreadPoolExecutor(callers) as people:
            results = list(people.map(press, range(callers)))
        assert {result.outcome for result in results} <= {"applied", "already_up_to_date"}
        assert {result.to_version for result in results} == {newest}
        # Those who came after the first pull had begun share the second one; who is slower, a third.
        assert watched.asked["changes"] - pulls <= max(2, callers // 2)
    assert watched.most_at_once == 1
    all_is_well(house, node)


@pytest.mark.parametrize("callers", [2, 10])
def test_publishing_during_syncs_leaves_no_gap_and_the_last_state(house, watched, random, callers):
    node = house.node(watched)
    agent = node.agent()
    published = []

    def publish(_number):
        for _each in range(often(10, 100)):
            house.change_a_price(random)
            published.append(house.publish())
            agent.notice(Notice(store=DOWNTOWN, version=published[-1]))

    def press(number):
        for _each in range(often(10, 100)):
            known = max(published, default=0)
            result = agent.sync(DOWNTOWN, by=f"Caller {number}", wait_s=20)
            assert result.is_success, result
            assert result.to_version >= known

    with ThreadPoolExecutor(callers + 1) as people:
        jobs = [people.submit(publish, 0), *(people.submit(press, number) for number in range(callers))]
        for job in jobs:
            job.result()
    assert published == sorted(published)
    assert is_gapless(house)
    assert watched.most_at_once == 1
    # The last notice alone brings the last state.
    wait_until(lambda: node.applied().version == house.version())
    all_is_well(house, node)


def again(act):
    """Whoever waited for the database in vain is told so, and presses again: SQLite's queue is not fair."""
    with contextlib.suppress(OperationalError):
        return act()
    return act()


def test_two_publishers_at_once_lose_no_edit_and_leave_no_gap(house, random):
    start = Barrier(2)
    last = {}

    def edit_and_publish(mine):
        start.wait(20)
        for price in range(1, often(15, 300)):
            item = mine[price % len(mine)]
            again(lambda item=item, price=price: house.office.set_price(item, 1_000 + price))
            again(lambda: house.publish(by=mine[0]))
            last[item] = 1_000 + price

    with ThreadPoolExecutor(2) as people:
        for job in [people.submit(edit_and_publish, ITEMS[:3]), people.submit(edit_and_publish, ITEMS[3:6])]:
            job.result()
    assert is_gapless(house)
    bodies = house.office.published()
    for item, price in last.items():
        assert f'"price_cents":{price}'.encode() in bodies["item", item]
    node = house.node()
    assert node.steps().sync(by="test", is_manual=True).is_success
    all_is_well(house, node)


def test_a_storm_of_publications_ends_in_the_last_one_with_few_pulls(house, watched, random):
    node = house.node(watched)
    agent = node.agent()
    assert agent.sync(DOWNTOWN, by="test", wait_s=20).is_success
    began = perf_counter()
    for _each in range(100):
        house.change_a_price(random)
        agent.notice(Notice(store=DOWNTOWN, version=house.publish()))
    assert perf_counter() - began < 60
    wait_until(lambda: node.applied().version == house.version())
    assert is_gapless(house)
    assert watched.most_at_once == 1
    assert watched.asked["changes"] <= 101
    all_is_well(house, node)


def test_two_workers_of_one_store_pull_one_after_the_other(house, watched, random):
    node = house.node(watched)
    workers = [node.agent(pace=SHARED, is_alone=False) for _worker in range(2)]
    for _round in range(often(5, 100)):
        house.change_a_price(random)
        house.publish()
        node.finish_a_sale()
        start = Barrier(4)

        def press(number, start=start):
            start.wait(20)
            return workers[number % 2].sync(DOWNTOWN, by=f"Caller {number}", wait_s=20)

        with ThreadPoolExecutor(4) as people:
            results = list(people.map(press, range(4)))
        assert all(result.is_success for result in results), results
        assert {result.to_version for result in results} == {house.version()}
        assert node.applied().version == house.version()
    assert watched.most_at_once == 1
    for worker in workers:
        worker.kick_outbox(DOWNTOWN)
    wait_until(lambda: node.states() == {"acknowledged"})
    all_is_well(house, node)


class Slow(Watched):
    """Answers a request for changes when it may."""

    def __init__(self, inner):
        super().__init__(inner)
        self.is_asked, self.may_answer = Event(), Event()
        self.may_answer.set()

    def handle_request(self, request):
        if request.url.path.endswith("/changes"):
            self.is_asked.set()
            assert self.may_answer.wait(60)
        return super().handle_request(request)


def lease_of(node):
    with node.book.read() as session:
        return session.get_one(SyncLease, DOWNTOWN)


def test_a_pull_that_outlasts_the_lease_keeps_the_store_from_the_worker_that_watches(house, random):
    slow = Slow(house.wsgi())
    node = house.node(slow)
    how = {"pace": SHORT_LEASE, "is_alone": False, "clock": lambda: datetime.now(UTC)}
    first = node.agent(**how)
    assert first.sync(DOWNTOWN, by="test", wait_s=20).is_success
    node.agent(**how)
    house.change_a_price(random)
    newest = house.publish()
    slow.is_asked.clear()
    slow.may_answer.clear()
    with ThreadPoolExecutor(1) as person:
        pressed = person.submit(first.sync, DOWNTOWN, by="Mia K.", wait_s=60)
        try:
            assert slow.is_asked.wait(20)
            before = lease_of(node)
            # Two whole leases long, with another worker that would like to have it.
            wait_until(lambda: lease_of(node).expires_at - before.expires_at > timedelta(seconds=2))
            assert (lease_of(node).owner, lease_of(node).fence) == (before.owner, before.fence)
        finally:
            slow.may_answer.set()
        result = pressed.result()
    assert (result.outcome, result.to_version) == ("applied", newest)
    assert slow.most_at_once == 1
    all_is_well(house, node)
