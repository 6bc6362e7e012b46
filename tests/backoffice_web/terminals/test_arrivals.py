"""What a node's report teaches the office: when each version came where, and which syncs brought it."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import event, select

from backoffice_web.publishing.publication import Publication, PublishedHead
from backoffice_web.reports.latency import latencies
from backoffice_web.reports.reach import reach_of
from backoffice_web.stores.store import Store
from backoffice_web.terminals.arrival import Arrival, StoreSync
from backoffice_web.terminals.board import board, store_board
from backoffice_web.terminals.registration import add_terminal, claim, new_registration_code, revoke
from backoffice_web.terminals.report import KEPT, record_report
from backoffice_web.terminals.terminal import Terminal
from sync_contract.changes import NodeReport, SyncReport, TillReport
from tests.backoffice_web.builders import DOWNTOWN, NOON, add_category

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def seconds(count):
    return NOON + timedelta(seconds=count)


def report(version, **more):
    return NodeReport(**{"store": DOWNTOWN, "version": version, "digest": ""} | more)


def sync(uuid, **more):
    return SyncReport(
        **{
            "uuid": uuid, "started_at": NOON, "started_by": "Mia K.", "from_version": 0, "to_version": 1,
            "outcome": "applied",
        } | more
    )  # fmt: skip


def take_in(office, found, *, now, **more):
    with office.write() as session:
        record_report(session, report=found, now=now, **more)
        session.commit()


def publish_versions(office, *moments):
    with office.write() as session:
        for version, at in enumerate(moments, 1):
            digest = digest_of(version)
            session.add(Publication(store_id=DOWNTOWN, version=version, digest=digest, at=at, by="Max"))
            head = session.get(PublishedHead, DOWNTOWN) or PublishedHead(store_id=DOWNTOWN)
            head.version, head.digest = version, digest
            session.add(head)


def digest_of(version, *, life="a"):
    return life * 31 + str(version)


def register(office, terminal, *, now=NOON):
    """Add the terminal where there is none, and let a browser be it."""
    with office.write() as session:
        if session.get(Terminal, terminal) is None:
            add_terminal(
                session, store_id=DOWNTOWN, name=terminal, by="Set-up", now=now, terminal_id=terminal
            )
            session.flush()
        code = new_registration_code(session, terminal_id=terminal, by="Max", now=now)
        claim(session, code=code, now=now)


def tills(**shown):
    """Each till → the version it shows, or that and since when."""
    told = {key: value if isinstance(value, tuple) else (value, None) for key, value in shown.items()}
    return tuple(
        TillReport(terminal=key, shown_version=version, shown_at=at, seen_at=NOON)
        for key, (version, at) in told.items()
    )


def reached(office, version, *, now):
    """Shown, of how many, and when by each till."""
    with office.read() as session:
        found = reach_of(session, [(DOWNTOWN, version)], now=now)
        return found.shown, found.total, {till.row.terminal_id: till.shown_at for till in found.tills}


def latency(office, *, now):
    with office.read() as session:
        (found,) = latencies(session, [session.get_one(Store, DOWNTOWN)], now=now)
        return found


def states(office, *, now):
    """The state of the store, and those of its tills."""
    with office.read() as session:
        (store,) = store_board(session, now=now, store_ids=[DOWNTOWN], node_names={})
        return store.state, [row.state for row in board(session, now=now)]


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
        session.commit()
    register(office, "till")
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
    publish_versions(office, NOON, NOON)
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
    publish_versions(office, NOON, NOON)
    take_in(office, report(1, syncs=(sync("old"),)), now=NOON)
    later = NOON + KEPT + HOUR
    take_in(office, report(2, syncs=(sync("new", started_at=later),)), now=later)
    assert [each.uuid for each in syncs(office)] == ["new"]
    assert [version for _place, version, _at in arrivals(office)] == [2]


def test_a_report_of_an_older_node_has_none_of_it_and_is_taken_in(office):
    publish_versions(office, NOON)
    take_in(office, report(1), now=NOON)
    assert arrivals(office) == [("applied", 1, NOON)]


def test_two_pages_of_different_age_at_one_till_change_no_time(office):
    register(office, "till")
    publish_versions(office, NOON)
    take_in(office, report(1, tills=tills(till=1)), now=seconds(1))
    for minute in range(1, 11):
        take_in(office, report(1, tills=tills(till=minute % 2)), now=seconds(60 * minute))
    take_in(office, report(1, tills=tills(till=1)), now=seconds(660))
    assert reached(office, 1, now=seconds(660)) == (1, 1, {"till": seconds(1)})
    assert latency(office, now=seconds(660)).shown_p95_s == 1


def test_a_till_that_is_registered_anew_keeps_when_it_showed_a_version_first(office):
    register(office, "till")
    publish_versions(office, NOON)
    take_in(office, report(1, tills=tills(till=1)), now=seconds(1))
    anew = NOON + 48 * HOUR
    with office.write() as session:
        revision = session.get_one(Terminal, "till").revision
        revoke(session, terminal_id="till", revision=revision, by="Max", now=anew)
    register(office, "till", now=anew)
    take_in(office, report(1, tills=tills(till=1)), now=anew)
    assert reached(office, 1, now=anew) == (1, 1, {"till": seconds(1)})
    assert latency(office, now=anew).shown_p95_s == 1


@pytest.mark.parametrize("is_registered", [True, False])
def test_what_was_published_before_a_till_was_there_did_not_wait_for_it(office, is_registered):
    register(office, "old")
    publish_versions(office, NOON, seconds(10))
    take_in(office, report(2, tills=tills(old=2)), now=seconds(11))
    new = NOON + 72 * HOUR
    if is_registered:
        register(office, "new", now=new)
        # It should show the newest one, and the office waits for that.
        assert [reached(office, version, now=new)[:2] for version in (1, 2)] == [(1, 1), (1, 2)]
    else:
        # A browser of the demo chooses its terminal.
        with office.write() as session:
            add_terminal(session, store_id=DOWNTOWN, name="new", by="x", now=NOON, terminal_id="new")
    take_in(office, report(2, tills=tills(old=2, new=2)), now=new + 5 * SECOND)
    assert latency(office, now=new + HOUR).shown_p95_s == 11
    assert reached(office, 2, now=new + 5 * SECOND) == (2, 2, {"old": seconds(11), "new": None})


def test_what_was_published_before_a_stores_node_was_paired_did_not_wait_for_it(office):
    paired = NOON + 24 * HOUR
    publish_versions(office, NOON, paired + SECOND)
    take_in(office, report(2, applied_at=paired + 3 * SECOND), now=paired + 3 * SECOND, node_since=paired)
    found = latency(office, now=paired + HOUR)
    assert (found.applied_p50_s, found.applied_p95_s) == (2, 2)


@pytest.mark.parametrize("ahead", [timedelta(0), HOUR, -HOUR])
def test_a_report_that_comes_hours_late_changes_no_time(office, ahead):
    register(office, "till")
    publish_versions(office, NOON)
    late = NOON + 3 * HOUR
    told = report(
        1, applied_at=seconds(2) + ahead, sent_at=late + ahead, tills=tills(till=(1, seconds(3) + ahead))
    )
    take_in(office, told, now=late)
    assert reached(office, 1, now=late)[2] == {"till": seconds(3)}
    assert (latency(office, now=late).applied_p95_s, latency(office, now=late).shown_p95_s) == (2, 3)


def test_a_report_that_a_newer_one_overtook_changes_only_the_history(office):
    register(office, "till")
    publish_versions(office, NOON - HOUR, NOON)
    take_in(office, report(2, sent_at=seconds(10), tills=tills(till=2)), now=seconds(10))
    old = report(1, sent_at=seconds(2), tills=tills(till=1), syncs=(sync("a"),))
    take_in(office, old, now=seconds(11))
    assert reached(office, 2, now=seconds(11)) == (1, 1, {"till": seconds(10)})
    assert states(office, now=seconds(11)) == ("up_to_date", ["up_to_date"])
    assert len(syncs(office)) == 1
    take_in(office, report(2, sent_at=seconds(40), tills=tills(till=2)), now=seconds(40))
    assert reached(office, 2, now=seconds(40)) == (1, 1, {"till": seconds(10)})


@pytest.mark.parametrize("back", [timedelta(minutes=2), 3 * HOUR, timedelta(days=400)])
def test_a_node_whose_clock_was_put_back_is_heard_at_once(office, back):
    publish_versions(office, NOON - HOUR, NOON)
    take_in(office, report(1, sent_at=NOON + back), now=NOON)
    take_in(office, report(2, sent_at=seconds(30)), now=seconds(30))
    assert states(office, now=seconds(30))[0] == "up_to_date"


def test_a_node_whose_clock_was_put_back_a_little_is_heard_before_it_counts_as_silent(office):
    publish_versions(office, NOON - HOUR, NOON)
    take_in(office, report(1, sent_at=seconds(59)), now=NOON)
    for beat in (30, 60):
        take_in(office, report(2, sent_at=seconds(beat)), now=seconds(beat))
        assert states(office, now=seconds(beat))[0] != "offline"
    assert states(office, now=seconds(60))[0] == "up_to_date"


def test_an_arrival_of_the_life_before_a_restore_gives_way_to_that_of_the_same_number(office):
    register(office, "till")
    publish_versions(office, NOON)
    take_in(office, report(1, digest=digest_of(1), tills=tills(till=1)), now=seconds(1))
    with office.write() as session:
        published = session.scalars(select(Publication)).one()
        published.at, published.digest = seconds(100), digest_of(1, life="b")
    assert reached(office, 1, now=seconds(101))[0] == 0
    take_in(office, report(0, tills=tills(till=0)), now=seconds(102))
    again = report(1, digest=digest_of(1, life="b"), applied_at=seconds(104), tills=tills(till=1))
    take_in(office, again, now=seconds(105))
    assert reached(office, 1, now=seconds(105)) == (1, 1, {"till": seconds(105)})
    assert latency(office, now=seconds(106)).applied_p95_s == 4


@pytest.mark.parametrize(
    ("version", "life", "words"),
    [
        (9, "b", "Sells by a later state than this office – ask at the till"),
        (2, "b", "Sells by another state than this office"),
        (1, "b", "Sells by another state than this office"),
    ],
)
def test_what_a_till_shows_of_the_life_before_a_restore_counts_as_not_shown(office, version, life, words):
    register(office, "till")
    publish_versions(office, NOON - HOUR, NOON)
    told = report(version, digest=digest_of(version, life=life), tills=tills(till=version))
    take_in(office, told, now=seconds(1))
    assert states(office, now=seconds(1)) == ("other_state", ["other_state"])
    with office.read() as session:
        assert board(session, now=seconds(1))[0].words == words
        found = reach_of(session, [(DOWNTOWN, 2)], now=seconds(1))
    assert (found.shown, found.total, found.is_moving) == (0, 1, False)
    assert arrivals(office) == []
    # The person at the till agreed.
    ours = report(2, digest=digest_of(2), applied_at=seconds(20), tills=tills(till=2))
    take_in(office, ours, now=seconds(21))
    assert states(office, now=seconds(21)) == ("up_to_date", ["up_to_date"])
    assert reached(office, 2, now=seconds(21))[:2] == (1, 1)
    assert ("applied", 2, seconds(20)) in arrivals(office)


def test_a_page_that_still_shows_the_life_before_a_restore_counts_as_not_shown(office):
    register(office, "till")
    publish_versions(office, NOON)
    take_in(office, report(1, digest=digest_of(1), tills=tills(till=9)), now=seconds(1))
    assert states(office, now=seconds(1)) == ("up_to_date", ["other_state"])
    assert reached(office, 1, now=seconds(1))[:2] == (0, 1)


def test_a_heartbeat_asks_the_database_for_no_arrival(office):
    register(office, "till")
    publish_versions(office, NOON)
    told = report(1, digest=digest_of(1), heard_version=1, tills=tills(till=1))
    take_in(office, told, now=seconds(1))
    asked = []
    event.listen(office.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    take_in(office, told, now=seconds(30))
    assert asked
    assert not [statement for statement in asked if "arrivals" in statement or "publications" in statement]
