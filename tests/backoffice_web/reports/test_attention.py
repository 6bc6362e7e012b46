"""What somebody in the office should look at."""

from datetime import timedelta

from sqlalchemy import select

from backoffice_web.ledger.ingest import ingest
from backoffice_web.reports.attention import attention
from backoffice_web.stores.store import Store
from backoffice_web.terminals.board import board
from backoffice_web.terminals.registration import add_terminal, claim, new_registration_code
from backoffice_web.terminals.report import record_report
from sync_contract.changes import NodeReport, TillReport
from sync_contract.uploads import encode_document
from tests.backoffice_web.builders import DOWNTOWN, NOON, add_category, add_item, later
from tests.backoffice_web.ledger.documents import order


def look(office, now=NOON):
    with office.read() as session:
        stores = list(session.scalars(select(Store).order_by(Store.name)))
        return attention(session, stores, board(session, now=now), now=now)


def test_a_quiet_business_needs_nothing(office):
    office.publish(*("downtown", "airport"))
    assert look(office).is_calm


def test_what_waits_is_counted_with_its_oldest_edit(office):
    with office.write() as session:
        add_category(session)
    found = look(office)
    assert found.pending_count > 0
    assert found.pending_since == NOON


def test_an_item_without_a_price_is_counted(office):
    with office.write() as session:
        add_category(session)
        add_item(session, price=None)
        add_item(session, key="cake", name="Cake", price=500)
    assert look(office).needs_price_count == 1


def test_an_odd_sale_is_counted_for_a_week(office):
    with office.write() as session:
        ingest(session, store_id=DOWNTOWN, documents=[encode_document(order())], now=NOON)
    assert look(office).flagged_count == 1
    assert look(office, now=later(60 * 24 * 7)).flagged_count == 0


def test_a_silent_till_and_a_full_outbox_are_told(office):
    with office.write() as session:
        till = add_terminal(session, store_id=DOWNTOWN, name="Register 1", by="Set-up", now=NOON)
        claim(session, code=new_registration_code(session, terminal_id=till.id, by="x", now=NOON), now=NOON)
        report = NodeReport(
            store=DOWNTOWN, version=0, digest="", outcome="failed_verification", outbox_length=3,
            outbox_oldest_at=NOON - timedelta(minutes=6),
            tills=(TillReport(terminal=till.id, shown_version=0, seen_at=NOON),),
        )  # fmt: skip
        record_report(session, report=report, now=NOON)
    found = look(office)
    assert [(stuck.store_name, stuck.count) for stuck in found.stuck] == [("Downtown", 3)]
    assert found.failed_store_names == ("Downtown",)
    assert found.offline == ()
    assert [row.name for row in look(office, now=later(10)).offline] == ["Register 1"]


def report_till(office, *, version, at, outcome=""):
    with office.write() as session:
        report = NodeReport(
            store=DOWNTOWN, version=version, digest="", sent_at=at - timedelta(minutes=7), outcome=outcome,
            tills=(TillReport(terminal="r1", shown_version=version, seen_at=at - timedelta(minutes=7)),),
        )  # fmt: skip
        record_report(session, report=report, now=at)


def test_a_till_that_stays_behind_is_told_after_a_while_and_not_at_once(office):
    with office.write() as session:
        add_terminal(session, store_id=DOWNTOWN, name="Register 1", terminal_id="r1", by="x", now=NOON)
        claim(session, code=new_registration_code(session, terminal_id="r1", by="x", now=NOON), now=NOON)
    office.publish()
    with office.write() as session:
        add_category(session)
    office.publish(minutes=1)
    report_till(office, version=1, at=later(2))
    assert look(office, later(2)).behind == ()
    report_till(office, version=1, at=later(30))
    assert [row.words for row in look(office, later(30)).behind] == ["1 version behind"]
    report_till(office, version=2, at=later(31))
    assert look(office, later(31)).behind == ()


def test_a_store_that_has_more_than_this_restored_office_is_told_and_not_as_one_that_failed(office):
    with office.write() as session:
        add_terminal(session, store_id=DOWNTOWN, name="Register 1", terminal_id="r1", by="x", now=NOON)
    office.publish()
    report_till(office, version=9, at=later(1), outcome="refused")
    found = look(office, later(1))
    assert (found.other_store_names, found.failed_store_names) == (("Downtown",), ())
    assert not found.is_calm


def test_a_clock_that_is_wrong_is_told_in_minutes(office):
    report_till(office, version=0, at=NOON)
    found = look(office).wrong_clocks
    assert [(clock.store_name, clock.ahead_minutes) for clock in found] == [("Downtown", -7)]


def test_an_edit_that_nobody_published_for_a_day_stands_out(office):
    with office.write() as session:
        add_category(session)
    assert not look(office, later(60 * 24)).is_pending_old
    assert look(office, later(60 * 24 + 1)).is_pending_old
    office.publish(*("downtown", "airport"))
    assert not look(office, later(60 * 24 + 1)).is_pending_old
