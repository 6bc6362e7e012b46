"""Backups put back, files lost or damaged by hand, full disks: nothing is sold twice, lost, or made up."""

import json
import os
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DatabaseError

from app import build, main
from backoffice_web.ledger.sale import Sale
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.terminals.board import store_board
from backoffice_web.terminals.registration import add_terminal, claim, new_registration_code
from pos_web.orders.order import Order
from pos_web.syncing.rebuild import Health, verify
from pos_web.syncing.status import applied_versions
from settings import read_settings
from shared_web.database import opened
from tests.cast import first_store, synced
from tests.conftest import environment_of
from tests.journeys.prices import publish_price
from tests.journeys.selling import Seller, sales_of
from tests.office_line import office_gone
from tests.waiting import wait_until

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.sqlite


@pytest.fixture
def home(settings, monkeypatch):
    """A home that the command line works on; `app.py` reads where it is from the environment."""
    for name, value in environment_of(settings.home).items():
        monkeypatch.setenv(name, value)
    return settings.home


class Running:
    """Starts and stops Evertill over one home."""

    def __init__(self, home):
        self.home = home
        self.evertill = None

    def start(self):
        self.evertill = build(read_settings(environment_of(self.home)))
        self.evertill.start()
        return self.evertill

    def stop(self):
        if self.evertill is not None:
            self.evertill.stop()
            self.evertill = None


@pytest.fixture
def running(home):
    made = Running(home)
    yield made
    made.stop()


def epoch(evertill):
    with evertill.office_database.read() as session:
        return session.get(Enterprise, 1).epoch


def version_sold(evertill):
    with evertill.replica.read() as session:
        return applied_versions(session)[first_store(evertill).id]


def sent(seller):
    wait_until(lambda: not seller.unsent().length)


def keep_only(folder, *names):
    """A backup of some of the databases: the list is written anew, as for a house alone."""
    listed = json.loads((folder / "backup.json").read_text())
    listed["files"] = {name: value for name, value in listed["files"].items() if name in names}
    (folder / "backup.json").write_text(json.dumps(listed))


# Verify, backup, restore.


def test_a_sound_home_verifies_and_a_backup_of_a_serving_one_is_whole(running, tmp_path, capsys):
    seller = Seller(running.start())
    sold = seller.sell()
    assert main(["backup", str(tmp_path / "backup")]) == 0
    assert main(["verify"]) == 0
    assert "Everything is as it was published and sold." in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "backup" / "book.sqlite3")) as copy:
        assert copy.execute("SELECT count(*) FROM orders WHERE uuid = ?", (sold,)).fetchone() == (1,)
    assert oct((tmp_path / "backup").stat().st_mode)[-3:] == "700"
    assert main(["backup", str(tmp_path / "backup")]) == 1
    assert "not an empty folder" in capsys.readouterr().err


