"""The same on a real TCP line, where headers break too, with the agent's own threads at work."""

import contextlib
import socket
import weakref
from threading import Thread

import httpx2
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from pos_web.syncing import bridge_client
from pos_web.syncing.schedule import Pace
from sync_contract.notice import Notice
from tests.backoffice_web.builders import DOWNTOWN
from tests.faults.conftest import often
from tests.faults.house import all_is_well
from tests.faults.proxy import TcpLine
from tests.waiting import wait_until

SHORT = httpx2.Timeout(0.5)
EAGER = Pace(
    heartbeat_s=0.2, first_sync_s=0.05, offline_s=0.05, retry_first_s=0.05, retry_longest_s=0.1, lease_s=0.1
)


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 2
    lines = weakref.WeakSet()

    def setup(self):
        super().setup()
        self.lines.add(self.connection)

    def log(self, type, message, *args):
        pass


@pytest.fixture
def served(house):
    """The office behind a real HTTP server; its address."""
    server = make_server("127.0.0.1", 0, house.app, threaded=True, request_handler=Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    for line in list(Handler.lines):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
    server.server_close()
    thread.join(5)


@pytest.fixture
def line(served, random):
    opened = TcpLine(served, random)
    yield opened
    opened.close()


@pytest.fixture
def node(house, line, monkeypatch):
    monkeypatch.setattr(bridge_client, "QUICK", SHORT)
    client = bridge_client.BridgeClient(line.url, house.token)
    # Nobody waits for an answer that a changed length promised.
    client._http.timeout = SHORT
    return house.node_of(client)


def test_nothing_is_lost_doubled_or_torn_on_a_bad_wire(house, node, line, random, monkeypatch):
    agent = node.agent(pace=EAGER)
    for _step in range(often(150, 5_000)):
        what = random.choice(("sell", "sell", "publish", "publish", "lost notice", "sync", "sync", "full"))
        if what == "sell":
            node.finish_a_sale()
            agent.kick_outbox(DOWNTOWN)
        elif what in {"publish", "lost notice"}:
            house.change_a_price(random)
            notice = Notice(store=DOWNTOWN, version=house.publish())
            for _each in range(random.randint(1, 2) if what == "publish" else 0):
                agent.notice(notice)
        else:
            result = agent.sync(DOWNTOWN, by="Mia K.", is_full=what == "full", wait_s=20)
            assert result.outcome in {
                "applied", "already_up_to_date", "offline", "refused", "failed_verification", "running",
            }  # fmt: skip
            assert result.reason != "older-office"
        assert house.has_published(node.applied())
    assert len(line.met) > 4, line.met
    line.mend()
    # No length lies any more: on a slow machine an answer may take its time.
    monkeypatch.setattr(bridge_client, "QUICK", bridge_client.TIMEOUT)
    node.client._http.timeout = bridge_client.TIMEOUT
    wait_until(lambda: agent.sync(DOWNTOWN, by="Mia K.", wait_s=20).is_success)
    wait_until(lambda: node.states() <= {"acknowledged", "refused"})
    all_is_well(house, node)
