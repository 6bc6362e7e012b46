"""Turns of a store's thread, taken one by one: what fails holds up nothing else, and nobody waits in vain."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from pos_web.catalog.replica import Apply, ReplicaHead, ReplicaRecord
from pos_web.syncing import history, report
from pos_web.syncing.inbox import Hint
from pos_web.syncing.requests import leave_request, take_request
from pos_web.syncing.schedule import Pace
from pos_web.syncing.store_thread import StoreThread
from sync_contract.notice import Notice
from tests.pos_web.syncing.node import coffee, settings
from tests.simulated_office import STORE
from tests.waiting import wait_until

STILL = Pace(heartbeat_s=3_600, first_sync_s=3_600)


class Threads:
    """Threads that take a turn when a test says so."""

    def __init__(self, node):
        self.node = node
        self.passed_on = []

    def new(self, steps=None, *, is_alone=True, pace=STILL):
        steps = steps or self.node.new_steps(is_alone=is_alone)
        return StoreThread(
            steps, book=self.node.book, pace=pace, is_alone=is_alone, pass_on=self.passed_on.append
        )


@pytest.fixture
def threads(node):
    node.steps.lease.release()
    return Threads(node)


def away(*_args, **_how):
    raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))


def press(thread, **how):
    return thread.ask(**({"by": "Mia K.", "is_manual": True, "is_full": False} | how))


def request(node, **how):
    node.tick()
    how = {"by": "Sara L.", "is_full": False, "takes_older": False, "now": node.now} | how
    return leave_request(node.book, store_id=STORE, **how)


# A step that fails.


@pytest.mark.parametrize("step", ["begin", "check_replica", "mend_if_lost", "applied", "compare", "report"])
def test_whatever_fails_the_sales_go_up(threads, node, monkeypatch, step):
    node.office.publish(coffee())
    thread = threads.new()
    thread._turn()
    uuid = node.finish_document()
    thread.line_changed(is_listening=True)
    thread.kick_outbox()
    thread.check_replica_soon()
    thread._has_begun = step != "begin"
    monkeypatch.setattr(thread.steps, step, away)
    thread._turn()
    assert node.outbox() == {uuid: "acknowledged"}


def test_uploads_that_cannot_be_noted_hold_up_no_update(threads, node, monkeypatch):
    thread = threads.new()
    thread._turn()
    node.office.publish(coffee(), urgent=True)
    thread.kick_outbox()
    thread.notice(Notice(store=STORE, version=1, urgent=True))
    monkeypatch.setattr(thread.steps, "send", away)
    thread._turn()
    assert node.applied().version == 1


@pytest.mark.parametrize("step", ["hold", "begin", "check_replica", "compare", "send", "sync"])
def test_a_step_that_fails_is_not_tried_again_at_once(threads, node, monkeypatch, step):
    thread = threads.new(pace=Pace(heartbeat_s=3_600, first_sync_s=3_600, verify_s=0, retry_first_s=60))
    thread._turn()
    monkeypatch.setattr(thread.steps.lease if step == "hold" else thread.steps, step, away)
    thread._has_begun = step != "begin"
    thread.line_changed(is_listening=True)
    thread.kick_outbox()
    press(thread)
    thread._try(thread._turn)
    assert thread._seconds_to_wait() > 50


def test_settings_that_cannot_be_read_keep_no_update_away(threads, node):
    node.office.publish(coffee(), settings(auto_sync_after_s=0))
    thread = threads.new()
    thread._turn()
    with node.replica.write() as session:
        forged = ReplicaRecord.kind == "store_settings"
        session.execute(update(ReplicaRecord).where(forged).values(body=b"{}x"))
        session.commit()
    node.office.publish(coffee(price_cents=480))
    for _heartbeat in range(2):
        thread.line_changed(is_listening=True)
        thread._turn()
    assert (node.applied().version, node.records()) == (2, node.office.store.live())


def test_what_a_start_has_to_mend_is_mended_as_soon_as_it_can_be(threads, node, monkeypatch):
    node.office.publish(coffee(), coffee("b"))
    threads.new()._turn()
    with node.replica.write() as session:
        session.execute(text("DELETE FROM item_index"))
        session.commit()
    thread = threads.new()
    with monkeypatch.context() as patch:
        patch.setattr(thread.steps, "begin", away)
        patch.setattr(thread.steps, "check_replica", away)
        thread._turn()
    assert node.items() == {}
    thread._turn()
    assert set(node.items()) == {"flat-white", "b"}


def test_the_replica_keeps_the_details_of_the_newest_syncs_alone(threads, node, monkeypatch):
    monkeypatch.setattr(history, "KEPT_APPLIES", 2)
    thread = threads.new()
    for cents in (450, 460, 470, 480):
        node.tick()
        node.office.publish(coffee(price_cents=cents))
        press(thread)
        thread._turn()
    threads.new()._turn()
    with node.replica.read() as session:
        assert session.scalars(select(Apply.version).order_by(Apply.version)).all() == [3, 4]
    assert [run.to_version for run in node.runs()] == [1, 2, 3, 4]


# Presses that meet a sync.


def during(node, name, act):
    """Let `act()` happen once, right before the office answers the next request for `name`."""

    def once(request):
        if request.url.path.endswith(name):
            node.office.before_answer = None
            act()

    node.office.before_answer = once


def test_who_pressed_during_a_sync_is_answered_by_the_one_after_it(threads, node):
    node.office.publish(coffee())
    thread = threads.new()
    answers = []
    during(node, "changes", lambda: answers.extend(press(thread, by=f"Cashier {one}") for one in range(5)))
    first = press(thread)
    thread._turn()
    assert first.result(0).outcome == "applied"
    assert {answer.result(0).outcome for answer in answers} == {"already_up_to_date"}
    assert sorted(run.started_by for run in node.runs()) == ["Cashier 0", "Mia K."]
    assert node.office.requests["changes"] == 2


def test_a_full_resync_that_was_asked_for_during_a_sync_follows_it(threads, node):
    node.office.publish(coffee())
    thread = threads.new()
    thread._turn()
    node.office.publish(coffee(price_cents=480))
    answers = []
    during(
        node, "changes", lambda: answers.extend([press(thread), press(thread, by="Sara L.", is_full=True)])
    )
    first = press(thread)
    thread._turn()
    assert (first.result(0).to_version, first.result(0).is_full) == (2, False)
    assert [answer.result(0).is_full for answer in answers] == [True, True]
    assert [run.is_full for run in node.runs() if run.is_manual] == [False, True]


@pytest.mark.parametrize("step", ["status", "uploads", "reports"])
def test_who_pressed_while_the_office_is_asked_something_else_waits_for_that_alone(threads, node, step):
    node.office.publish(coffee())
    thread = threads.new()
    thread._turn()
    node.finish_document()
    thread.line_changed(is_listening=True)
    thread.kick_outbox()
    thread.report_soon()
    answers, order = [], []

    def watch(request):
        order.append(request.url.path.rsplit("/", 1)[-1])
        if order[-1] == step and not answers:
            answers.append(press(thread))

    node.office.before_answer = watch
    thread._turn()
    assert answers[0].result(0).is_success
    assert order[order.index(step) + 1] == "changes"


def test_an_office_that_is_away_is_told_nothing_while_the_next_person_waits(threads, node):
    thread = threads.new()
    thread._turn()
    reports = node.office.requests["reports"]
    node.office.is_offline = True
    answers = []
    during(node, "changes", lambda: answers.append(press(thread)))
    answers.append(press(thread))
    thread._turn()
    assert [answer.result(0).outcome for answer in answers] == ["offline", "offline"]
    assert node.office.requests["reports"] == reports


def test_what_does_not_go_into_one_report_follows_at_once(threads, node, monkeypatch):
    monkeypatch.setattr(report, "MOST_SYNCS", 2)
    for _ in range(5):
        node.steps.sync(by="Mia K.", is_manual=True)
    thread = threads.new()
    thread.report_soon()
    while thread._inbox.wake.is_set():
        thread._inbox.wake.clear()
        thread._turn()
    told = [sync.uuid for each in node.office.reports for sync in each.syncs]
    assert told == [run.uuid for run in node.runs()]
    assert max(len(each.syncs) for each in node.office.reports) == 2


def test_an_old_or_repeated_notice_costs_no_request(threads, node):
    node.office.publish(coffee())
    thread = threads.new()
    thread._turn()
    asked = node.office.requests["status"]
    for _time in range(2):
        thread.notice(Notice(store=STORE, version=1))
        thread._turn()
    assert node.office.requests["status"] == asked


# Requests of other workers.


def test_each_request_is_answered_by_a_run_of_its_own(threads, node):
    thread = threads.new(is_alone=False)
    thread._turn()
    node.office.publish(coffee())
    asked = [request(node), request(node, by="Cara C.", is_full=True)]
    node.tick()
    for _each in asked:
        thread._turn()
    runs = {run.uuid: run for run in node.runs()}
    assert [runs[each.uuid].is_full for each in asked] == [True, True]
    assert [runs[each.uuid].started_by for each in asked] == ["Sara L.", "Cara C."]
    assert take_request(node.book, store_id=STORE) is None


def test_a_full_resync_that_somebody_asked_for_is_not_answered_by_a_smaller_sync(threads, node):
    thread = threads.new(is_alone=False)
    node.office.publish(coffee())
    thread._turn()
    asked = [request(node), request(node, is_full=True)]
    node.tick()
    press(thread)
    for _turn in range(3):
        thread._turn()
    runs = {run.uuid: run for run in node.runs()}
    assert [runs[each.uuid].is_full for each in asked] == [False, True]


def test_a_clock_that_is_put_back_leaves_no_request_behind(threads, node):
    thread = threads.new(is_alone=False)
    thread._turn()
    node.office.publish(coffee())
    asked = request(node)
    node.tick(hours=-1)
    for _turn in range(3):
        thread._turn()
    assert [run.uuid for run in node.runs() if run.is_manual] == [asked.uuid]
    assert take_request(node.book, store_id=STORE) is None
    assert node.applied().version == 1


def test_a_request_whose_run_died_between_its_two_commits_is_not_run_again(threads, node, monkeypatch):
    node.office.publish(coffee())
    first = node.new_steps(is_alone=False)
    assert first.lease.hold()
    asked = request(node)
    monkeypatch.setattr(first._memory, "remember", away)
    with pytest.raises(OperationalError):
        first.sync(by="Sara L.", is_manual=True, run_uuid=asked.uuid)
    first.lease.release()
    node.office.publish(coffee(price_cents=480))
    node.tick()
    thread = threads.new(is_alone=False)
    for _turn in range(2):
        thread._turn()
    assert [run.uuid for run in node.runs()].count(asked.uuid) == 1
    assert take_request(node.book, store_id=STORE) is None
    assert press(thread) is not None
    thread._turn()
    assert node.applied().version == 2


def test_a_request_whose_run_fails_is_not_run_for_ever(threads, node, monkeypatch):
    thread = threads.new(is_alone=False)
    thread._turn()
    request(node)
    monkeypatch.setattr(thread.steps, "sync", away)
    thread._turn()
    assert take_request(node.book, store_id=STORE) is None


def test_who_asked_a_worker_that_died_is_answered_by_its_own(threads, node):
    node.office.publish(coffee())
    other = node.new_steps(is_alone=False)
    assert other.lease.hold()
    thread = threads.new(is_alone=False)
    answer = press(thread)
    dead_for = iter(range(60))

    def time_passes():
        # The lease of the worker that died runs out while somebody waits for its answer.
        node.tick(seconds=next(dead_for))
        return node.now

    thread.steps._clock = thread.steps.lease._clock = time_passes
    thread._turn()
    assert answer.result(0).outcome == "applied"
    assert threads.passed_on
    assert take_request(node.book, store_id=STORE) is None
    assert len([run for run in node.runs() if run.is_manual]) == 1


def test_a_worker_passes_on_what_it_cannot_do_and_keeps_nothing_back(threads, node):
    other = node.new_steps(is_alone=False)
    assert other.lease.hold()
    thread = threads.new(is_alone=False)
    thread.kick_outbox()
    thread.notice(Notice(store=STORE, version=7))
    thread._turn()
    thread._turn()
    assert threads.passed_on == [
        Hint(store=STORE, notice=Notice(store=STORE, version=7), is_outbox_kicked=True)
    ]


def test_who_lost_a_store_looks_again_with_the_next_turn(threads, node):
    """Two processes that both take themselves for the only one: each goes on, and neither stays out."""
    first, second = threads.new(), threads.new()
    node.office.publish(coffee())
    first._turn()
    for number, (writer, loser) in enumerate([(second, first), (first, second)], start=2):
        node.office.publish(coffee(price_cents=100 * number))
        press(writer)
        writer._turn()
        lost = press(loser)
        node.office.publish(coffee(price_cents=101 * number))
        loser._turn()
        assert lost.result(0).outcome == "running"
        found = press(loser)
        loser._turn()
        assert found.result(0).outcome == "applied"
        assert node.price("flat-white") == 101 * number


# A store that was restored from a backup.


def test_a_book_from_an_old_backup_syncs_although_the_replica_has_seen_later_fences(threads, node):
    node.office.publish(coffee())
    thread = threads.new()
    thread._turn()
    # As many starts later, the book was restored: its lease counts from 1 again.
    with node.replica.write() as session:
        session.execute(update(ReplicaHead).values(fence=9))
        session.commit()
    with node.book.write() as session:
        session.execute(text("DELETE FROM sync_leases"))
        session.commit()
    node.office.publish(coffee(price_cents=480))
    node.tick()
    thread = threads.new()
    answer = press(thread)
    thread._turn()
    assert (answer.result(0).outcome, node.applied().version) == ("applied", 2)


def test_what_comes_while_another_worker_is_asked_is_passed_on_before_its_answer(threads, node):
    holder, other = threads.new(is_alone=False), threads.new(is_alone=False)
    holder._turn()
    answer = press(other)
    noticed = Hint(store=STORE, notice=Notice(store=STORE, version=7))
    with ThreadPoolExecutor(1) as worker:
        turn = worker.submit(other._turn)
        wait_until(lambda: take_request(node.book, store_id=STORE) is not None)
        other.notice(noticed.notice)
        wait_until(lambda: noticed in threads.passed_on)
        assert not answer.done()
        holder._turn()
        turn.result(20)
    assert answer.result(0).is_success
