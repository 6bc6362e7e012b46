"""Which nodes are there, by their sockets: who waits for whom, and whose going counts."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from backoffice_web.bridge.access import NodeAccess
from backoffice_web.node_lines import NodeLines
from backoffice_web.terminals.report import record_report
from backoffice_web.terminals.terminal import StoreState
from sync_contract.changes import NodeReport
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON
from tests.waiting import wait_until

NODE = NodeAccess("n1", "Back room", frozenset({DOWNTOWN, AIRPORT}))
OTHER = NodeAccess("n2", "Cellar", frozenset({AIRPORT}))
SECOND = timedelta(seconds=1)


@pytest.fixture
def told():
    return []


@pytest.fixture
def lines(office, told):
    with office.write() as session:
        for store in (DOWNTOWN, AIRPORT):
            record_report(session, report=NodeReport(store=store, version=1, digest=""), now=NOON)
        session.commit()
    made = NodeLines(office.database, tell=told.append)
    yield made
    made.stop()


def cuts(office):
    with office.read() as session:
        return {state.store_id: state.line_cut_at for state in session.query(StoreState)}


def written(lines):
    """All that happened until now is in the database."""
    lines.start()
    lines.stop()


def test_a_node_is_cut_off_when_its_last_socket_goes_in_whatever_order(office, lines, told):
    for seconds, sid in enumerate("abc"):
        lines.came(sid, NODE, now=NOON + seconds * SECOND)
    lines.went("c", now=NOON + 5 * SECOND)
    lines.went("a", now=NOON + 6 * SECOND)
    written(lines)
    assert cuts(office) == {DOWNTOWN: None, AIRPORT: None}
    lines.went("b", now=NOON + 7 * SECOND)
    written(lines)
    assert cuts(office) == dict.fromkeys((DOWNTOWN, AIRPORT), NOON + 7 * SECOND)
    assert told.count(DOWNTOWN) == 4
    lines.came("d", NODE, now=NOON + 8 * SECOND)
    written(lines)
    assert cuts(office) == {DOWNTOWN: None, AIRPORT: None}


def test_a_socket_that_was_never_let_in_goes_unnoticed(office, lines, told):
    lines.came("a", NODE, now=NOON)
    lines.went("stranger", now=NOON + SECOND)
    written(lines)
    assert cuts(office)[DOWNTOWN] is None
    assert told == sorted(NODE.store_ids)


def test_each_node_has_its_own_line(office, lines):
    lines.came("a", NODE, now=NOON)
    lines.came("b", OTHER, now=NOON + SECOND)
    lines.went("a", now=NOON + 2 * SECOND)
    written(lines)
    # The other one came to the airport later.
    assert cuts(office) == {DOWNTOWN: NOON + 2 * SECOND, AIRPORT: None}


def test_whoever_comes_waits_for_no_writer(office, lines, told):
    lines.start()
    with office.write() as session:
        session.query(StoreState).with_for_update().all()
        session.execute(StoreState.__table__.update().values(outcome="busy"))
        lines.came("a", NODE, now=NOON)
        lines.went("a", now=NOON + SECOND)
        assert told == []
        session.commit()
    wait_until(lambda: len(told) == 4)
    assert cuts(office)[DOWNTOWN] == NOON + SECOND


def test_what_cannot_be_written_down_ends_nothing(office, lines, told, monkeypatch):
    def fail():
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(office.database, "write", fail)
        lines.came("a", NODE, now=NOON)
        written(lines)
    assert told == []
    lines.went("a", now=NOON + SECOND)
    written(lines)
    assert cuts(office)[DOWNTOWN] == NOON + SECOND
