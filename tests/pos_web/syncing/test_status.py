import pytest

from pos_web.syncing.status import applied_versions, latest_changes, recent_runs, sentence_of
from tests.pos_web.syncing.node import coffee
from tests.simulated_office import STORE


def test_a_store_that_never_synced_is_current_at_nothing(node):
    status = node.status()
    assert (status.state, status.version, status.synced_at) == ("current", 0, None)


def test_a_synced_store_says_when(node):
    node.office.publish(coffee())
    node.sync()
    assert (node.status().state, node.status().synced_at) == ("current", node.now)


def test_a_running_sync_is_shown_before_everything_else(node):
    with node.office.offline():
        node.sync()
    assert node.status(is_syncing=True).state == "syncing"


def test_a_screen_that_waits_for_its_sale_says_so(node):
    node.office.publish(coffee())
    node.sync()
    assert node.status(is_deferred=True).state == "deferred"


def test_being_offline_is_told_since_the_first_silence(node):
    with node.office.offline():
        node.sync()
        first = node.now
        node.sync()
    assert node.status().offline_since == first


def test_what_was_applied_does_not_wait_any_more(node):
    node.office.publish(coffee())
    node.steps.compare()
    assert node.status().waiting_count == 1
    node.sync()
    assert (node.status().state, node.status().waiting_count) == ("current", 0)


def test_the_outbox_and_its_dead_letters_are_counted(node):
    bad = node.finish_document()
    node.office.refused_uuids[bad] = "no"
    node.steps.send()
    node.finish_document()
    status = node.status()
    assert (status.outbox_length, status.refused_count, status.outbox_oldest_at) == (1, 1, node.now)


def test_the_latest_changes_and_runs_come_newest_first(node):
    for price in (450, 460, 470):
        node.office.publish(coffee(price_cents=price))
        node.sync()
    with node.replica.read() as replica, node.book.read() as book:
        assert [each.version for each in latest_changes(replica, store_id=STORE)] == [3]
        assert [each.version for each in latest_changes(replica, store_id=STORE, since=1)] == [3, 2]
        assert [run.to_version for run in recent_runs(book, store_id=STORE)] == [3, 2, 1]
        assert applied_versions(replica) == {STORE: 3}


def test_offline_has_exactly_the_known_sentence():
    assert sentence_of("offline", "anything") == "Internet appears to be offline. Please try again later"


@pytest.mark.parametrize("reason", ["older-office", "not-paired", "unknown-store", "office-error", "stopped"])
def test_every_reason_has_a_sentence_that_a_person_can_act_on(reason):
    assert sentence_of("refused", reason).endswith(".")
    assert reason not in sentence_of("refused", reason)


def test_success_needs_no_sentence():
    assert sentence_of("", "") == ""
