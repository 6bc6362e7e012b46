import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError

from pos_web.catalog.replica import ReplicaHead, ReplicaRecord
from pos_web.orders.order import Order, OrderLine
from pos_web.syncing import history, outbox
from pos_web.syncing.report import MOST_SYNCS
from pos_web.syncing.status import latest_changes, recent_runs
from pos_web.syncing.sync_result import OLDER_OFFICE
from pos_web.syncing.sync_run import SyncRun
from pos_web.terminals.series import next_series
from pos_web.terminals.terminal import Terminal
from sync_contract.changes import TerminalEntry
from tests.pos_web.syncing.node import coffee, full_disk, settings
from tests.simulated_office import STORE


def test_a_sync_brings_the_newest_version(node):
    node.office.publish(coffee())
    node.office.publish(coffee(price_cents=480))
    result = node.sync()
    assert (result.outcome, result.from_version, result.to_version) == ("applied", 0, 2)
    assert result.counts == {"item": 1}
    assert node.records() == node.office.store.live()


def test_nothing_new_is_one_small_request(node):
    node.office.publish(coffee())
    node.sync()
    node.office.requests.clear()
    result = node.sync()
    assert (result.outcome, result.to_version, result.change_count) == ("already_up_to_date", 1, 0)
    assert node.office.requests == {"changes": 1, "reports": 1}


def test_a_store_without_publications_is_up_to_date(node):
    assert node.sync().outcome == "already_up_to_date"
    assert node.applied().version == 0


def test_offline_is_a_value_and_the_store_keeps_its_version(node):
    node.office.publish(coffee())
    node.sync()
    node.office.publish(coffee(price_cents=480))
    with node.office.offline():
        result = node.sync()
        assert result.outcome == "offline"
        assert node.status().state == "offline"
    assert node.applied().version == 1
    assert node.sync().outcome == "applied"
    assert node.status().state == "current"


def test_damage_on_the_way_is_mended_by_one_full_resync(node):
    node.office.publish(coffee("a"))
    node.sync()
    node.office.publish(coffee("b"))

    def damage_deltas(request):
        is_delta = request.url.params.get("since") != "0"
        node.office.corrupt = (lambda kind, key, body: b"{}") if is_delta else None

    node.office.before_answer = damage_deltas
    result = node.sync()
    assert (result.outcome, result.is_full) == ("applied", True)
    assert node.records() == node.office.store.live()
    assert node.office.requests["changes"] == 3  # first sync, damaged delta, full set


def test_what_stays_damaged_is_said_and_the_old_version_is_kept(node):
    node.office.publish(coffee("a"))
    node.sync()
    before = node.records()
    node.office.publish(coffee("a", 500))
    node.office.corrupt = lambda kind, key, body: body.replace(b"500", b"501")
    result = node.sync()
    assert result.outcome == "failed_verification"
    assert node.records() == before
    status = node.status()
    assert (status.state, status.version) == ("failed", 1)
    assert "sells on" in status.problem
    assert node.office.reports[-1].outcome == "failed_verification"
    node.office.corrupt = None
    assert node.sync().outcome == "applied"
    assert node.status().state == "current"


def test_a_replica_that_was_changed_by_hand_is_replaced(node):
    node.office.publish(coffee("a"), coffee("b"))
    node.sync()
    with node.replica.write() as session:
        session.execute(update(ReplicaRecord).where(ReplicaRecord.key == "a").values(body=b"{}"))
        session.commit()
    node.office.publish(coffee("a", 480))
    assert node.sync().is_full
    assert node.records() == node.office.store.live()


def test_a_digest_unlike_the_offices_leads_to_the_full_set(node):
    node.office.publish(coffee("a"))
    node.sync()
    with node.replica.write() as session:
        session.execute(update(ReplicaHead).values(digest="1" * 32))
        session.commit()
    result = node.sync()
    assert (result.outcome, result.is_full) == ("applied", True)
    assert node.sync().outcome == "already_up_to_date"


