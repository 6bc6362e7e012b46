"""The line between the office and a node far away: notices over a real socket, its loss and its return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Queue

import pytest
from websocket import STATUS_NORMAL, WebSocket

from app import build
from backoffice_web.bridge.access import issue_node_token
from backoffice_web.terminals.board import store_board
from backoffice_web.terminals.node import Node
from backoffice_web.terminals.pairing import revoke
from backoffice_web.terminals.report import record_report
from pos_web.office_socket import FIRST_PAUSE_S, LONGEST_PAUSE_S, OfficeSocket, pause_s
from settings import read_settings
from sync_contract.changes import NodeReport
from sync_contract.notice import Notice
from tests import cast
from tests.conftest import Live, environment_of
from tests.databases import copy_home
from tests.waiting import wait_until

PATIENCE_S = 20
LISTENING, CUT = True, False


class Ear:
    """Writes down what the agent would be told."""

    def __init__(self):
        self.told = Queue()

    def notice(self, notice):
        self.told.put(notice)

    def line_changed(self, *, is_listening):
        self.told.put(is_listening)

    def next(self):
        return self.told.get(timeout=PATIENCE_S)


@dataclass
class Link:
    office: str
    token: str


@pytest.fixture
def office(demo_home, tmp_path):
    """The Back Office alone, behind a real HTTP server."""
    copy_home(demo_home, tmp_path / "home")
    evertill = build(read_settings(environment_of(tmp_path / "home"), role="backoffice"))
    evertill.start()
    running = Live(url="", evertill=evertill, port=0)
    running.start()
    yield running
    running.stop()
    evertill.stop()


@pytest.fixture
def store(office):
    return cast.first_store(office.evertill).id


@pytest.fixture
def token(office, store):
    with office.evertill.office_database.write() as session:
        made = issue_node_token(
            session, name="Node", serves_all=False, store_ids=[store], now=datetime.now(UTC)
        )
        session.commit()
    return made


@pytest.fixture
def listen(office):
    """Start a node's socket; its ear. All of them are in `sockets`."""
    sockets = []

    def start(token):
        ear = Ear()
        sockets.append(OfficeSocket(Link(office.url, token), ear, chance=lambda: 0))
        sockets[-1].start()
        return ear

    start.sockets = sockets
    yield start
    for socket in sockets:
        socket.stop()


def notify(office, store, version):
    office.evertill.backoffice.extensions["office"].notify(Notice(store=store, version=version))


def test_a_node_hears_of_its_own_stores_alone(office, store, token, listen):
    ear = listen(token)
    assert ear.next() is LISTENING
    notify(office, "another store", 8)
    notify(office, store, 9)
    assert ear.next() == Notice(store=store, version=9)


def test_a_cut_line_is_told_and_mended_by_itself(office, store, token, listen):
    ear = listen(token)
    assert ear.next() is LISTENING
    office.stop()
    assert ear.next() is CUT
    office.start()
    assert ear.next() is LISTENING
    notify(office, store, 10)
    assert ear.next() == Notice(store=store, version=10)


def test_without_a_token_that_is_known_nobody_listens(office, store, token, listen):
    strangers, known = [listen("wrong"), listen("")], listen(token)
    assert known.next() is LISTENING
    notify(office, store, 11)
    assert known.next() == Notice(store=store, version=11)
    assert all(stranger.told.empty() for stranger in strangers)


def test_a_revoked_node_is_hung_up_on_and_let_in_no_more(office, store, token, listen):
    ear = listen(token)
    assert ear.next() is LISTENING
    with office.evertill.office_database.write() as session:
        node = session.query(Node).filter_by(name="Node").one().id
        revoke(session, node_id=node, by="A", now=datetime.now(UTC))
        session.commit()
    office.evertill.backoffice.extensions["office"].hang_up(node)
    assert ear.next() is CUT
    assert ear.told.empty()


def test_the_office_knows_at_once_that_a_node_is_gone_and_that_it_is_back(office, store, token, listen):
    ear = listen(token)
    assert ear.next() is LISTENING
    with office.evertill.office_database.write() as session:
        record_report(session, report=NodeReport(store=store, version=1, digest=""), now=datetime.now(UTC))
        session.commit()
    # There is a row now, so the next line is written down.
    listen.sockets.pop().stop()
    assert ear.next() is CUT
    ear = listen(token)
    assert ear.next() is LISTENING
    wait_until(lambda: state_of(office, store) == "up_to_date")
    listen.sockets[0].stop()
    wait_until(lambda: state_of(office, store) == "offline")
    listen(token)
    wait_until(lambda: state_of(office, store) == "up_to_date")


def state_of(office, store):
    with office.evertill.office_database.read() as session:
        (row,) = store_board(session, now=datetime.now(UTC), store_ids=[store], node_names={})
    return row.state


def test_a_node_that_stops_waits_for_no_answer_to_its_farewell(office, token, listen, monkeypatch):
    close, waits = WebSocket.close, []

    def noted(self, status=STATUS_NORMAL, reason=b"", timeout=3):
        waits.append(timeout)
        close(self, status, reason, 0)

    monkeypatch.setattr(WebSocket, "close", noted)
    ear = listen(token)
    assert ear.next() is LISTENING
    listen.sockets[0].stop()
    assert ear.next() is CUT
    assert set(waits) == {0}


def test_pauses_grow_and_never_are_the_same_for_all():
    assert pause_s(0, 1) == FIRST_PAUSE_S
    assert [pause_s(failures, 1) for failures in (1, 2, 3, 50)] == [1, 2, 4, LONGEST_PAUSE_S]
    assert pause_s(50, 0) == LONGEST_PAUSE_S / 2