def test_a_home_in_which_nothing_ever_ran_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EVERTILL_HOME", str(tmp_path / "home"))
    assert main(["verify"]) == 1
    assert "there is no office.sqlite3" in capsys.readouterr().err
    assert main(["backup", str(tmp_path / "backup")]) == 1
    assert "start Evertill once first" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "backup")]) == 1
    assert "holds no whole backup" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("database", "damage", "sentence"),
    [
        ("office.sqlite3", "UPDATE published_records SET body = x'7b7d' WHERE kind = 'item'", "digest"),
        ("office.sqlite3", "DELETE FROM publications WHERE version = 1", "without gaps"),
        ("office.sqlite3", "UPDATE bodies SET content = x'00' WHERE rowid = 1", "history"),
        ("replica.sqlite3", "UPDATE replica_records SET body = x'7b7d' WHERE kind = 'tax'", "full resync"),
        ("replica.sqlite3", "DELETE FROM barcode_index", "rebuilt"),
        ("book.sqlite3", "UPDATE outbox_documents SET content = x'00'", "cannot be read"),
        ("book.sqlite3", "UPDATE orders SET counter = 7 WHERE number IS NOT NULL", "counts to 7"),
    ],
)
def test_verify_finds_what_a_hand_changed(running, home, capsys, database, damage, sentence):
    evertill = running.start()
    synced(evertill)
    sent_by = Seller(evertill)
    sent_by.sell()
    sent(sent_by)
    running.stop()
    with closing(sqlite3.connect(home / database)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(damage)
        connection.commit()
    assert main(["verify"]) == 1
    assert sentence in capsys.readouterr().err


def test_a_restore_over_a_running_evertill_is_refused(running, tmp_path, capsys):
    evertill = running.start()
    synced(evertill)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    before = epoch(evertill)
    assert main(["restore", str(tmp_path / "backup"), "--discard-unsent"]) == 1
    assert "Stop Evertill first" in capsys.readouterr().err
    assert epoch(evertill) == before


@pytest.mark.parametrize("how", ["changed", "missing", "no list", "a path"])
def test_a_backup_that_is_not_whole_is_refused(running, home, tmp_path, capsys, how):
    synced(running.start())
    running.stop()
    folder = tmp_path / "backup"
    assert main(["backup", str(folder)]) == 0
    if how == "changed":
        with (folder / "book.sqlite3").open("r+b") as file:
            file.seek(5000)
            file.write(b"\xff")
    elif how == "missing":
        (folder / "office.sqlite3").unlink()
    elif how == "no list":
        (folder / "backup.json").write_text("[]")
    else:
        text = (folder / "backup.json").read_text()
        (folder / "backup.json").write_text(text.replace("book.sqlite3", "../book.sqlite3"))
    before = (home / "office.sqlite3").read_bytes()
    assert main(["restore", str(folder)]) == 1
    assert "backup" in capsys.readouterr().err
    assert (home / "office.sqlite3").read_bytes() == before


def test_a_book_with_sales_that_no_office_has_is_not_replaced_unseen(running, tmp_path, capsys):
    evertill = running.start()
    seller = Seller(evertill)
    sent(seller)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    with office_gone(evertill):
        seller.sell()
        running.stop()
    assert main(["restore", str(tmp_path / "backup")]) == 1
    assert "have not reached the Back Office" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "backup"), "--discard-unsent"]) == 0


# A book from a backup.


def test_a_restored_book_gives_no_receipt_number_twice_and_nothing_is_doubled(running, tmp_path):
    evertill = running.start()
    seller = Seller(evertill)
    first = seller.sell()
    sent(seller)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    after_the_backup = [seller.sell() for _number in range(2)]
    sent(seller)
    numbers = set(seller.numbers())
    running.stop()

    keep_only(tmp_path / "backup", "book.sqlite3")
    for _time in range(2):  # twice from the same backup: the series still grows
        assert main(["restore", str(tmp_path / "backup")]) == 0
        evertill = running.start()
        seller = Seller(evertill)
        with office_gone(evertill):
            again = seller.sell()
            new = set(seller.numbers()) - numbers
            assert len(new) == 1
            numbers |= new
        evertill.agent.sync(seller.store.id, by="test")
        sent(seller)
        found = sales_of(evertill)
        assert [found[uuid] for uuid in (first, *after_the_backup, again)] == [1, 1, 1, 1]
        running.stop()
    assert main(["verify"]) == 0


def test_one_backup_on_two_new_computers_and_twice_in_place_gives_no_receipt_number_twice(
    running, home, tmp_path, monkeypatch
):
    Seller(running.start()).sell()
    assert main(["backup", str(tmp_path / "backup")]) == 0
    running.stop()
    keep_only(tmp_path / "backup", "office.sqlite3", "book.sqlite3")
    numbers = []
    for place in (tmp_path / "first", tmp_path / "second", home, home):
        for name, value in environment_of(place).items():
            monkeypatch.setenv(name, value)
        assert main(["restore", str(tmp_path / "backup"), "--discard-unsent"]) == 0
        numbers += series_in(place)
    assert len(numbers) == len(set(numbers))


