"""Refused documents in the Back Office: the list, and dismissing one with a reason."""

import re
from datetime import UTC, datetime

import pytest

from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.refused import count_refused
from sync_contract.uploads import encode_document
from tests.backoffice_web.ledger.documents import order
from tests.cast import first_store, give_permissions, office

TOO_LARGE = 10**17


def refuse(evertill, *, currency="USD"):
    """What names a sale that the office refused."""
    store = first_store(evertill, currency=currency)
    document = encode_document(order(uuid="sale/1?&x", store=store.id, number="R1-1-0042", total=TOO_LARGE))
    with evertill.office_database.write() as session:
        (receipt,) = ingest(session, store_id=store.id, documents=[document], now=datetime.now(UTC))
        session.commit()
    assert receipt.outcome == "refused"
    return {"store": store.id, "key": "sale/1?&x"}


@pytest.fixture
def refused(evertill):
    return refuse(evertill)


def count(evertill, refused):
    with evertill.office_database.read() as session:
        return count_refused(session, store_ids=[refused["store"]])


def test_a_refused_document_is_dismissed_with_a_reason_that_the_journal_keeps(owner, evertill, refused):
    page = owner.get("/dead-letters").text
    assert "Missing" in page
    link = re.search(r'href="(?:/backoffice)?(/dead-letters/dismissals/new[^"]+)"', page)[1]
    form = owner.get(link.replace("&amp;", "&")).text
    assert "nowhere in the ledger" in form
    assert count(evertill, refused) == 1

    unknowing = owner.post("/dead-letters/dismissals", data={**refused, "reason": "Rang in training"})
    assert unknowing.status_code == 422
    assert 'value="Rang in training"' in unknowing.text
    assert "Say that you know that it is not in the ledger." in unknowing.text
    done = owner.post(
        "/dead-letters/dismissals",
        data={**refused, "reason": "Rang in training", "is_known_missing": "yes"},
        follow_redirects=True,
    )
    assert "The document is dismissed." in done.text
    assert "Nothing was refused" in done.text
    assert count(evertill, refused) == 0
    journal = owner.get("/journal?kind=refused_document").text
    assert "Rang in training" in journal and "R1-1-0042" in journal

    again = {**refused, "reason": "x", "is_known_missing": "yes"}
    said = owner.post("/dead-letters/dismissals", data=again, follow_redirects=True)
    assert "not refused any more" in said.text


def test_a_dismissal_without_a_reason_or_of_nothing_says_so(owner, refused):
    empty = owner.post("/dead-letters/dismissals", data={**refused, "is_known_missing": "yes"})
    assert (empty.status_code, "Enter a reason." in empty.text) == (422, True)
    for fields in ({}, {**refused, "key": "unknown"}, {**refused, "key": "k" * 9_000}):
        for answer in (
            owner.post("/dead-letters/dismissals", data=fields, follow_redirects=True),
            owner.get("/dead-letters/dismissals/new", query_string=fields, follow_redirects=True),
        ):
            assert "not refused any more" in answer.text


def test_it_is_for_those_who_repair_in_that_store(evertill, owner, refused):
    give_permissions(evertill, "manager", {"office.sign_in", "support.repair"})
    manager, elsewhere = office(evertill, role="manager"), refuse(evertill, currency="EUR")
    for place, status in ((elsewhere, 403), (refused, 200)):
        assert manager.get("/dead-letters/dismissals/new", query_string=place).status_code == status
    done = {"reason": "x", "is_known_missing": "yes"}
    assert manager.post("/dead-letters/dismissals", data={**elsewhere, **done}).status_code == 403
    give_permissions(evertill, "manager", {"office.sign_in"})
    assert manager.post("/dead-letters/dismissals", data={**refused, **done}).status_code == 403
    assert count(evertill, refused) == count(evertill, elsewhere) == 1
