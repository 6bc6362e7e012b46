import contextlib
from datetime import timedelta

import httpx2
import pytest

from pos_web.syncing import outbox
from pos_web.syncing.bridge_client import Offline, Refused
from pos_web.syncing.report import node_report
from pos_web.syncing.served import update_served
from pos_web.syncing.upload import send_waiting
from sync_contract.changes import StoreEntry
from sync_contract.uploads import Receipt
from tests.simulated_office import STORE


def send(node, **how):
    return send_waiting(
        node.book, node.client, store_id=STORE, epoch=node.office.epoch, clock=node.clock, **how
    )


def waiting(node):
    with node.book.read() as session:
        return outbox.waiting(session, store_id=STORE)


def test_documents_go_up_oldest_first_as_the_bytes_that_were_kept(node):
    uuids = [node.finish_document() for _ in range(5)]
    assert send(node, batch=2) == 5
    assert list(node.office.documents) == uuids
    assert node.office.requests["uploads"] == 3
    assert set(node.outbox().values()) == {outbox.ACKNOWLEDGED}


def test_a_clock_that_goes_back_does_not_change_the_order(node):
    first = node.finish_document()
    node.now -= timedelta(hours=3)
    second = node.finish_document()
    assert list(node.outbox()) == [first, second]


def test_what_a_clock_that_ran_ahead_finished_does_not_look_new(node):
    assert waiting(node).oldest_age(node.now) == timedelta()
    right = node.now
    node.now = right + timedelta(hours=3)
    node.finish_document()
    node.now = right + timedelta(seconds=1)
    node.finish_document()
    # The first in sequence is the oldest, whatever the clock said then.
    assert waiting(node).oldest_at == right + timedelta(hours=3)
    assert waiting(node).oldest_age(right) == timedelta(hours=3)
    assert waiting(node).oldest_age(right + timedelta(hours=5)) == timedelta(hours=2)
    with node.book.read() as book, node.replica.read() as replica:
        report = node_report(book, replica, store_id=STORE, now=right).report
    assert report.outbox_oldest_at == right - timedelta(hours=3)


def test_two_documents_of_one_transaction_keep_their_order(node):
    from sync_contract.uploads import JournalEntry

    entries = [
        JournalEntry(
            uuid=uuid, store=STORE, terminal="t", employee="e", employee_name="E", at=node.now, action="x"
        )
        for uuid in ("b", "a")
    ]
    with node.book.write() as session:
        for entry in entries:
            outbox.enqueue(session, store_id=STORE, document=entry, now=node.now)
        session.commit()
    assert list(node.outbox()) == ["b", "a"]


def test_without_an_office_everything_waits(node):
    node.finish_document()
    with node.office.offline(), pytest.raises(Offline):
        send(node)
    assert waiting(node) == outbox.Waiting(1, node.now, 0)
    assert send(node) == 1


def test_a_refused_document_becomes_a_dead_letter_and_blocks_nobody(node):
    first, bad, last = (node.finish_document() for _ in range(3))
    node.office.refused_uuids[bad] = "This order belongs to another store."
    send(node)
    assert node.outbox() == {first: "acknowledged", bad: "refused", last: "acknowledged"}
    assert waiting(node).refused == 1
    assert send(node) == 0


def test_a_document_that_the_office_cannot_read_is_found_in_its_batch(node, monkeypatch):
    good, bad, last = (node.finish_document() for _ in range(3))
    upload = node.client.upload

    def choke(store_id, documents):
        if any(bad.encode() in document for document in documents):
            raise Refused("I cannot read this.", status=400, error="bad-request")
        return upload(store_id, documents)

    monkeypatch.setattr(node.client, "upload", choke)
    send(node)
    assert node.outbox() == {good: "acknowledged", bad: "refused", last: "acknowledged"}


def test_an_office_that_refuses_the_node_makes_no_dead_letters(node):
    node.finish_document()
    node.office.failing_status = 401
    with pytest.raises(Refused):
        send(node)
    assert waiting(node).length == 1


def test_a_refusal_that_is_not_the_offices_own_makes_no_dead_letters(node, monkeypatch):
    uuid = node.finish_document()

    def answer_for_the_office(store_id, documents):
        raise Refused("<html>Too large</html>", status=413)

    monkeypatch.setattr(node.client, "upload", answer_for_the_office)
    with pytest.raises(Refused):
        send(node)
    assert node.outbox() == {uuid: "waiting"}


def test_an_answer_is_believed_only_for_what_was_sent(node, monkeypatch):
    uuid = node.finish_document()
    other = Receipt(uuid="another", outcome="accepted")
    monkeypatch.setattr(node.client, "upload", lambda store_id, documents: [other])
    assert send(node) == 0
    assert node.outbox() == {uuid: "waiting"}