def test_databases_put_back_twice_by_hand_give_no_receipt_number_twice(running, home, tmp_path):
    Seller(running.start()).sell()
    running.stop()
    files = ("office.sqlite3", "book.sqlite3", "replica.sqlite3")
    for name in files:
        shutil.copy(home / name, tmp_path / name)
    numbers = []
    for _time in range(2):
        for name in files:
            shutil.copy(tmp_path / name, home / name)
        assert main(["restored"]) == 0
        numbers += series_in(home)
    assert len(numbers) == len(set(numbers))


def series_in(home):
    with closing(sqlite3.connect(home / "book.sqlite3")) as book:
        return book.execute("SELECT id, series FROM terminals").fetchall()


def test_a_book_copied_back_by_hand_opens_a_series_above_the_offices_marks(running, home, tmp_path):
    evertill = running.start()
    seller = Seller(evertill)
    seller.sell()
    sent(seller)
    running.stop()
    shutil.copy(home / "book.sqlite3", tmp_path / "book.sqlite3")
    evertill = running.start()
    seller = Seller(evertill)
    seller.sell()
    sent(seller)
    numbers = seller.numbers()
    running.stop()
    shutil.copy(tmp_path / "book.sqlite3", home / "book.sqlite3")
    for left in home.glob("book.sqlite3-*"):
        left.unlink()

    evertill = running.start()
    seller = Seller(evertill)
    # The first comparison tells the marks.
    evertill.agent.sync(seller.store.id, by="test")
    sent(seller)
    seller.sell()
    sent(seller)
    assert seller.numbers()[-1] not in numbers


# An office from a backup.


def add_first_terminal(database, store_id):
    """A registered terminal that comes first in the store by its name; its receipt prefix."""
    now = datetime.now(UTC)
    with database.write() as session:
        added = add_terminal(session, store_id=store_id, name="A register", by="test", now=now)
        code = new_registration_code(session, terminal_id=added.id, by="test", now=now)
        claim(session, code=code, now=now)
        session.commit()
        return added.code


def seller_at_it(evertill):
    # The store node hears of a new terminal with its next question; this one is now.
    assert evertill.agent.discover()
    return Seller(evertill)


def test_a_terminal_that_a_restored_office_gets_once_more_gives_no_receipt_number_again(
    running, home, tmp_path
):
    evertill = running.start()
    store = first_store(evertill)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    keep_only(tmp_path / "backup", "office.sqlite3")
    code = add_first_terminal(evertill.office_database, store.id)
    seller = seller_at_it(evertill)
    sold = [seller.sell()]
    sent(seller)
    running.stop()

    assert main(["restore", str(tmp_path / "backup")]) == 0
    # Before the store has offered its sales again, so the office knows nothing of the prefix.
    with opened(f"sqlite:///{home / 'office.sqlite3'}") as office_database:
        assert add_first_terminal(office_database, store.id) == code
    evertill = running.start()
    seller = seller_at_it(evertill)
    sold.append(seller.sell())
    assert [number.split("-")[:2] for number in seller.numbers()] == [[code, "1"], [code, "2"]]
    evertill.agent.sync(store.id, by="test")
    sent(seller)
    with evertill.office_database.read() as session:
        assert [session.get(Sale, uuid).flag for uuid in sold] == ["", ""]


def state_at_office(evertill):
    """What the terminals board says of the store."""
    with evertill.office_database.read() as session:
        store_ids = [first_store(evertill).id]
        (row,) = store_board(session, now=datetime.now(UTC), store_ids=store_ids, node_names={})
        return row.state


