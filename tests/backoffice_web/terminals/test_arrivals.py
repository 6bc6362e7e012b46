"""What a node's report teaches the office: when each version came where, and which syncs brought it."""

from datetime import timedelta

import msgspec
from sqlalchemy import select

from backoffice_web.reports.reach import reach_of
from backoffice_web.terminals.arrival import Arrival, StoreSync
from backoffice_web.terminals.registration import add_terminal
from backoffice_web.terminals.report import KEPT, record_report
from sync_contract.changes import NodeReport, SyncReport, TillReport
from sync_contract.digest import EMPTY, to_hex
from tests.backoffice_web.builders import DOWNTOWN, NOON, add_category

HOUR = timedelta(hours=1)


def seconds(count):
    return NOON + timedelta(seconds=count)


def report(version, **more):
    return NodeReport(store=DOWNTOWN, version=version, digest=to_hex(EMPTY), **more)


def sync(uuid, **more):
    return SyncReport(
        **{
            "uuid": uuid, "started_at": NOON, "started_by": "Mia K.", "from_version": 0, "to_version": 1,
            "outcome": "applied",
        } | more
    )  # fmt: skip


def take_in(office, found, *, now):
    with office.write() as session:
        record_report(session, report=found, now=now)
        session.commit()


def arrivals(office):
    with office.read() as session:
        rows = session.scalars(select(Arrival).order_by(Arrival.at, Arrival.place))
        return [(row.place, row.version, row.at) for row in rows]


def syncs(office):
    with office.read() as session:
        return list(session.scalars(select(StoreSync).order_by(StoreSync.started_at)))


def test_each_step_of_a_version_is_kept_once_with_its_time(office):
    with office.write() as session:
        add_category(session)
        add_terminal(session, store_id=DOWNTOWN, name="Register", by="Set-up", now=NOON, terminal_id="till")
        session.commit()
    office.publish(DOWNTOWN)
    take_in(office, report(0, heard_version=1, heard_at=seconds(1)), now=seconds(2))
    applied = {"heard_version": 1, "heard_at": seconds(1), "applied_at": seconds(15)}
    take_in(office, report(1, **applied), now=seconds(16))
    shown = (TillReport(terminal="till", shown_version=1, seen_at=seconds(17)),)
    for again in range(3):
        take_in(office, report(1, **applied, tills=shown), now=seconds(17 + again))
    assert arrivals(office) == [
        ("heard", 1, seconds(1)),
        ("applied", 1, seconds(15)),
        ("till", 1, seconds(17)),
    ]
    with office.read() as session:
        (till,) = reach_of(session, [(DOWNTOWN, 1)], now=seconds(20)).tills
    assert (till.heard_at, till.applied_at, till.shown_at) == (seconds(1), seconds(15), seconds(17))


def test_a_nodes_wrong_clock_changes_no_time(office):
    for ahead in (HOUR, -HOUR):
        found = report(
            int(ahead > -HOUR) + 1,
            sent_at=seconds(10) + ahead,
            applied_at=seconds(4) + ahead,
            syncs=(sync(str(ahead), started_at=seconds(3) + ahead),),
        )
        take_in(office, found, now=seconds(10))
    assert {at for _place, _version, at in arrivals(office)} == {seconds(4)}
    assert {each.started_at for each in syncs(office)} == {seconds(3)}


def test_a_sync_that_is_told_again_is_there_once(office):
    for _each in range(3):
        take_in(office, report(1, syncs=(sync("a"), sync("b", outcome="offline"))), now=NOON)
    assert [each.uuid for each in syncs(office)] == ["a", "b"]


def test_two_stores_may_have_a_sync_of_the_same_name(office):
    take_in(office, report(1, syncs=(sync("a"),)), now=NOON)
    take_in(office, msgspec.structs.replace(report(1, syncs=(sync("a"),)), store="airport"), now=NOON)
    assert len(syncs(office)) == 2


def test_what_is_older_than_ninety_days_is_forgotten(office):
    take_in(office, report(1, syncs=(sync("old"),)), now=NOON)
    later = NOON + KEPT + HOUR
    take_in(office, report(2, syncs=(sync("new", started_at=later),)), now=later)
    assert [each.uuid for each in syncs(office)] == ["new"]
    assert [version for _place, version, _at in arrivals(office)] == [2]


def test_a_report_of_an_older_node_has_none_of_it_and_is_taken_in(office):
    take_in(office, report(3), now=NOON)
    assert arrivals(office) == [("applied", 3, NOON)]
