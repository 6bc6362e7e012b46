"""A document that the office refuses: seen on both sides, sent again, corrected, carried by hand – once."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backoffice_web.bridge.access import keep_embedded_node
from backoffice_web.ledger import ingest as ingesting
from backoffice_web.ledger.record import Unstorable, record_document
from backoffice_web.ledger.sale import Sale
from backoffice_web.terminals.terminal import StoreState
from pos_web.approvals.approval import ApprovalRequest
from pos_web.routes import sessions
from pos_web.syncing.outbox import OutboxDocument, offer_again
from tests.cast import office, till
from tests.journeys.selling import Seller, sales_of
from tests.office_line import office_gone
from tests.test_metrics import figures
from tests.waiting import wait_until

HTMX = {"HX-Request": "true"}


class Strict:
    """An office that refuses what `refuses` says."""

    def __init__(self):
        self.refuses = lambda document: False

    def record(self, session, document, content, *, now):
        if self.refuses(document):
            raise Unstorable("not today")
        record_document(session, document, content, now=now)


@pytest.fixture
def strict(monkeypatch):
    made = Strict()
    monkeypatch.setattr(ingesting, "record_document", made.record)
    return made


def orders(document):
    return hasattr(document, "lines")


@pytest.fixture
def seller(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return Seller(evertill, role="manager")


def refused(seller, count=1):
    return wait_until(lambda: seller.unsent().refused == count and seller.unsent())


def exported(seller):
    answer = seller.browser.post("/dead-letters/exports")
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.data


def take_in(evertill, content, role="owner"):
    return office(evertill, role=role).post(
        "/dead-letters/imports",
        data={"file": (io.BytesIO(content), "documents.ndjson")},
        content_type="multipart/form-data",
        follow_redirects=True,
    )


def heard(evertill, monkeypatch):
    """What the office announces from now on about documents."""
    announcer, told = evertill.backoffice.extensions["office"].announcer, []
    monkeypatch.setattr(announcer, "announce", lambda event, _payload, *, room: told.append(event))
    return told


def test_a_refused_sale_holds_up_nothing_is_told_on_both_sides_and_goes_up_when_sent_again(
    evertill, seller, strict
):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    strict.refuses = lambda document: False
    good = seller.sell()
    wait_until(lambda: good in sales_of(evertill))
    assert bad not in sales_of(evertill)

    page = seller.browser.get("/status").text
    assert "This document holds a value that cannot be kept." in page
    assert "Send again" in page
    assert "holds a value that cannot be kept" in office(evertill).get("/dead-letters").text
    assert "1 refused document" in office(evertill).get("/").text

    seller.browser.post(f"/dead-letters/{bad}/resends")
    wait_until(lambda: sales_of(evertill).get(bad) == 1)
    assert "Nothing was refused" in office(evertill).get("/dead-letters").text
    wait_until(lambda: not seller.unsent().refused)
    assert "This document holds" not in seller.browser.get("/status").text


def test_the_reason_of_a_refund_is_corrected_under_its_uuid(evertill, seller, strict):
    strict.refuses = lambda document: orders(document) and document.reason == "broken by hand"
    sold = seller.sell()
    seller.browser.post(f"/orders/{sold}/refund", data={"other_reason": "broken by hand"}, headers=HTMX)
    refused(seller)
    letter = next(one for one in seller.documents() if one.state == "refused")
    assert 'value="broken by hand"' in seller.browser.get("/status").text

    empty = seller.browser.post(f"/dead-letters/{letter.uuid}/corrections", data={"reason": " "})
    assert empty.status_code == 422
    assert seller.unsent().refused == 1
    seller.browser.post(f"/dead-letters/{letter.uuid}/corrections", data={"reason": "Broken\x07 cup"})
    wait_until(lambda: sales_of(evertill).get(letter.uuid) == 1)
    with evertill.office_database.read() as session:
        assert session.get(Sale, letter.uuid).reason == "Broken cup"


def test_a_sale_without_a_reason_has_nothing_to_correct(evertill, seller, strict):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    answer = seller.browser.post(f"/dead-letters/{bad}/corrections", data={"reason": "x"})
    assert answer.status_code == 422
    assert "Nothing in this document can be corrected" in answer.text


def test_a_file_carried_by_hand_has_one_effect_however_often_it_comes(evertill, seller, strict, monkeypatch):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    strict.refuses = lambda document: False
    with office_gone(evertill):
        waits = seller.sell()
        content = exported(seller)
        told = heard(evertill, monkeypatch)
        assert "2 documents taken in" not in take_in(evertill, b"").text
        first = take_in(evertill, content)
        assert "documents taken in" in first.text
        # Open pages hear of it as they do of an upload, and of nothing when there was nothing new.
        assert told == ["office:sales"]
        second = take_in(evertill, content)
        assert "0 documents taken in" in second.text
        assert told == ["office:sales"]
        assert sales_of(evertill)[bad] == sales_of(evertill)[waits] == 1
    seller.browser.post("/dead-letters/resends")
    evertill.agent.sync(seller.store.id, by="test")
    wait_until(lambda: not seller.unsent().length and not seller.unsent().refused)
    assert sales_of(evertill)[bad] == sales_of(evertill)[waits] == 1


def refund_refused(seller, strict, reason):
    """A refund that the office refuses for its reason, and the file that was exported of it."""
    strict.refuses = lambda document: orders(document) and document.reason == reason
    sold = seller.sell()
    seller.browser.post(f"/orders/{sold}/refund", data={"other_reason": reason}, headers=HTMX)
    refused(seller)
    content = exported(seller)
    strict.refuses = lambda document: False
    return next(one.uuid for one in seller.documents() if one.state == "refused"), content


def is_clean(evertill, seller, uuid):
    """Nothing waits for anybody, on either side, and the ledger has it once."""
    assert sales_of(evertill)[uuid] == 1
    assert "Nothing was refused" in office(evertill).get("/dead-letters").text
    told = figures(evertill)
    assert told["evertill_refused_documents"] == 0
    assert told[f'evertill_dead_letters{{store="{seller.store.name}"}}'] == 0


def test_a_refund_that_was_corrected_before_its_file_comes_ends_clean(evertill, seller, strict):
    uuid, content = refund_refused(seller, strict, "broken by hand")
    seller.browser.post(f"/dead-letters/{uuid}/corrections", data={"reason": "Broken cup"})
    wait_until(lambda: sales_of(evertill).get(uuid) == 1)
    said = take_in(evertill, content).text
    assert "0 documents taken in" in said and "1 were here already" in said
    assert "the reason is “Broken cup” there, “broken by hand” here" in said
    wait_until(lambda: not seller.unsent().refused)
    is_clean(evertill, seller, uuid)


def test_a_refund_that_is_corrected_after_its_file_was_taken_in_ends_clean(evertill, seller, strict):
    uuid, content = refund_refused(seller, strict, "broken by hand")
    assert "1 document taken in" in take_in(evertill, content).text
    seller.browser.post(f"/dead-letters/{uuid}/corrections", data={"reason": "Broken cup"})
    wait_until(lambda: not seller.unsent().refused and not seller.unsent().length)
    is_clean(evertill, seller, uuid)
    page = seller.browser.get("/status").text
    assert "Settled by the Back Office" in page
    assert "the reason is “broken by hand” there, “Broken cup” here" in page
    with evertill.office_database.read() as session:
        assert session.get(Sale, uuid).reason == "broken by hand"


def test_what_the_office_dismissed_ends_at_the_till_when_it_is_sent_again(evertill, seller, strict):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    fields = {"store": seller.store.id, "key": bad, "reason": "Rang in training", "is_known_missing": "yes"}
    assert office(evertill).post("/dead-letters/dismissals", data=fields).status_code == 303
    said = take_in(evertill, exported(seller)).text
    assert "0 documents taken in" in said and "has dismissed this document in the Back Office" in said
    assert "refused: see below" not in said
    seller.browser.post(f"/dead-letters/{bad}/resends")
    wait_until(lambda: not seller.unsent().refused and not seller.unsent().length)
    assert "has dismissed this document in the Back Office: Rang in training" in (
        seller.browser.get("/status").text
    )
    # The bytes stay in the book, and a restored office hears of them again.
    assert bad not in sales_of(evertill)
    offer_again(evertill.book, store_id=seller.store.id)
    with evertill.book.read() as book:
        assert book.get(OutboxDocument, bad).state == "waiting"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b'"total_cents":', b'"total_cents":1', 1),
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"hmac_sha256", b"hmac_sha512"),
        lambda content: b"\x00\xff" + content,
        lambda content: b"not a file of ours",
        lambda content: b"[" * 100_000,
        lambda content: content.replace(b'"count":', b'"count":9'),
    ],
)
def test_a_file_that_was_changed_is_not_taken_in(evertill, seller, strict, damage):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    strict.refuses = lambda document: False
    answer = take_in(evertill, damage(exported(seller)))
    assert answer.status_code == 422
    assert "file" in answer.text
    assert bad not in sales_of(evertill)


def test_a_file_is_taken_in_although_the_node_has_renewed_its_token_since(evertill, seller):
    with office_gone(evertill):
        sold = seller.sell()
        content = exported(seller)
        with evertill.office_database.write() as session:
            for number in range(3):
                keep_embedded_node(session, token=f"token-{number}", now=datetime.now(UTC))
            session.commit()
        assert "1 document taken in" in take_in(evertill, content).text
    assert sales_of(evertill)[sold] == 1


def test_a_file_signed_by_nobody_we_know_is_not_taken_in(evertill, seller, monkeypatch):
    with office_gone(evertill):
        seller.sell()
        monkeypatch.setattr(evertill.agent._client, "_token", "of-somebody-else")
        answer = take_in(evertill, exported(seller))
    assert answer.status_code == 422
    assert "does not know" in answer.text


def test_a_cashier_sees_what_was_refused_but_leaves_it_to_a_manager(evertill, seller, strict):
    strict.refuses = orders
    bad = seller.sell()
    refused(seller)
    cashier = till(evertill, role="cashier")
    page = cashier.get("/status").text
    assert "This document holds a value" in page
    for path in ("exports", "resends", f"{bad}/resends", f"{bad}/corrections"):
        assert cashier.post(f"/dead-letters/{path}").status_code == 403
    # What can be approved asks for it.
    assert "Ask a manager" in cashier.post(f"/dead-letters/{bad}/resends", headers=HTMX).text


def test_a_cashier_exports_what_was_not_sent_with_a_managers_approval(evertill, seller):
    with office_gone(evertill):
        sold = seller.sell()
        cashier = till(evertill, role="cashier")
        assert "Export as a signed file" in cashier.get("/status").text
        asked = cashier.post("/dead-letters/exports")
        assert (asked.status_code, "Export the unsent documents" in asked.text) == (403, True)
        with evertill.book.read() as book:
            request = book.scalars(select(ApprovalRequest)).one()
        assert seller.browser.post(f"/approvals/{request.uuid}/approval").status_code in (200, 303)
        file = cashier.post("/dead-letters/exports", data={"approval": request.uuid})
        assert "attachment" in file.headers["Content-Disposition"] and sold in file.text
        assert cashier.post("/dead-letters/exports", data={"approval": request.uuid}).status_code == 403


def test_what_is_no_dead_letter_cannot_be_sent_again(evertill, seller):
    sold = seller.sell()
    wait_until(lambda: sold in sales_of(evertill))
    for uuid in (sold, "unknown"):
        answer = seller.browser.post(f"/dead-letters/{uuid}/resends", headers=HTMX)
        assert answer.status_code == 422
    with evertill.book.read() as book:
        assert book.get(OutboxDocument, sold).state == "acknowledged"


def test_the_office_hears_how_many_were_refused(evertill, seller, strict):
    strict.refuses = orders
    seller.sell()
    refused(seller)
    evertill.agent.sync(seller.store.id, by="test")

    def told():
        with evertill.office_database.read() as session:
            states = session.scalars(select(StoreState).where(StoreState.store_id == seller.store.id))
            return [state.refused_count for state in states] == [1]

    wait_until(told)


# Leaving.


def test_signing_out_warns_while_finished_sales_are_stuck(evertill, monkeypatch):
    seller = Seller(evertill)
    wait_until(lambda: not seller.unsent().length)
    with office_gone(evertill):
        seller.sell()
        monkeypatch.setattr(sessions, "ON_ITS_WAY", timedelta(0))
        warned = seller.browser.post("/sessions/end")
        assert "has not reached the Back Office yet" in warned.text
        assert seller.browser.get("/order").status_code == 200
        assert seller.browser.post("/sessions/end", data={"confirmed": "yes"}).status_code == 303
        assert seller.browser.get("/order").status_code in {302, 303}


def test_signing_out_warns_of_what_was_refused_although_nothing_waits(evertill, seller, strict):
    strict.refuses = orders
    seller.sell()
    wait_until(lambda: seller.unsent().refused == 1 and not seller.unsent().length)
    warned = seller.browser.post("/sessions/end")
    assert warned.status_code == 200
    assert "The Back Office refused 1 document." in warned.text
    assert "has not reached the Back Office" not in warned.text
    assert seller.browser.get("/order").status_code == 200
    assert seller.browser.post("/sessions/end", data={"confirmed": "yes"}).status_code == 303


def test_signing_out_warns_of_a_sale_that_was_made_while_the_clock_ran_ahead(evertill):
    seller = Seller(evertill)
    wait_until(lambda: not seller.unsent().length)
    with office_gone(evertill):
        sold = seller.sell()
        with evertill.book.write() as book:
            book.get(OutboxDocument, sold).queued_at = datetime.now(UTC) + timedelta(hours=3)
            book.commit()
        assert "has not reached the Back Office yet" in seller.browser.post("/sessions/end").text
        name = f'evertill_outbox_oldest_seconds{{store="{seller.store.name}"}}'
        assert 3_500 < figures(evertill)[name] < 3 * 3_601


def test_a_browser_leaves_its_terminal_only_when_somebody_knows_what_was_not_sent(evertill):
    seller = Seller(evertill, role="manager")
    wait_until(lambda: not seller.unsent().length)
    with office_gone(evertill):
        seller.sell()
        assert "I know what has not been sent yet" in seller.browser.get("/departures/new").text
        warned = seller.browser.post("/departures")
        assert warned.status_code == 422
        assert seller.browser.get("/order").status_code == 200
        left = seller.browser.post("/departures", data={"confirmed": "yes"})
        assert left.headers["Location"].endswith("/terminals")
        gone = [one for one in left.headers.getlist("Set-Cookie") if one.startswith("evertill_terminal=;")]
        assert gone and "Max-Age=0" in gone[0]
        assert seller.unsent().length
    assert till(evertill, role="cashier").get("/departures/new").status_code == 403
