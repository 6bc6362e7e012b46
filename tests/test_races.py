"""Many at the same moment, on both databases: nothing is lost, nothing is there twice, nobody gets a 500."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

import backoffice_web.publishing.publish as publishing
from backoffice_web.catalog.item import Item
from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.sale import Sale
from backoffice_web.people.sign_in_tries import MOST_FROM_ONE_PLACE, TooManyTries, count_try
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Publication
from backoffice_web.terminals.arrival import StoreSync
from backoffice_web.terminals.registration import add_terminal, move
from backoffice_web.terminals.report import record_report
from backoffice_web.terminals.terminal import StoreState
from pos_web.catalog import published
from pos_web.database import BookBase, ReplicaBase
from pos_web.orders.begin import TerminalGone
from pos_web.orders.order import Order
from pos_web.owned.record import OwnedState
from pos_web.owned.sold_out import mark_sold_out, sold_out_list
from pos_web.payments.payment import Payment
from pos_web.staff.sign_in import TRIES, sign_in
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.served import update_terminals
from pos_web.terminals.terminal import Terminal
from pos_web.time_clock import punch
from shared_web.database import Database
from shared_web.errors import RuleError
from sync_contract.changes import NodeReport, SyncReport, TerminalEntry
from sync_contract.records import BreakType
from sync_contract.uploads import decode_document
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, Office, add_category, add_item, note
from tests.backoffice_web.ledger.documents import order_bytes
from tests.pos_web.shop import MIA, REGISTER, SARA, STORE, TABLET, open_shop

pytestmark = pytest.mark.own_database
AT_ONCE = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request, monkeypatch):
    """Where the builders of this test find their databases."""
    from tests import databases as found

    if request.param == "postgresql" and not found.IS_POSTGRESQL:
        monkeypatch.setattr(found, "IS_POSTGRESQL", True)
    elif request.param == "sqlite" and found.IS_POSTGRESQL:
        monkeypatch.setattr(found, "IS_POSTGRESQL", False)
    return found


@pytest.fixture
def office(databases, tmp_path):
    opened = Office(tmp_path)
    with opened.write() as session:
        add_category(session)
        for number in range(AT_ONCE):
            add_item(session, key=f"item-{number}", name=f"Item {number}")
    yield opened
    opened.database.dispose()


@pytest.fixture
def shop(databases, tmp_path):
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


def at_once(work, times=AT_ONCE):
    """What `work(number)` returned for each; all begin together."""
    start = Barrier(times)

    def one(number):
        start.wait(30)
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_an_edit_that_is_being_saved_is_published_or_waits_to_be(office, monkeypatch):
    """Publishing clears the marks of what it publishes: never that of an edit which it has not seen."""
    office.publish(DOWNTOWN)
    is_marked, is_projected, is_saved = Event(), Event(), Event()
    compared = publishing._changes

    def compare(*what):
        found = compared(*what)
        is_projected.set()
        is_saved.wait(5)
        return found

    def save():
        with office.write() as session:
            session.get_one(Item, "item-0").name = "Renamed"
            note(session, "item", "item-0", fields={"Name": ("Item 0", "Renamed")})
            is_marked.set()
            # By then the other one has seen the old name, or waits for us.
            is_projected.wait(1)
        is_saved.set()

    monkeypatch.setattr(publishing, "_changes", compare)
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save)
        assert is_marked.wait(5)
        office.publish(DOWNTOWN, records=[("item", "item-0")])
        saving.result()
    with office.read() as session:
        is_waiting = count_pending(session, stores=[DOWNTOWN]) == 1
    assert is_waiting or b"Renamed" in office.published()["item", "item-0"]


def test_what_is_ticked_without_need_leaves_nothing_that_waits(office):
    office.publish(DOWNTOWN)
    with office.write() as session:
        add_item(session, key="bare", name="Bare", price=None, noted=False)
    (result,) = office.publish(DOWNTOWN, records=[("item", "item-0"), ("item", "bare"), ("item", "none")])
    assert result.change_count == 0
    with office.read() as session:
        assert count_pending(session, stores=[DOWNTOWN]) == 0


def test_no_update_is_lost_where_a_row_is_read_to_be_written(databases, tmp_path):
    database = databases.open_database(Path(tmp_path) / "book.sqlite3", BookBase)
    with database.write() as session:
        session.add(Terminal(id="t", store_id="s", name="Register", code="R1", is_registered=True))
        session.commit()

    def count(_number):
        for _time in range(10):
            with database.write() as session:
                session.get_one(Terminal, "t", with_for_update=True).last_ticket += 1
                session.commit()

    at_once(count)
    with database.read() as session:
        assert session.get_one(Terminal, "t").last_ticket == AT_ONCE * 10
    database.dispose()


def test_a_reading_session_sees_one_moment_however_often_it_looks(databases, tmp_path):
    database = databases.open_database(Path(tmp_path) / "replica.sqlite3", ReplicaBase)
    other = Database(database.url)
    count = text("SELECT count(*) FROM replica_heads")
    with database.read() as session:
        assert session.scalar(count) == 0
        with other.write() as writer:
            writer.execute(
                text(
                    "INSERT INTO replica_heads (store_id, epoch, version, digest, record_count, applied_at,"
                    " schema, fence) VALUES ('s', 'e', 1, '', 0, '2026-01-01 00:00:00+00:00', 1, 0)"
                )
            )
            writer.commit()
        assert session.scalar(count) == 0
    with database.read() as session:
        assert session.scalar(count) == 1
    database.dispose()
    other.dispose()


def test_publishers_at_once_number_their_versions_without_gaps(office):
    at_once(lambda number: office.publish(DOWNTOWN, records=[("item", f"item-{number}")], by=f"By {number}"))
    with office.read() as session:
        versions = session.scalars(select(Publication.version).order_by(Publication.version)).all()
        assert versions == list(range(1, len(versions) + 1))
        published = {key for kind, key in office.published() if kind == "item"}
    assert published == {f"item-{number}" for number in range(AT_ONCE)}


def test_publishers_of_the_same_make_one_version(office):
    results = at_once(lambda _number: office.publish(DOWNTOWN)[0])
    assert {result.version for result in results} == {1}
    assert sum(result.change_count > 0 for result in results) == 1


def test_the_same_sale_uploaded_at_once_is_kept_once(office):
    content = order_bytes()

    def upload(_number):
        with office.database.write() as session:
            receipts = ingest(session, store_id=DOWNTOWN, documents=[content], now=NOON)
            session.commit()
            return receipts[0].outcome

    outcomes = at_once(upload)
    assert sorted(outcomes) == ["accepted"] + ["duplicate"] * (AT_ONCE - 1)
    with office.read() as session:
        assert session.scalar(select(func.count()).select_from(Sale)) == 1


def test_sales_of_one_series_uploaded_at_once_are_all_kept(office):
    def upload(number):
        content = order_bytes(uuid=uuid4().hex, counter=number + 1, number=f"R1-1-{number + 1:04}")
        with office.database.write() as session:
            receipts = ingest(session, store_id=DOWNTOWN, documents=[content], now=NOON)
            session.commit()
            return receipts[0].outcome

    assert at_once(upload) == ["accepted"] * AT_ONCE


def test_the_same_sales_uploaded_at_once_in_opposite_orders_are_kept_once(office):
    sales = [
        order_bytes(uuid=uuid4().hex, counter=number, number=f"R1-1-{number:04}") for number in range(1, 13)
    ]

    def upload(number):
        with office.database.write() as session:
            batch = sales[::-1] if number % 2 else sales
            receipts = ingest(session, store_id=DOWNTOWN, documents=batch, now=NOON)
            session.commit()
            assert [receipt.uuid for receipt in receipts] == [decode_document(each).uuid for each in batch]
            return {receipt.outcome for receipt in receipts}

    outcomes = at_once(upload)
    assert sorted(map(sorted, outcomes)) == [["accepted"]] + [["duplicate"]] * (AT_ONCE - 1)
    with office.read() as session:
        assert session.scalar(select(func.count()).select_from(Sale)) == len(sales)


def test_terminals_added_and_moved_at_once_get_codes_of_their_own_or_a_sentence(office):
    with office.write() as session:
        elsewhere = [
            add_terminal(session, store_id=AIRPORT, name=f"Gate {number}", by="x", now=NOON).id
            for number in range(AT_ONCE // 2)
        ]

    def add_or_move(number):
        try:
            with office.write() as session:
                if number % 2:
                    how = {"terminal_id": elsewhere[number // 2], "revision": 1}
                    return move(session, store_id=DOWNTOWN, by="x", now=NOON, **how).code
                name = "The same" if number < 4 else f"New {number}"
                return add_terminal(session, store_id=DOWNTOWN, name=name, by="x", now=NOON).code
        except RuleError as problem:
            return problem.fields

    done = at_once(add_or_move)
    codes = [each for each in done if isinstance(each, str)]
    assert len(set(codes)) == len(codes) == AT_ONCE - 1
    assert [each for each in done if not isinstance(each, str)] == [
        {"name": "The store has a terminal with this name already."}
    ]


def test_the_first_report_of_a_store_sent_many_times_at_once_is_kept_once(office):
    brought = SyncReport(
        uuid="run-1", started_at=NOON, started_by="start", from_version=0, to_version=1, outcome="applied"
    )
    report = NodeReport(store=DOWNTOWN, version=1, digest="", heard_version=1, syncs=(brought,))

    def send(_number):
        with office.write() as session:
            record_report(session, report=report, now=NOON)
            session.commit()

    at_once(send)
    with office.read() as session:
        assert [row.version for row in session.scalars(select(StoreState))] == [1]
        assert session.scalars(select(StoreSync.uuid)).all() == ["run-1"]


def test_a_payment_that_is_pressed_many_times_at_once_is_taken_once(shop):
    shop.ring("espresso")

    paid = at_once(lambda _number: shop.pay_cash(5_000, key="the-same-key"))
    assert len({each.order.number for each in paid}) == 1
    with shop.book.read() as book:
        assert book.scalar(select(func.count()).select_from(Payment)) == 1
        assert book.scalar(select(func.count()).select_from(OutboxDocument)) == 1


def test_taps_at_once_are_all_on_one_order(shop):
    at_once(lambda _number: shop.ring("espresso", tap=uuid4().hex))
    with shop.book.read() as book:
        orders = book.scalars(select(Order)).all()
        assert [sum(line.quantity for line in order.lines) for order in orders] == [AT_ONCE]


def test_no_tap_is_left_at_a_terminal_that_is_archived_at_the_same_moment(shop):
    def tap_or_archive(number):
        if number == AT_ONCE // 2:
            entries = [TerminalEntry(id=TABLET, name="Tablet", code="T1")]
            return shop.do(update_terminals, store_id=STORE, terminals=entries)
        try:
            return shop.ring("espresso", tap=uuid4().hex).line is not None
        except TerminalGone:
            return False

    done = at_once(tap_or_archive)
    with shop.book.read() as book:
        assert not book.scalars(select(Order).where(Order.state == "open")).all()
        held = book.scalars(select(Order).where(Order.state == "held")).all()
        assert sum(line.quantity for order in held for line in order.lines) == done.count(True)


def test_the_first_things_that_a_store_owns_are_kept_at_two_tills_at_once(shop):
    sara = shop.person(SARA)

    def mark(number):
        key = ("espresso", "croissant", "juice", "flat-white")[number]
        how = {"store_id": STORE, "key": key, "name": key, "until": None, "by": sara, "now": shop.now}
        return shop.do(mark_sold_out, terminal_id=(REGISTER, TABLET)[number % 2], **how)

    at_once(mark, 4)
    with shop.book.read() as book:
        assert len(sold_out_list(book, store_id=STORE, now=shop.now)) == 4
        assert book.get_one(OwnedState, STORE).revision == 4


def test_two_tills_that_finish_at_once_send_in_one_order(shop):
    def sell(number):
        terminal = (REGISTER, TABLET)[number]
        for time in range(5):
            shop.ring("espresso", terminal=terminal, tap=f"{terminal} {time}")
            shop.pay_cash(5_000, terminal=terminal, key=f"key {terminal} {time}")

    at_once(sell, 2)
    with shop.book.read() as book:
        sequences = book.scalars(select(OutboxDocument.sequence).order_by(OutboxDocument.sequence)).all()
        assert sequences == list(range(1, 11))
        for terminal in (REGISTER, TABLET):
            query = select(Order.counter).where(Order.terminal_id == terminal).order_by(Order.counter)
            assert book.scalars(query).all() == [1, 2, 3, 4, 5]


def test_a_person_who_punches_at_two_tills_at_once_is_written_down_once(shop):
    mia = shop.person(MIA)
    with shop.replica.read() as replica:
        profile = published.profile(replica, store_id=STORE)
    how = {"store_id": STORE, "by": mia, "now": shop.now}
    shop.do(punch.clock_in, profile=profile, terminal_id=REGISTER, role="", **how)
    lunch = {"kind": BreakType(name="Lunch", minutes=30, is_paid=False)}
    for command, more in ((punch.begin_break, lunch), (punch.end_break, {}), (punch.clock_out, {})):
        begin = Barrier(2)

        def press(number, command=command, more=more, begin=begin):
            with shop.book.write() as book:
                if not shop.book.is_sqlite:
                    # Both transactions are under way; SQLite's begin one after the other.
                    begin.wait(30)
                try:
                    command(book, terminal_id=(REGISTER, TABLET)[number], **how, **more)
                except RuleError:
                    return False
                book.commit()
                return True

        assert sorted(at_once(press, 2)) == [False, True], command
    with shop.book.read() as book:
        documents = book.scalars(select(OutboxDocument).order_by(OutboxDocument.sequence))
        events = [decode_document(document.content).event for document in documents]
    assert events == ["clock_in", "break_begin", "break_end", "clock_out"]


def test_tries_to_sign_in_at_once_are_all_counted(office):
    def try_once(_number):
        with office.write() as session:
            try:
                count_try(session, account="mia@example.com", address="192.0.2.7", now=NOON)
            except TooManyTries:
                return False
            session.commit()
            return True

    assert sum(at_once(try_once, MOST_FROM_ONE_PLACE + 4)) == MOST_FROM_ONE_PLACE


def test_wrong_pins_at_once_are_all_counted(shop):
    def guess(number):
        with shop.book.write() as book, shop.replica.read() as replica:
            answer = sign_in(
                book, replica, store_id=STORE, terminal_id=REGISTER, employee=MIA, pin=f"000{number}",
                now=shop.now,
            )  # fmt: skip
            book.commit()
            return answer.wait_s

    waits = at_once(guess, TRIES)
    assert sum(wait > 0 for wait in waits) == 1