def test_after_an_office_restore_the_store_sells_on_offers_its_sales_again_and_asks(running, tmp_path):
    evertill = running.start()
    store = first_store(evertill)
    seller = Seller(evertill, role="manager")
    sent(seller)
    assert main(["backup", str(tmp_path / "backup")]) == 0
    sold = seller.sell()
    sent(seller)
    newer = publish_price(evertill, 1234)
    assert synced(evertill).to_version == newer
    before = epoch(evertill)
    running.stop()

    keep_only(tmp_path / "backup", "office.sqlite3")
    assert main(["restore", str(tmp_path / "backup")]) == 0
    evertill = running.start()
    assert epoch(evertill) != before
    seller = Seller(evertill, role="manager")
    wait_until(lambda: sales_of(evertill).get(sold) == 1)

    assert version_sold(evertill) == newer
    assert evertill.agent.sync(store.id, by="Mia", is_full=True).outcome == "refused"
    assert version_sold(evertill) == newer
    wait_until(lambda: state_at_office(evertill) == "other_state")
    page = seller.browser.get("/status").text
    assert "The Back Office was restored to an older state" in page
    assert "Take over the older state" in page
    assert "Take over the older state" in seller.browser.get("/syncs", headers=HTMX).text
    cashier = Seller(evertill, role="cashier").browser
    asking = cashier.post("/syncs/older", headers=HTMX)
    assert (asking.status_code, "Go back to an older catalog" in asking.text) == (403, True)
    more = seller.sell()

    taken = seller.browser.post("/syncs/older", headers=HTMX)
    assert "Synced successfully" in taken.text
    assert version_sold(evertill) < newer
    assert 'id="older-office"' not in seller.browser.get("/status").text
    wait_until(lambda: sales_of(evertill).get(more) == 1)
    assert sales_of(evertill)[sold] == 1
    wait_until(lambda: state_at_office(evertill) == "up_to_date")
    # From here on it goes by itself again.
    assert publish_price(evertill, 999) == synced(evertill).to_version


# A replica that a hand deleted or damaged.


def is_sound(evertill, version):
    store = first_store(evertill)
    try:
        with evertill.replica.read() as session:
            if applied_versions(session).get(store.id) != version:
                return False
            return verify(session, store_id=store.id) is Health.SOUND
    except DatabaseError:
        return False


@pytest.mark.parametrize("how", ["deleted", "rubbish", "a page", "a search tree", "a record", "the index"])
def test_a_replica_damaged_between_two_runs_is_read_again_at_the_start(running, home, how):
    evertill = running.start()
    version = synced(evertill).to_version or 1
    running.stop()
    file = home / "replica.sqlite3"
    damage(file, how)
    evertill = running.start()
    wait_until(lambda: is_sound(evertill, version))
    assert Seller(evertill).sell()


@pytest.mark.parametrize("how", ["deleted", "a record"])
def test_a_replica_damaged_while_it_is_used_is_found_and_read_again(running, home, how):
    evertill = running.start()
    seller = Seller(evertill)
    version = version_sold(evertill)
    damage(home / "replica.sqlite3", how)
    evertill.agent.check_replica_soon()
    wait_until(lambda: (home / "replica.sqlite3").exists() and is_sound(evertill, version))
    assert seller.sell()


def test_a_record_that_cannot_be_read_stops_the_till_with_a_sentence_and_is_read_again(running, home):
    evertill = running.start()
    seller = Seller(evertill)
    version, item = version_sold(evertill), first_item(seller)
    with office_gone(evertill):
        damage(home / "replica.sqlite3", "a record")
        tap = {"item": item, "tap": "tap-1"}
        answer = seller.browser.post("/order/lines", data=tap, headers=HTMX)
        assert answer.status_code == 503
        assert "This store's copy of the catalog is damaged." in answer.text.replace("&#39;", "'")
    evertill.agent.line_changed(is_listening=True)
    wait_until(lambda: is_sound(evertill, version))
    assert seller.browser.post("/order/lines", data=tap, headers=HTMX).status_code == 200
    assert seller.sell()