def test_a_full_resync_on_request_reads_everything_again(node):
    node.office.publish(coffee("a"))
    node.sync()
    result = node.sync(is_full=True)
    assert (result.outcome, result.is_full, result.change_count) == ("applied", True, 0)


def test_an_office_that_was_restored_to_an_older_version_is_not_followed(node):
    node.office.publish(coffee("a", 450))
    backup = node.office.backup()
    node.office.publish(coffee("a", 480))
    node.sync()
    node.office.restore_backup(backup)
    result = node.sync()
    assert (result.outcome, result.reason) == ("refused", OLDER_OFFICE)
    assert node.applied().version == 2
    assert node.price("a") == 480
    assert node.status().state == "failed"
    assert "admin" in node.status().problem
    assert not node.steps.compare().is_behind
    assert node.sync(is_full=True).outcome == "refused"


def test_an_office_that_was_restored_and_published_further_is_followed_by_a_full_set(node):
    node.office.publish(coffee("a", 450))
    backup = node.office.backup()
    node.office.publish(coffee("a", 480))
    node.sync()
    node.office.restore_backup(backup)
    node.office.publish(coffee("a", 460))
    assert node.steps.compare().is_behind
    result = node.sync()
    assert (result.outcome, result.is_full) == ("applied", True)
    assert node.records() == node.office.store.live()
    assert node.applied().epoch == "epoch-2"


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "refused"), (500, "refused"), (503, "offline"), (404, "refused")]
)
def test_an_office_that_says_no_gets_a_sentence(node, status, outcome):
    node.office.failing_status = status
    assert node.sync().outcome == outcome
    assert len(node.status().problem) > 20 or outcome == "offline"


def test_behind_is_known_with_count_authors_and_the_stores_own_period(node):
    node.office.publish(coffee("a"), settings(auto_sync_after_s=90))
    node.sync()
    node.announced.clear()
    node.office.publish(coffee("a", 480), coffee("b"), by="Aylin D.")
    node.office.publish(coffee("c"), by="Tom B.")
    found = node.steps.compare()
    assert (found.is_behind, found.version, found.wait_s) == (True, 3, 90)
    assert node.announced == [
        ("pos:notice", {"version": 3, "count": 3, "by": ["Aylin D.", "Tom B."]}),
    ]
    status = node.status()
    assert (status.state, status.waiting_count, status.authors) == ("waiting", 3, ("Aylin D.", "Tom B."))


def test_the_screens_of_a_terminal_that_was_archived_are_told(node):
    front, bar = (TerminalEntry(id=key, name=key, code=key) for key in ("front", "bar"))
    node.office.store.terminals[:] = [front, bar]
    node.steps.compare()
    node.announced.clear()
    node.office.store.terminals[:] = [front]
    node.steps.compare()
    node.steps.compare()
    node.office.store.terminals.clear()
    node.steps.compare()
    assert node.announced == [
        ("pos:terminals-ended", {"terminals": ["bar"]}),
        ("pos:terminals-ended", {"terminals": ["front"]}),
    ]


def test_the_same_news_is_told_once(node):
    node.office.publish(coffee("a"))
    node.steps.compare()
    node.steps.compare()
    assert [event for event, _payload in node.announced] == ["pos:notice"]


def test_urgent_publications_wait_for_nothing(node):
    node.office.publish(coffee("a"))
    node.sync()
    node.office.publish(coffee("a", 480), urgent=True)
    assert node.steps.compare().wait_s == 0
    node.sync()
    node.office.publish(coffee("a", 490))
    assert node.steps.compare().wait_s == 15
    assert node.steps.compare(is_urgent=True).wait_s == 0


def test_the_first_sync_of_a_store_waits_for_nothing(node):
    node.office.publish(coffee("a"))
    assert node.steps.begin() is True
    assert node.steps.compare().wait_s == 0


