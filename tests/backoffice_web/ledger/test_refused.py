"""Refused documents: what settles them by itself, and what a person may dismiss."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.refused import NotRefused, count_refused, dismiss, find_refusal, refusals
from backoffice_web.ledger.sale import Sale
from backoffice_web.publishing.journal import JournalEntry
from shared_web.errors import RuleError
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, later
from tests.backoffice_web.ledger.documents import journal_entry, order, order_bytes, refund

TOO_LARGE = 10**17


def take(office, *documents, store_id=DOWNTOWN):
    contents = [each if isinstance(each, bytes) else encode_document(each) for each in documents]
    with office.write() as session:
        return ingest(session, store_id=store_id, documents=contents, now=NOON)


def listed(office, *stores):
    with office.read() as session:
        rows = refusals(session, store_ids=stores or [DOWNTOWN])
        assert count_refused(session, store_ids=stores or [DOWNTOWN]) == len(rows)
    return rows


def dismissed(office, key="sale-1", *, store_id=DOWNTOWN, **how):
    usual = {"reason": "Rang in training.", "is_known_missing": True, "by": "Max Manager", "now": later(5)}
    with office.write() as session:
        dismiss(session, store_id=store_id, key=key, **{**usual, **how})


def with_reason(reason):
    return replace(refund(), reason=reason)


# A document whose UUID the ledger has.


def test_the_same_refund_with_another_reason_is_a_duplicate_that_says_what_differs(office):
    take(office, refund())
    (receipt,) = take(office, with_reason("Guest changed their mind"))
    assert receipt.outcome == "duplicate"
    assert "“Faulty or damaged” there, “Guest changed their mind” here" in receipt.reason
    with office.read() as session:
        assert session.get_one(Sale, "refund-1").reason == "Faulty or damaged"
    assert listed(office) == []


def test_the_same_facts_in_other_bytes_are_a_plain_duplicate(office):
    take(office, order())
    (receipt,) = take(office, order_bytes()[:-1] + b', "of_another_release": 1}')
    assert (receipt.outcome, receipt.reason) == ("duplicate", "")


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (order(total=1), "the total, the lines, the payments"),
        (order(counter=7), "the receipt number"),
        (order(version=9), "details"),
        (journal_entry(uuid="sale-1"), "the kind"),
    ],
)
def test_other_facts_under_a_known_uuid_wait_for_a_person(office, other, word):
    take(office, order())
    (receipt,) = take(office, other)
    assert (receipt.outcome, receipt.is_settled) == ("refused", False)
    assert "another document under this UUID" in receipt.reason
    assert f"What differs: {word}" in receipt.reason
    assert [row.is_held for row in listed(office)] == [True]


def test_what_was_refused_is_forgotten_as_soon_as_the_ledger_has_it_in_whatever_order(office):
    bad = with_reason("x")
    take(office, replace(bad, total_cents=TOO_LARGE))
    assert len(listed(office)) == 1
    take(office, bad)
    assert listed(office) == []
    # A refusal of before, beside a ledger that has it: any repeat ends it.
    take(office, replace(bad, total_cents=1))
    assert len(listed(office)) == 1
    take(office, with_reason("another one"))
    assert listed(office) == []


def test_another_document_under_its_uuid_in_the_same_upload_stays_listed(office):
    first, second = take(office, order(), order(total=1))
    assert (first.outcome, second.outcome) == ("accepted", "refused")
    assert len(listed(office)) == 1


# Dismissing.


def test_a_dismissed_document_counts_no_more_and_the_journal_says_who_and_why(office):
    take(office, order(total=TOO_LARGE), order(uuid="other", total=TOO_LARGE))
    dismissed(office, reason=" Rang\x07 in training. ")
    assert [row.key for row in listed(office)] == ["other"]
    with office.read() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.action == "dismissed")).one()
    assert (entry.by, entry.kind, entry.key, entry.store_id) == (
        "Max Manager", "refused_document", "sale-1", DOWNTOWN,
    )  # fmt: skip
    assert (entry.before, entry.after) == (
        "This document holds a value that cannot be kept.", "Rang in training.",
    )  # fmt: skip


def test_its_till_hears_of_it_with_the_next_try_and_can_close_it(office):
    take(office, order(total=TOO_LARGE))
    dismissed(office)
    (receipt,) = take(office, order(total=TOO_LARGE))
    assert (receipt.outcome, receipt.is_settled) == ("refused", True)
    assert receipt.reason == "Max Manager has dismissed this document in the Back Office: Rang in training."
    assert listed(office) == []


def test_other_bytes_than_those_dismissed_are_listed_again(office):
    take(office, order(total=TOO_LARGE))
    dismissed(office)
    (receipt,) = take(office, order(total=TOO_LARGE + 1))
    assert not receipt.is_settled
    assert len(listed(office)) == 1


def test_a_dismissed_document_that_can_be_kept_after_all_is_kept(office):
    take(office, order(total=TOO_LARGE))
    dismissed(office)
    (receipt,) = take(office, order())
    assert receipt.outcome == "accepted"
    with office.read() as session:
        assert session.get_one(Sale, "sale-1").total_cents == 450
    # And what was dismissed then says nothing of what comes now.
    (receipt,) = take(office, order(total=TOO_LARGE))
    assert not receipt.is_settled


def test_nobody_dismisses_a_lost_sale_unknowingly(office):
    take(office, order(total=TOO_LARGE))
    with pytest.raises(RuleError, match="not in the ledger"):
        dismissed(office, is_known_missing=False)
    assert len(listed(office)) == 1


def test_what_the_ledger_has_is_dismissed_without_more_ado(office):
    take(office, order())
    take(office, order(total=1))
    dismissed(office, is_known_missing=False)
    assert listed(office) == []


@pytest.mark.parametrize("reason", ["", "  \n", "\x00", "x" * 201])
def test_a_dismissal_needs_a_reason(office, reason):
    take(office, order(total=TOO_LARGE))
    with pytest.raises(RuleError) as caught:
        dismissed(office, reason=reason)
    assert "reason" in caught.value.fields
    assert len(listed(office)) == 1


def test_only_what_is_listed_is_dismissed(office):
    take(office, order(total=TOO_LARGE))
    dismissed(office)
    for key, store_id in (("sale-1", DOWNTOWN), ("sale-1", AIRPORT), ("unknown", DOWNTOWN)):
        with pytest.raises(NotRefused):
            dismissed(office, key, store_id=store_id)


def test_rubbish_without_a_uuid_is_dismissed_for_good_too(office):
    take(office, b"rubbish")
    (row,) = listed(office)
    dismissed(office, row.key)
    (receipt,) = take(office, b"rubbish")
    assert receipt.is_settled
    assert listed(office) == []
    with office.read() as session, pytest.raises(NotRefused):
        find_refusal(session, store_id=DOWNTOWN, key=row.key)
