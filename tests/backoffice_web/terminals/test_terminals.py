"""Terminals: registered by a code that works once, and shown on the board as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice_web.ledger.sale import ReceiptMark
from backoffice_web.publishing.history import publications
from backoffice_web.reports.reach import reach_of_publications
from backoffice_web.terminals.board import board, store_board, terminal_counts
from backoffice_web.terminals.registration import (
    add_terminal,
    archive,
    claim,
    move,
    new_registration_code,
    rename,
    revoke,
)
from backoffice_web.terminals.report import record_cut, record_line, record_report
from backoffice_web.terminals.terminal import Terminal, TerminalState
from shared_web.errors import RuleError, StaleEdit
from sync_contract.changes import NodeReport, TillReport
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, later

BY = {"by": "Olivia Owner", "now": NOON}


@pytest.fixture
def cafe(office):
    """Downtown with Register 1 (registered) and Register 2 (not), and version 2 published."""
    with office.write() as session:
        for number in (1, 2):
            add_terminal(
                session, store_id=DOWNTOWN, name=f"Register {number}", terminal_id=f"r{number}", **BY
            )
        code = new_registration_code(session, terminal_id="r1", **BY)
        claim(session, code=code, now=NOON)
    office.publish()
    with office.write() as session:
        from tests.backoffice_web.builders import add_category

        add_category(session)
    office.publish()
    return office


def report(office, *, version=2, shown=2, has_open_order=False, seen=NOON, terminal="r1", now=NOON):
    till = TillReport(terminal=terminal, shown_version=shown, has_open_order=has_open_order, seen_at=seen)
    with office.write() as session:
        told = NodeReport(store=DOWNTOWN, version=version, digest="", applied_at=seen, tills=(till,))
        record_report(session, report=told, now=now)


def row(office, terminal="r1", now=NOON):
    with office.read() as session:
        return next(row for row in board(session, now=now) if row.terminal_id == terminal)


def test_terminals_are_numbered_in_their_store_and_a_number_is_never_given_again(office):
    with office.write() as session:
        first = add_terminal(session, store_id=DOWNTOWN, name="Register 1", **BY)
        second = add_terminal(session, store_id=DOWNTOWN, name="Register 2", **BY)
        elsewhere = add_terminal(session, store_id=AIRPORT, name="Register 1", **BY)
        archive(session, terminal_id=second.id, revision=second.revision, **BY)
        third = add_terminal(session, store_id=DOWNTOWN, name="Register 2", **BY)
        assert [t.code for t in (first, second, elsewhere, third)] == ["1", "2", "1", "3"]


def test_a_number_that_is_on_receipts_is_never_given_again_although_its_terminal_is_unknown(office):
    """As after a restore to before that terminal was added, once its sales have come again."""
    with office.write() as session:
        add_terminal(session, store_id=DOWNTOWN, name="Register 1", **BY)
        for series in ("4-1", "R7-1", "x", "99999999-1"):
            mark = ReceiptMark(store_id=DOWNTOWN, terminal_id="forgotten", series=series, counter=9)
            session.add(mark)
        session.add(ReceiptMark(store_id=AIRPORT, terminal_id="elsewhere", series="8-1", counter=9))
        session.flush()
        assert add_terminal(session, store_id=DOWNTOWN, name="Register 2", **BY).code == "5"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Register 1"])
def test_a_name_that_will_not_do_is_refused_beside_its_field(cafe, name):
    with cafe.write() as session, pytest.raises(RuleError) as problem:
        add_terminal(session, store_id=DOWNTOWN, name=name, **BY)
    assert problem.value.fields["name"]


def test_two_people_renaming_one_terminal_do_not_overwrite_each_other(cafe):
    with cafe.write() as session:
        revision = session.get_one(Terminal, "r1").revision
        rename(session, terminal_id="r1", name="Front", revision=revision, **BY)
    with cafe.write() as session, pytest.raises(StaleEdit):
        rename(session, terminal_id="r1", name="Bar", revision=revision, **BY)


def test_a_code_works_once(cafe):
    with cafe.write() as session:
        code = new_registration_code(session, terminal_id="r2", **BY)
        assert claim(session, code=f" {code.lower()} ", now=NOON).id == "r2"
        with pytest.raises(RuleError):
            claim(session, code=code, now=NOON)


@pytest.mark.parametrize(("minutes", "works"), [(14, True), (15, False), (-1, True), (-180, False)])
def test_a_code_works_for_fifteen_minutes(cafe, minutes, works):
    with cafe.write() as session:
        code = new_registration_code(session, terminal_id="r2", **BY)
        if works:
            assert claim(session, code=code, now=later(minutes)).registered_at == later(minutes)
        else:
            with pytest.raises(RuleError):
                claim(session, code=code, now=later(minutes))


def test_a_new_code_ends_the_one_before(cafe):
    with cafe.write() as session:
        old = new_registration_code(session, terminal_id="r2", **BY)
        new_registration_code(session, terminal_id="r2", **BY)
        with pytest.raises(RuleError):
            claim(session, code=old, now=NOON)


def test_an_archived_terminal_cannot_be_claimed_and_leaves_the_board(cafe):
    with cafe.write() as session:
        code = new_registration_code(session, terminal_id="r2", **BY)
        archive(session, terminal_id="r2", revision=session.get_one(Terminal, "r2").revision, **BY)
        with pytest.raises(RuleError):
            claim(session, code=code, now=NOON)
        assert [row.terminal_id for row in board(session, now=NOON)] == ["r1"]


@pytest.mark.parametrize(
    ("told", "after", "state", "words"),
    [
        (None, 0, "never_seen", "Never seen"),
        ({}, 0, "up_to_date", "Up to date"),
        ({"shown": 1}, 0, "behind", "1 version behind"),
        ({"shown": 0}, 0, "behind", "2 versions behind"),
        ({"shown": 1, "has_open_order": True}, 0, "after_sale", "Shows after sale"),
        ({"version": 1, "shown": 1, "has_open_order": True}, 0, "behind", "1 version behind"),
        ({}, 89, "up_to_date", "Up to date"),
        ({}, 91, "offline", "Offline since 8:00\u202fAM"),
    ],
)
def test_the_board_says_in_words_how_each_till_is(cafe, told, after, state, words):
    if told is not None:
        report(cafe, **told)
    found = row(cafe, now=NOON + timedelta(seconds=after))
    assert (found.state, found.words) == (state, words)


def test_a_terminal_that_was_never_registered_says_so(cafe):
    assert row(cafe, "r2").words == "Not registered"


def test_a_till_that_its_node_no_longer_sees_is_offline_even_while_the_node_reports(cafe):
    report(cafe, seen=later(-10))
    assert row(cafe).state == "offline"


SECOND = timedelta(seconds=1)


def line(office, *, came, went=None):
    with office.write() as session:
        if went is None:
            record_line(session, store_ids=[DOWNTOWN], now=came)
        else:
            record_cut(session, store_ids=[DOWNTOWN], since=came, now=went)
        session.commit()


def test_a_node_whose_line_was_cut_is_offline_at_once_with_its_tills(cafe):
    report(cafe)
    line(cafe, came=NOON)
    assert row(cafe, now=NOON + SECOND).state == "up_to_date"
    line(cafe, came=NOON, went=NOON + SECOND)
    assert row(cafe, now=NOON + 2 * SECOND).words == "Offline since 8:00\u202fAM"
    assert store_row(cafe, NOON + 2 * SECOND).words == "Offline since 8:00\u202fAM"


def test_a_newer_line_counts_more_than_the_end_of_an_old_one(cafe):
    report(cafe)
    line(cafe, came=NOON)
    line(cafe, came=NOON + SECOND)
    # The old one, perhaps at another worker, is found dead later.
    line(cafe, came=NOON, went=NOON + 10 * SECOND)
    assert row(cafe, now=NOON + 11 * SECOND).state == "up_to_date"
    line(cafe, came=NOON + SECOND, went=NOON + 12 * SECOND)
    assert row(cafe, now=NOON + 13 * SECOND).state == "offline"
    line(cafe, came=NOON + 14 * SECOND)
    assert row(cafe, now=NOON + 14 * SECOND).state == "up_to_date"


def test_a_line_that_stood_or_was_cut_before_our_clock_was_put_back_hides_no_newer_one(cafe):
    ahead = NOON + timedelta(hours=3)
    report(cafe, now=ahead)
    line(cafe, came=ahead)
    line(cafe, came=ahead, went=ahead + SECOND)
    assert row(cafe).state == "offline"
    report(cafe)
    assert row(cafe).state == "up_to_date"
    line(cafe, came=NOON)
    line(cafe, came=NOON, went=NOON + SECOND)
    assert row(cafe, now=NOON + 2 * SECOND).words == "Offline since 8:00\u202fAM"


def test_a_node_that_fell_silent_shows_it_also_after_our_clock_was_put_back(cafe):
    report(cafe, now=NOON + timedelta(hours=3))
    assert store_row(cafe).state == "offline"


def test_a_node_that_reports_without_a_line_is_there(cafe):
    report(cafe)
    line(cafe, came=NOON)
    line(cafe, came=NOON, went=NOON + SECOND)
    with cafe.write() as session:
        told = NodeReport(store=DOWNTOWN, version=2, digest="", tills=())
        record_report(session, report=told, now=NOON + 2 * SECOND)
        session.commit()
    assert row(cafe, now=NOON + 3 * SECOND).state == "up_to_date"


def test_a_publication_reaches_terminals_one_by_one(cafe):
    def progress():
        with cafe.read() as session:
            newest = publications(session, stores=[DOWNTOWN])[0]
            return reach_of_publications(session, [newest], now=NOON)[newest.id]

    assert progress() == (0, 1)
    report(cafe, shown=1)
    assert progress() == (0, 1)
    report(cafe, shown=2)
    assert progress() == (1, 1)


def test_a_report_of_an_unknown_terminal_or_another_stores_is_left_out(cafe):
    with cafe.write() as session:
        add_terminal(session, store_id=AIRPORT, name="Gate", terminal_id="gate", **BY)
    for terminal in ("gate", "unknown"):
        report(cafe, terminal=terminal)
    with cafe.read() as session:
        assert session.query(TerminalState).count() == 0


def test_a_clock_that_is_ahead_is_not_believed(cafe):
    report(cafe, seen=later(60))
    assert row(cafe).seen_at == NOON


def test_the_moment_when_a_version_was_first_shown_is_kept(cafe):
    report(cafe)
    report(cafe, now=later(5), seen=later(5))
    with cafe.read() as session:
        state = session.get_one(TerminalState, "r1")
    assert (state.shown_at, state.seen_at) == (NOON, later(5))


def test_terminals_are_counted_per_store(cafe):
    with cafe.read() as session:
        assert terminal_counts(session, store_ids=[DOWNTOWN, AIRPORT]) == {DOWNTOWN: 2, AIRPORT: 0}


def test_a_code_and_its_use_are_in_the_journal_without_the_code(cafe):
    from sqlalchemy import select

    from backoffice_web.publishing.journal import JournalEntry

    with cafe.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.key == "r1")).all()
    assert {entry.action for entry in entries} == {"created", "code_made", "registered"}
    assert not any(entry.after for entry in entries if entry.action != "created")


def store_row(office, now=NOON):
    with office.read() as session:
        return store_board(session, now=now, store_ids=[DOWNTOWN], node_names={DOWNTOWN: "Back room"})[0]


def report_store(office, *, now=NOON, address="10.0.0.7", **fields):
    told = NodeReport(**{"store": DOWNTOWN, "version": 2, "digest": "", "applied_at": now, **fields})
    with office.write() as session:
        record_report(session, report=told, now=now, address=address, app_version="0.1.0")


def test_a_store_shows_its_node_with_version_outbox_app_and_address(cafe):
    report_store(cafe, outbox_length=3, outbox_oldest_at=NOON - timedelta(hours=1), started_by="Mia")
    found = store_row(cafe)
    assert (found.state, found.behind, found.app_version) == ("up_to_date", 0, "0.1.0")
    assert (found.node_name, found.address) == ("Back room", "10.0.0.7")
    assert (found.outbox_length, found.outbox_oldest_at) == (3, NOON - timedelta(hours=1))
    assert found.can_sync


@pytest.mark.parametrize(
    ("fields", "after", "state", "words", "can_sync"),
    [
        ({"version": 1}, timedelta(0), "behind", "1 version behind", True),
        ({}, timedelta(seconds=91), "offline", "Offline since", False),
    ],
)
def test_a_store_that_is_behind_or_silent_says_so(cafe, fields, after, state, words, can_sync):
    report_store(cafe, **fields)
    found = store_row(cafe, NOON + after)
    assert (found.state, found.can_sync) == (state, can_sync)
    assert words in found.words


def test_a_store_that_never_reported_was_never_seen(cafe):
    assert store_row(cafe).state == "never_seen"


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=119), 0),
        (timedelta(minutes=5), 300),
        (-timedelta(hours=2), -7200),
    ],
)
def test_a_clock_is_wrong_from_two_minutes_on(cafe, ahead, shown):
    report_store(cafe, sent_at=NOON + ahead)
    assert store_row(cafe).clock_ahead_s == shown


def test_a_browser_that_was_sent_away_leaves_a_terminal_that_waits(cafe):
    report(cafe)
    with cafe.write() as session:
        before = session.get_one(Terminal, "r1")
        registration = before.registration
        revoke(session, terminal_id="r1", revision=before.revision, **BY)
    assert row(cafe).state == "not_registered"
    with cafe.write() as session:
        assert session.get_one(Terminal, "r1").registration == registration + 1
        code = new_registration_code(session, terminal_id="r1", **BY)
        assert claim(session, code=code, now=NOON).registration == registration + 2


def test_a_terminal_that_moves_ends_here_and_begins_there_with_numbers_of_its_own(cafe):
    with cafe.write() as session:
        revision = session.get_one(Terminal, "r1").revision
        moved = move(session, terminal_id="r1", store_id=AIRPORT, revision=revision, **BY)
        assert (moved.name, moved.store_id, moved.code) == ("Register 1", AIRPORT, "1")
        assert session.get_one(Terminal, "r1").is_archived


@pytest.mark.parametrize("store", [DOWNTOWN, "nowhere", ""])
def test_a_terminal_moves_only_to_another_store(cafe, store):
    with cafe.write() as session, pytest.raises(RuleError, match="Choose another store"):
        revision = session.get_one(Terminal, "r1").revision
        move(session, terminal_id="r1", store_id=store, revision=revision, **BY)