def test_screens_are_told_what_was_applied_after_it_is_readable(node):
    node.office.publish(coffee("a"), by="Tom B.")
    seen = []
    node.steps = node.new_steps(
        announce=lambda _store, event, payload: seen.append((event, payload, node.applied().version))
    )
    assert node.steps.lease.hold()
    node.sync()
    applied = [(payload, version) for event, payload, version in seen if event == "pos:applied"]
    told = {"version": 1, "count": 1, "by": ["Tom B."], "is_manual": True, "has_people": False}
    assert applied == [(told, 1)]


def test_what_another_worker_applied_meanwhile_is_built_upon(node):
    node.steps.lease.release()
    first, second = (node.new_steps(is_alone=False) for _worker in range(2))
    for version, worker in enumerate((first, second, first), start=1):
        node.office.publish(coffee("a", 400 + version))
        assert worker.lease.hold()
        result = worker.sync(by="Mia K.", is_manual=True)
        assert (result.outcome, result.from_version, result.to_version) == ("applied", version - 1, version)
        assert (result.is_full, node.price("a")) == (version == 1, 400 + version)
        worker.lease.release()


@pytest.mark.parametrize("is_asked_for_all", [False, True])
def test_what_a_hand_took_out_of_the_replica_is_missed_at_the_next_sync(node, is_asked_for_all):
    node.office.publish(coffee("a"))
    node.sync()
    with node.replica.write() as session:
        for table in (ReplicaHead, ReplicaRecord):
            session.execute(delete(table))
        session.commit()
    result = node.sync(is_full=is_asked_for_all)
    assert (result.outcome, result.from_version, result.to_version) == ("applied", 0, 1)
    assert node.records() == node.office.store.live()


def test_a_run_that_a_person_asked_for_is_remembered(node):
    node.office.publish(coffee("a"))
    node.sync(by="Mia K.")
    node.sync(by="Sara L.")
    assert [(run.started_by, run.outcome, run.is_manual) for run in node.runs()] == [
        ("Mia K.", "applied", True),
        ("Sara L.", "already_up_to_date", True),
    ]


def test_automatic_runs_that_tell_nothing_new_do_not_fill_the_history(node):
    with node.office.offline():
        for _ in range(3):
            node.sync(by="auto", is_manual=False)
    node.office.failing_status = 401
    for _ in range(3):
        node.sync(by="auto", is_manual=False)
    node.office.failing_status = 0
    for _ in range(3):
        node.sync(by="auto", is_manual=False)
    outcomes = [run.outcome for run in node.runs()]
    assert outcomes.count("refused") == 1
    assert "already_up_to_date" not in outcomes
    assert outcomes.count("offline") == 1


def test_a_crash_between_the_two_commits_loses_no_history(node):
    node.office.publish(coffee("a"))
    node.sync()
    with node.book.write() as session:
        session.execute(delete(SyncRun))
        session.commit()
    node.new_steps().begin()
    (run,) = node.runs()
    assert (run.started_by, run.is_manual, run.to_version, run.change_count) == ("Mia K.", True, 1, 1)
    node.new_steps().begin()
    assert len(node.runs()) == 1


def test_tills_hear_of_an_update_that_the_book_cannot_write_down(node, monkeypatch):
    node.office.publish(coffee("a"))

    def fail(*_what, **_more):
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(history, "record_run", fail)
    with pytest.raises(OperationalError):
        node.sync()
    assert [event for event, _payload in node.announced] == ["pos:applied"]
    assert (node.applied().version, node.runs()) == (1, [])
    monkeypatch.undo()
    node.new_steps().begin()
    assert [run.to_version for run in node.runs()] == [1]