def test_without_a_catalog_and_without_an_office_the_till_stops_with_a_sentence(running, home):
    evertill = running.start()
    seller = Seller(evertill)
    version = version_sold(evertill)
    with office_gone(evertill):
        damage(home / "replica.sqlite3", "deleted")
        evertill.agent.check_replica_soon()
        wait_until(lambda: has_no_catalog(evertill))
        assert seller.browser.post("/order/lines", data={"item": "x"}, headers=HTMX).status_code < 500
        login = seller.browser.get("/")
        assert login.status_code == 200
        assert "this till has no catalog yet and waits for the Back Office." in login.text
    evertill.agent.sync(seller.store.id, by="test")
    wait_until(lambda: is_sound(evertill, version))


def has_no_catalog(evertill):
    try:
        with evertill.replica.read() as session:
            return not applied_versions(session)
    except DatabaseError:
        return False


def damage(file, how):
    if how == "deleted":
        for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
            file.with_name(name).unlink(missing_ok=True)
    elif how == "rubbish":
        file.write_bytes(os.urandom(20_000))
    elif how == "a page":
        with file.open("r+b") as content:
            content.seek(file.stat().st_size // 2 // 4096 * 4096)
            content.write(b"\xff" * 8192)
    elif how == "a search tree":
        with closing(sqlite3.connect(file)) as connection:
            trees = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'item_index'"
            pages = [page for (page,) in connection.execute(trees)]
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with file.open("r+b") as content:
            for page in pages:
                content.seek((page - 1) * 4096)
                content.write(b"\xff" * 4096)
    else:
        with closing(sqlite3.connect(file, timeout=20)) as connection:
            table = "replica_records SET body = x'7b7d' WHERE kind = 'item'"
            connection.execute(f"UPDATE {table}" if how == "a record" else "DELETE FROM item_index")
            connection.commit()


# Full and read-only.


def test_a_full_book_refuses_with_a_sentence_and_keeps_nothing_half(evertill):
    seller = Seller(evertill)
    seller.sell()
    sent(seller)
    with evertill.book.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    counts = rows(evertill)

    def limit(connection, _record, _proxy):
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(evertill.book.engine, "checkout", limit)
    try:
        refused = None
        for _try in range(3_000):
            answer = seller.browser.post(
                "/order/lines", data={"item": first_item(seller), "tap": os.urandom(8).hex()}, headers=HTMX
            )
            if answer.status_code != 200:
                refused = answer
                break
        assert refused is not None and refused.status_code == 503
        assert "The disk of this computer is full." in refused.text
        assert "Nothing was changed" in refused.text
        assert rows(evertill)["orders"] - counts["orders"] <= 1
    finally:
        event.remove(evertill.book.engine, "checkout", limit)
        with evertill.book.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    with evertill.book.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def first_item(seller):
    if not hasattr(seller, "item"):
        page = seller.browser.get("/order").text.replace("&#34;", '"').replace("&quot;", '"')
        seller.item = re.search(r'"item": "([0-9a-f]+)"', page)[1]
    return seller.item


def rows(evertill):
    with evertill.book.read() as session:
        return {"orders": session.scalar(select(func.count()).select_from(Order))}


def test_a_book_that_may_not_be_written_refuses_with_a_sentence(evertill):
    seller = Seller(evertill)
    sent(seller)
    item, before = first_item(seller), rows(evertill)

    def forbid(connection, _record, _proxy):
        connection.execute("PRAGMA query_only = ON")

    event.listen(evertill.book.engine, "checkout", forbid)
    try:
        answer = seller.browser.post("/order/lines", data={"item": item, "tap": "tap-1"}, headers=HTMX)
    finally:
        event.remove(evertill.book.engine, "checkout", forbid)
    assert answer.status_code == 503
    assert "The database may not be written." in answer.text
    evertill.book.dispose()
    assert rows(evertill) == before