def test_sending_again_after_a_lost_answer_keeps_one_document(node, monkeypatch):
    uuid = node.finish_document()
    upload = node.client.upload

    def lose_the_answer(store_id, documents):
        upload(store_id, documents)
        raise Offline("gone")

    monkeypatch.setattr(node.client, "upload", lose_the_answer)
    with pytest.raises(Offline):
        send(node)
    monkeypatch.setattr(node.client, "upload", upload)
    assert send(node) == 1
    assert list(node.office.documents) == [uuid]
    assert node.outbox() == {uuid: "acknowledged"}


def test_after_a_restore_of_the_office_everything_is_offered_again(node):
    kept, lost = node.finish_document(), node.finish_document()
    node.steps.send()
    backup = node.office.backup()
    node.office.documents.pop(lost)
    node.office.restore_backup(backup)
    node.steps.compare()
    assert set(node.outbox().values()) == {"waiting"}
    node.steps.send()
    assert set(node.office.documents) == {kept, lost}
    assert set(node.outbox().values()) == {"acknowledged"}
    node.steps.compare()
    assert set(node.outbox().values()) == {"acknowledged"}


def test_a_large_batch_is_cut_by_size(node):
    for _ in range(3):
        node.finish_document()
    with node.book.read() as session:
        batch = outbox.next_waiting(session, store_id=STORE, count=50, largest_bytes=1)
    assert len(batch) == 1


def test_a_batch_that_cannot_be_read_goes_up_one_by_one_also_on_a_line_that_breaks(node):
    uuids = [node.finish_document() for _ in range(8)]
    unreadable, asked = uuids[3].encode(), []

    def answer(request):
        if request.url.path.endswith("/uploads"):
            asked.append(request)
            if len(asked) % 3 == 0:
                raise httpx2.ConnectError("no route to the office", request=request)
            if unreadable in request.content:
                node.office.failing_status, node.office.failing_times = 400, 1

    node.office.before_answer = answer
    for _try in range(20):
        with contextlib.suppress(Offline):
            send(node)
    expected = {uuid: outbox.REFUSED if uuid == uuids[3] else outbox.ACKNOWLEDGED for uuid in uuids}
    assert node.outbox() == expected
    assert list(node.office.documents) == [uuid for uuid in uuids if uuid != uuids[3]]


def test_what_waits_of_a_store_that_is_served_no_more_counts_as_unsent(node):
    assert unsent(node) == 0
    node.finish_document()
    with node.book.write() as session:
        update_served(session, stores=[StoreEntry(id="another", name="Another", epoch="e")])
        session.commit()
    assert unsent(node) == 1
    send(node)
    assert unsent(node) == 0


def unsent(node):
    with node.book.read() as session:
        return sum(outbox.unsent_by_store(session).values())


@pytest.mark.parametrize(
    ("receipt", "state", "reason"),
    [
        ({"outcome": "accepted"}, outbox.ACKNOWLEDGED, ""),
        ({"outcome": "duplicate"}, outbox.ACKNOWLEDGED, ""),
        ({"outcome": "duplicate", "reason": "Other words."}, outbox.SETTLED, "Other words."),
        ({"outcome": "refused", "reason": "No."}, outbox.REFUSED, "No."),
        ({"outcome": "refused", "reason": "Dismissed.", "is_settled": True}, outbox.SETTLED, "Dismissed."),
    ],
)
def test_each_receipt_ends_a_document_as_it_says(node, receipt, state, reason):
    uuid = node.finish_document()
    with node.book.write() as session:
        answer = Receipt(uuid=uuid, **receipt)
        outbox.record_receipts(session, store_id=STORE, receipts=[answer], epoch="e", now=node.now)
        session.commit()
    with node.book.read() as session:
        kept = session.get(outbox.OutboxDocument, uuid)
        assert (kept.state, kept.reason) == (state, reason)
    assert waiting(node).length == 0
    assert waiting(node).refused == (state == outbox.REFUSED)


def test_what_an_office_settled_is_offered_to_one_of_another_epoch_again(node):
    uuid = node.finish_document()
    settled = Receipt(uuid=uuid, outcome="duplicate", reason="Other words.")
    with node.book.write() as session:
        outbox.record_receipts(session, store_id=STORE, receipts=[settled], epoch="e", now=node.now)
        session.commit()
    outbox.offer_again(node.book, store_id=STORE, epoch="e")
    assert node.outbox() == {uuid: outbox.SETTLED}
    outbox.offer_again(node.book, store_id=STORE, epoch="f")
    with node.book.read() as session:
        kept = session.get(outbox.OutboxDocument, uuid)
        assert (kept.state, kept.reason) == (outbox.WAITING, "")
