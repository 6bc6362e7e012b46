"""What one worker of a house is told ends at the lines that another one holds: two workers over one Redis."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis
import websocket

from app import build
from backoffice_web.bridge.access import issue_node_token
from backoffice_web.terminals.node import Node
from pos_web.office_socket import OfficeSocket
from settings import read_settings
from tests import cast
from tests.backoffice_web.routes.signing import signed_in
from tests.backoffice_web.routes.test_office_sessions import opened, read_until_closed
from tests.conftest import Live, environment_of
from tests.databases import copy_home
from tests.journeys.test_notices import CUT, LISTENING, Ear, Link
from tests.waiting import wait_until

WORKERS = 2


@pytest.fixture
def workers(demo_home, tmp_path, redis_server):
    """Two Back Offices over one database: people use the first, the lines are held by the second."""
    copy_home(demo_home, tmp_path / "home")
    settings = read_settings(environment_of(tmp_path / "home"), role="backoffice")
    settings = replace(settings, redis_url=redis_server.url)
    made = [build(settings) for _worker in range(WORKERS)]
    for each in made:
        each.start()
    with redis.Redis.from_url(redis_server.url) as line:
        wait_until(lambda: dict(line.pubsub_numsub("evertill:office"))[b"evertill:office"] == WORKERS)
    held = Live(url="", evertill=made[1], port=0)
    held.start()
    yield made[0], held
    held.stop()
    for each in made:
        each.stop()


def token_of_a_node(evertill):
    """Of a store node called Node, which serves the first store."""
    with evertill.office_database.write() as session:
        stores = [cast.first_store(evertill).id]
        token = issue_node_token(
            session, name="Node", serves_all=False, store_ids=stores, now=datetime.now(UTC)
        )
        session.commit()
    return token


def test_a_node_that_is_revoked_at_one_worker_is_hung_up_on_by_the_other(workers):
    first, second = workers
    token = token_of_a_node(first)
    ear = Ear()
    socket = OfficeSocket(Link(second.url, token), ear, chance=lambda: 0)
    socket.start()
    try:
        assert ear.next() is LISTENING
        with first.office_database.read() as session:
            node = session.query(Node).filter_by(name="Node").one().id
        first.backoffice.config["WTF_CSRF_ENABLED"] = False
        assert cast.office(first).post(f"/store-nodes/{node}/revocation").status_code == 303
        assert ear.next() is CUT
    finally:
        socket.stop()
    assert ear.told.empty()


def test_a_session_that_ends_at_one_worker_loses_the_sockets_that_the_other_holds(workers):
    first, second = workers
    lost, here = signed_in(first), signed_in(first)
    with opened(second, lost) as line, opened(second, here) as kept:
        here.post("/office-sessions/end-others")
        assert read_until_closed(line)
        kept.settimeout(10)
        while "office:session" not in (told := kept.recv()):
            assert told


def test_what_nobody_heard_while_redis_was_away_is_made_up_for_when_it_is_back(workers, redis_server):
    first, second = workers
    token = token_of_a_node(first)
    lost, here, ear = signed_in(first), signed_in(first), Ear()
    socket = OfficeSocket(Link(second.url, token), ear, chance=lambda: 0)
    socket.start()
    try:
        with opened(second, lost) as line, opened(second, here) as kept:
            assert ear.next() is LISTENING
            redis_server.stop()
            with first.office_database.read() as session:
                node = session.query(Node).filter_by(name="Node").one().id
            first.backoffice.config["WTF_CSRF_ENABLED"] = False
            assert cast.office(first).post(f"/store-nodes/{node}/revocation").status_code == 303
            here.post("/office-sessions/end-others")
            redis_server.start()
            assert ear.next() is CUT
            assert read_until_closed(line)
            kept.settimeout(0.5)
            with pytest.raises(websocket.WebSocketTimeoutException):
                while not kept.recv().startswith("41"):
                    pass
    finally:
        socket.stop()
        if not redis_server.is_running:
            redis_server.start()
