"""Whoever was not allowed something at the till stands in the journal, once in a while."""

from datetime import timedelta

from sqlalchemy import select

from pos_web.staff.journal import JournalEntry
from pos_web.syncing.outbox import OutboxDocument
from sync_contract.uploads import decode_document
from tests.pos_web.shop import MIA


def refusals(shop):
    with shop.book.read() as book:
        query = select(JournalEntry).where(JournalEntry.action == "refused").order_by(JournalEntry.at)
        return list(book.scalars(query))


def test_a_refusal_is_written_once_in_ten_minutes_for_a_person_and_a_route(till, shop):
    for _time in range(3):
        assert till.page("/departures/new").status_code == 403
    (entry,) = refusals(shop)
    assert (entry.employee_id, entry.details["what"]) == (MIA, "GET /departures/new")
    assert entry.details["permission"]
    assert till.page("/pin-locks").status_code == 403
    assert [entry.details["what"] for entry in refusals(shop)] == ["GET /departures/new", "GET /pin-locks"]
    for _minute in range(11):
        shop.now += timedelta(minutes=1)
        till.post("/sessions/touches")
    till.page("/departures/new")
    assert len(refusals(shop)) == 3


def test_it_goes_up_to_the_office(till, shop):
    till.page("/departures/new")
    with shop.book.read() as book:
        sent = decode_document(book.get(OutboxDocument, refusals(shop)[0].uuid).content)
    assert (sent.action, sent.employee) == ("refused", MIA)


def test_a_question_to_a_manager_is_no_refusal(till, shop):
    assert till.post("/sold-out", key="espresso").status_code == 403
    assert refusals(shop) == []


def test_what_is_allowed_writes_nothing(managers_till, shop):
    assert managers_till.page("/pin-locks").status_code == 200
    assert refusals(shop) == []
