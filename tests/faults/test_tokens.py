"""A node's token changes while two workers of it are at work, on a good line and on a bad one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest
from sqlalchemy import select

from backoffice_web.bridge.access import node_of
from backoffice_web.terminals.node import Node
from pos_web.syncing.bridge_client import BridgeClient, Offline, Refused
from pos_web.syncing.office_link import KeptLink, OfficeLink, ask_for_stores, read_link, write_link
from shared_web.front_door import only
from tests.backoffice_web.builders import DOWNTOWN
from tests.faults.conftest import often
from tests.faults.proxy import BadLine
from tests.waiting import wait_until

WORKERS = 2


class Worker:
    """One process of the node: its client and its view of the file that all share."""

    def __init__(self, house, file, line, started_at):
        self.client = BridgeClient(transport=line)
        self.link = OfficeLink(file, self.client, office=None, clock=lambda: house.now, started_at=started_at)

    def talk(self):
        """As its threads do: which stores, and how does each stand?"""
        ask_for_stores(self.client, self.link)
        return self.client.status(DOWNTOWN, since=0).version


@pytest.fixture
def file(house, tmp_path):
    kept = KeptLink(
        office="http://office.example", node="n", name="Node", token=house.token, issued_at=house.now
    )
    write_link(tmp_path / "office_link.json", kept)
    return tmp_path / "office_link.json"


def inside(house):
    return httpx2.WSGITransport(app=only("/backoffice", house.app))


def at_once(workers, talk):
    """What each of them got when all began together."""
    start = Barrier(len(workers))

    def one(worker):
        start.wait(20)
        return talk(worker)

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(one, workers))


def issued(house):
    with house.office.read() as session:
        return len(session.scalars(select(Node.former_token_hashes)).one())


def test_while_the_token_changes_neither_of_two_workers_is_locked_out(house, file):
    for week in range(1, often(6, 60)):
        house.tick(days=8)
        # Both start anew, as after an upgrade, or only a week has gone by.
        if week % 2:
            started_at = house.now
            workers = [Worker(house, file, inside(house), started_at) for _each in range(WORKERS)]
        for _talk in range(3):
            assert at_once(workers, Worker.talk) == [1] * WORKERS
        # One of the two has renewed it, not both.
        assert issued(house) == week
        with house.office.read() as session:
            assert node_of(session, read_link(file).token) is not None


def test_on_a_line_that_loses_repeats_and_delays_a_token_the_node_gets_in_again(house, file, random):
    lines = [
        BadLine(inside(house), random, badness=0.4, faults=("drop", "lost answer", "duplicate", "late"))
        for _worker in range(WORKERS)
    ]
    workers = [Worker(house, file, line, None) for line in lines]

    def is_served(worker):
        try:
            return worker.talk()
        except (Offline, Refused):
            return None

    for _week in range(often(15, 300)):
        house.tick(days=8)
        for worker in workers:
            # Whatever became of the requests before: within a few heartbeats it is served.
            wait_until(lambda worker=worker: is_served(worker))
    assert {name for line in lines for name in line.met} >= {"late", "duplicate", "lost answer"}


def test_whoever_stands_still_while_the_token_changes_goes_on_with_the_new_one(house, file):
    first, second = (Worker(house, file, inside(house), None) for _each in range(WORKERS))
    second.client.status(DOWNTOWN, since=0)
    first.talk()
    former = house.token
    with house.office.read() as session:
        assert node_of(session, former) is None
    # It still holds the former one, and no heartbeat has come: each kind of request finds the new one.
    assert second.client.status(DOWNTOWN, since=0).version == 1
    house.tick(days=8)
    first.talk()
    with second.client.changes(DOWNTOWN, since=0, epoch="", digest="") as blocks:
        assert b"trailer" in b"".join(blocks)