def test_terminals_follow_the_office_and_keep_what_is_theirs(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    with node.book.write() as session:
        till = session.get(Terminal, "t1")
        till.last_counter, till.is_registered = 41, True
        session.commit()
    node.office.store.terminals = [TerminalEntry(id="t1", name="Front", code="F1")]
    node.steps.compare()
    with node.book.read() as session:
        till = session.get(Terminal, "t1")
        assert (till.name, till.code) == ("Front", "F1")
        assert (till.last_counter, till.is_registered) == (41, True)


def test_a_restored_book_opens_a_new_series_of_receipts(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.office.store.receipt_marks = {"t1/R1-1": 57, "gone/X-1": 3}
    node.steps.compare()
    with node.book.read() as session:
        till = session.get(Terminal, "t1")
        opened = next_series(1, now=node.now)
        assert (till.series, till.last_counter) == (opened, 0)
    node.now += timedelta(hours=1)
    node.steps.compare()
    with node.book.read() as session:
        assert session.get(Terminal, "t1").series == opened


def test_a_book_put_back_again_by_hand_opens_another_series(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.office.store.receipt_marks = {"t1/R1-1": 57}
    opened = set()
    for _life in range(2):
        node.steps.compare()
        with node.book.write() as session:
            till = session.get(Terminal, "t1")
            opened.add(till.series)
            # The same copy once more; what was sold meanwhile never reached the office.
            till.series, till.last_counter = 1, 41
            session.commit()
        node.now += timedelta(minutes=1)
    assert len(opened) == 2
    assert min(opened) > 1


def test_a_mark_that_no_till_of_ours_made_opens_no_series(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.office.store.receipt_marks = {"t1/R1-99999999999": 57, "t1/R1-2147483647": 1, "t1/R1-x": 3, "t1/": 1}
    node.steps.compare()
    with node.book.read() as session:
        assert session.get(Terminal, "t1").series == 1


def test_a_book_that_is_ahead_of_the_marks_keeps_its_series(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    with node.book.write() as session:
        session.get(Terminal, "t1").last_counter = 60
        session.commit()
    node.office.store.receipt_marks = {"t1/R1-1": 57}
    node.steps.compare()
    with node.book.read() as session:
        assert session.get(Terminal, "t1").series == 1


def test_the_report_tells_version_outbox_and_what_the_tills_show(node):
    node.office.publish(coffee("a"))
    node.office.store.terminals = [
        TerminalEntry(id="t1", name="Register 1", code="R1"),
        TerminalEntry(id="t2", name="Register 2", code="R2"),
    ]
    node.steps.compare()
    with node.book.write() as session:
        till = session.get(Terminal, "t1")
        till.shown_version, till.seen_at, till.shown_at = 1, node.now, node.now - timedelta(hours=3)
        session.add(
            Order(
                uuid="o1", store_id=STORE, terminal_id="t1", employee_id="mia", employee_name="Mia K.",
                currency="EUR", opened_at=node.now,
                lines=[
                    OrderLine(
                        uuid="l1", store_id=STORE, position=1, item="a", variant="a-1", name="A", quantity=1,
                        unit_price_cents=450, version=1, rung_at=node.now,
                    )
                ],
            )
        )  # fmt: skip
        session.commit()
    waits = node.finish_document()
    node.sync()
    report = node.office.reports[-1]
    assert (report.version, report.outcome, report.started_by) == (1, "applied", "Mia K.")
    assert report.digest == node.applied().digest
    assert (report.outbox_length, report.outbox_oldest_at) == (1, node.now.replace(second=0))
    (till,) = report.tills
    assert (till.terminal, till.shown_version, till.has_open_order) == ("t1", 1, True)
    assert till.shown_at == till.seen_at - timedelta(hours=3)
    assert node.outbox() == {waits: "waiting"}


def test_what_waits_goes_up_and_comes_back_acknowledged(node):
    uuid = node.finish_document()
    with node.office.offline():
        node.steps.send()
    assert node.outbox() == {uuid: "waiting"}
    node.steps.send()
    assert node.outbox() == {uuid: "acknowledged"}


def test_a_report_that_fails_is_not_missed(node):
    with node.office.offline():
        node.steps.report()
    assert node.office.reports == []


def test_a_clock_that_is_put_back_hides_no_later_sync(node, monkeypatch):
    monkeypatch.setattr(history, "KEPT_APPLIES", 2)
    node.now += timedelta(hours=3)
    for number in range(MOST_SYNCS + 5):
        node.office.publish(coffee(price_cents=100 + number))
        node.sync(by="Ben")
    node.now -= timedelta(hours=3)
    node.office.publish(coffee(price_cents=777))
    newest = node.sync(by="Clara").to_version
    report = node.office.reports[-1]
    assert (report.outcome, report.started_by) == ("applied", "Clara")
    assert [told.started_by for told in report.syncs] == ["Clara"]
    node.steps.forget_old_applies()
    with node.book.read() as book, node.replica.read() as replica:
        assert recent_runs(book, store_id=STORE)[0].started_by == "Clara"
        shown = latest_changes(replica, store_id=STORE, since=0)
        assert [each.version for each in shown] == [newest, newest - 1]


def told_syncs(office):
    return [sync.uuid for report in office.reports for sync in report.syncs]


def test_every_sync_of_a_long_outage_is_told_once_in_bounded_pieces(node):
    node.steps.compare()
    with node.office.offline():
        for _ in range(2 * MOST_SYNCS + 20):
            node.sync()
    node.sync()
    while node.steps.report():
        pass
    assert told_syncs(node.office) == [run.uuid for run in node.runs()]
    assert max(len(report.syncs) for report in node.office.reports) == MOST_SYNCS
    assert {report.started_by for report in node.office.reports} == {"Mia K."}
    # That it was told is kept with whatever is kept next, so a start tells none of it again.
    node.steps.compare()
    again = node.new_steps()
    again.begin()
    again.report()
    assert len(told_syncs(node.office)) == len(node.runs())


def test_syncs_of_which_nobody_knows_whether_they_were_told_are_told_again(node):
    node.sync()
    node.office.failing_status, node.office.failing_names = 500, {"reports"}
    node.sync()
    node.office.failing_status = 0
    node.office.reports.clear()
    for _ in range(2):
        # Whoever starts after a crash cannot know that it was told, either.
        again = node.new_steps()
        again.begin()
        again.report()
    assert told_syncs(node.office) == 2 * [node.runs()[-1].uuid]


def test_an_office_that_was_restored_is_told_the_recent_syncs_again(node, monkeypatch):
    monkeypatch.setattr(history, "TOLD_AGAIN", 3)
    node.steps.compare()
    for _ in range(5):
        node.sync()
    node.office.epoch = "epoch-2"
    node.office.reports.clear()
    node.steps.compare()
    node.steps.report()
    assert told_syncs(node.office) == [run.uuid for run in node.runs()[-3:]]


def test_the_state_row_is_one_per_store(node):
    from pos_web.syncing.sync_run import SyncState

    node.steps.compare()
    node.sync()
    with node.book.read() as session:
        assert [row.store_id for row in session.scalars(select(SyncState))] == [STORE]


def test_damage_that_the_regular_check_finds_is_mended_when_the_office_answers(node):
    node.office.publish(coffee("a"), coffee("b"))
    node.sync()
    with node.replica.write() as session:
        session.execute(delete(ReplicaRecord).where(ReplicaRecord.key == "a"))
        session.commit()
    node.steps.check_replica()
    found = node.steps.compare()
    assert (found.is_behind, found.wait_s) == (True, 0)
    assert node.sync(by="auto", is_manual=False).is_full
    assert node.records() == node.office.store.live()
    assert not node.steps.compare().is_behind


def test_an_office_that_cannot_say_how_old_it_is_is_followed_all_the_same(node):
    node.office.publish(coffee("a", 450))
    backup = node.office.backup()
    node.office.publish(coffee("a", 480))
    node.sync()
    node.office.restore_backup(backup)
    node.office.publish(coffee("a", 460))
    node.office.failing_status, node.office.failing_names = 503, ("status",)
    result = node.sync()
    assert (result.outcome, result.is_full) == ("applied", True)
    assert node.records() == node.office.store.live()


# Damage that no page check finds.


@pytest.mark.parametrize("digest", ["nonsense", "", "g" * 32, "1" * 31])
def test_a_head_whose_digest_is_none_is_mended_by_a_full_set(node, digest):
    node.office.publish(coffee("a"))
    node.sync()
    with node.replica.write() as session:
        session.execute(update(ReplicaHead).values(digest=digest))
        session.commit()
    node.steps.check_replica()
    assert node.sync().outcome == "applied"
    assert node.sync().outcome == "already_up_to_date"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "place",
    ["item_index SET name", "item_index SET folded", "barcode_index SET code", "replica_records SET kind"],
)
def test_a_text_that_is_none_any_more_is_found_and_read_again(node, place):
    node.office.publish(coffee("a", barcodes=("4006381333931",)))
    node.sync()
    with node.replica.write() as session:
        session.execute(text(f"UPDATE {place} = CAST(x'ff41' AS TEXT)"))
        session.commit()
    node.steps.check_replica()
    node.sync()
    assert node.records() == node.office.store.live()
    assert [item.name for item in node.items().values()] == ["Flat white"]
    assert len(node.barcodes()) == 1


@pytest.mark.sqlite
def test_a_sync_that_the_book_has_no_room_for_is_shown_from_memory_until_it_has(node, monkeypatch):
    node.office.publish(coffee())
    node.sync()
    node.office.publish(coffee(price_cents=480))
    with monkeypatch.context() as patch:
        full_disk(patch, node.book)
        full_disk(patch, node.replica)
        with pytest.raises(OperationalError):
            node.sync()
        assert node.announced[-1][0] == "pos:state"
        assert node.status().state == "current", "the book says what it last could"
        status = node.status(unkept=node.steps.unkept)
        assert (status.state, status.failed_at) == ("failed", node.now)
        assert status.problem.startswith("The disk of this computer is full.")
    assert node.sync().is_success
    assert node.steps.unkept is None
    assert node.status(unkept=node.steps.unkept).state == "current"


# An office that is another copy of itself.


def test_an_office_with_another_set_of_the_same_version_is_followed_by_itself(node):
    node.office.publish(coffee("a", 450))
    copy = node.office.backup()
    node.office.publish(coffee("a", 480))
    node.sync()
    node.office.stores = copy
    node.office.publish(coffee("a", 460))
    found = node.steps.compare()
    assert (found.is_behind, found.version) == (True, 2)
    assert node.sync(by="auto", is_manual=False).is_full
    assert node.records() == node.office.store.live()
    assert not node.steps.compare().is_behind


def test_an_older_office_tells_no_digest_and_is_followed_as_before(node):
    node.office.publish(coffee("a"))
    node.sync()
    node.office.store.digest = 0
    node.office.tells_digest = False
    assert not node.steps.compare().is_behind


def test_what_an_old_copy_of_the_office_took_in_is_offered_to_the_real_one_too(node):
    node.office.publish(coffee("a"))
    first = node.finish_document()
    node.steps.send()
    copy, documents = node.office.backup(), dict(node.office.documents)
    node.office.publish(coffee("a", 480))
    node.sync()
    second = node.finish_document()
    node.steps.send()
    real, held = node.office.stores, node.office.documents
    # Somebody starts a copy of last night, and this store finds that one.
    node.office.stores, node.office.documents = copy, documents
    node.steps.compare()
    third = node.finish_document()
    node.steps.send()
    assert set(documents) == {first, second, third}
    # And finds the real one again.
    node.office.stores, node.office.documents = real, held
    node.steps.compare()
    node.steps.send()
    assert set(held) == {first, second, third}
    assert set(node.outbox().values()) == {"acknowledged"}


def sold(node, counter):
    """A finished order of register R1 with its document."""
    uuid = node.finish_document()
    with node.book.write() as session:
        session.add(
            Order(
                uuid=uuid, store_id=STORE, terminal_id="t1", employee_id="mia", employee_name="Mia K.",
                currency="EUR", opened_at=node.now, state="finished", series="R1-1", counter=counter,
                number=f"R1-1-{counter:04}",
            )
        )  # fmt: skip
        session.get_one(Terminal, "t1").last_counter = counter
        session.commit()
    return uuid


def test_an_office_that_lacks_receipts_which_it_acknowledged_gets_everything_again(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    uuids = [sold(node, counter) for counter in (1, 2, 3)]
    node.steps.send()
    node.office.store.receipt_marks = {"t1/R1-1": 3}
    node.steps.compare()
    assert set(node.outbox().values()) == {"acknowledged"}
    # Its database is put back by hand to where it had the first one alone.
    node.office.documents = {uuids[0]: node.office.documents[uuids[0]]}
    node.office.store.receipt_marks = {"t1/R1-1": 1}
    node.steps.compare()
    assert set(node.outbox().values()) == {"waiting"}
    node.steps.send()
    assert set(node.office.documents) == set(uuids)
    # Whatever its marks say now: once is enough.
    node.steps.compare()
    assert set(node.outbox().values()) == {"acknowledged"}


@pytest.mark.parametrize("epoch", ["epoch-1", "epoch-2"])
def test_whoever_is_killed_while_offering_everything_again_offers_the_rest_at_the_next_start(
    node, monkeypatch, epoch
):
    """A restored office, and another copy of it that lacks what it acknowledged."""
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    uuids = [sold(node, counter) for counter in range(1, 8)]
    node.steps.send()
    node.office.documents = {uuids[0]: node.office.documents[uuids[0]]}
    node.office.store.receipt_marks, node.office.epoch = {"t1/R1-1": 1}, epoch
    monkeypatch.setattr(outbox, "OFFERED_AT_ONCE", 2)
    write, times = node.book.write, iter(["first chunk", "second chunk"])

    def write_and_die():
        if next(times, None) is None:
            raise KeyboardInterrupt
        return write()

    with monkeypatch.context() as dying:
        dying.setattr(node.book, "write", write_and_die)
        with pytest.raises(KeyboardInterrupt):
            node.steps.compare()
    assert list(node.outbox().values()) == ["waiting"] * 4 + ["acknowledged"] * 3
    again = node.new_steps()
    assert again.lease.hold()
    last = node.finish_document()
    again.send()
    assert list(node.office.documents) == [*uuids, last]
    again.compare()
    assert set(node.outbox().values()) == {"acknowledged"}


def test_a_till_has_its_turn_while_everything_is_offered_again(node, monkeypatch):
    monkeypatch.setattr(outbox, "OFFERED_AT_ONCE", 2)
    node.steps.compare()
    uuids = [node.finish_document() for _time in range(5)]
    node.steps.send()
    node.office.epoch = "epoch-2"
    write, between = node.book.write, []

    def write_after_a_till():
        with monkeypatch.context() as till:
            till.setattr(node.book, "write", write)
            between.append(node.finish_document())
        return write()

    monkeypatch.setattr(node.book, "write", write_after_a_till)
    node.steps.compare()
    assert len(between) == 3
    assert list(node.outbox()) == uuids + between
    assert set(node.outbox().values()) == {"waiting"}


def test_receipts_that_still_wait_are_no_sign_of_another_office(node):
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1")]
    node.steps.compare()
    first = sold(node, 1)
    node.steps.send()
    node.office.store.receipt_marks = {"t1/R1-1": 1}
    second = sold(node, 2)
    node.steps.compare()
    assert node.outbox() == {first: "acknowledged", second: "waiting"}
