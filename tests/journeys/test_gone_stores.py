"""A store that the office gives to another node while documents of it wait here: it stays in sight."""

import io
import threading

import pytest
from sqlalchemy import func, select
from werkzeug.test import Client

from app import main
from backoffice_web.ledger.sale import Sale
from pos_web.terminals.terminal import ServedStore
from tests.cast import first_store, office, till
from tests.journeys.selling import Seller, sales_of
from tests.office_line import office_gone
from tests.test_metrics import figures
from tests.waiting import wait_until


@pytest.fixture
def run(settings, monkeypatch, capsys):
    """A command over the home: (exit code, what it said)."""
    monkeypatch.setenv("EVERTILL_HOME", str(settings.home))
    monkeypatch.setenv("EVERTILL_OFFICE_DATABASE", settings.office_database)
    monkeypatch.setenv("EVERTILL_BOOK_DATABASE", settings.book_database)

    def command(*arguments):
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def take_away(evertill):
    """From now on the office names other stores alone, and nobody works for this one any more."""
    client = evertill.agent._client
    named = client.stores()

    def take(store):
        client.stores = lambda: [entry for entry in named if entry.id != store.id]
        assert evertill.agent.discover()
        name = f"sync-{store.id[:8]}"
        wait_until(lambda: name not in {thread.name for thread in threading.enumerate()})

    return take


def test_what_waits_of_a_store_that_is_served_no_more_is_seen_and_carried_to_the_office(
    evertill, run, take_away, tmp_path
):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    seller, remaining = Seller(evertill), till(evertill, role="manager", currency="EUR")
    gone = seller.store
    with office_gone(evertill):
        sold = seller.sell()
        count = seller.unsent().length
        take_away(gone)
    assert seller.unsent().length == count

    assert Client(evertill.wsgi).get("/healthz").json["outbox"][gone.id] == count
    found = figures(evertill)
    assert found[f'evertill_outbox_documents{{store="{gone.name}"}}'] == count
    assert found[f'evertill_outbox_oldest_seconds{{store="{gone.name}"}}'] > 0
    assert f'evertill_store_version{{store="{gone.name}"}}' not in found
    page = remaining.get("/status").text
    assert gone.name in page and "not served here any more" in page
    assert gone.name not in remaining.get("/terminals").text

    code, said = run("unpair")
    assert code == 1 and f"{gone.name}: {count}" in said and "export-unsent" in said

    file = tmp_path / "unsent.ndjson"
    code, said = run("export-unsent", file)
    assert code == 0 and f"{gone.name}: {count}" in said
    assert file.stat().st_mode & 0o777 == 0o600
    code, said = run("export-unsent", file)
    assert code == 1 and "File exists" in said
    owner = office(evertill, role="owner")
    for _time in range(2):
        answer = owner.post(
            "/dead-letters/imports",
            data={"file": (io.BytesIO(file.read_bytes()), file.name)},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert answer.status_code == 200
        assert sales_of(evertill)[sold] == 1
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Sale).where(Sale.store_id == gone.id)) == 1


def test_a_store_that_comes_back_sends_what_waits_and_is_forgotten_once_it_leaves_with_nothing(
    evertill, take_away
):
    seller = Seller(evertill)
    client = evertill.agent._client
    with office_gone(evertill):
        sold = seller.sell()
        take_away(seller.store)
    del client.stores
    assert evertill.agent.discover()
    assert evertill.agent.sync(seller.store.id, by="test").is_success
    assert wait_until(lambda: sales_of(evertill).get(sold)) == 1
    take_away(first_store(evertill, currency="EUR"))
    with evertill.book.read() as book:
        assert [store.name for store in book.scalars(select(ServedStore))] == [seller.store.name]


def test_there_is_nothing_to_export_when_all_is_sent(evertill, run, tmp_path):
    Seller(evertill)
    code, said = run("export-unsent", tmp_path / "unsent.ndjson")
    assert code == 1 and "Everything is in the Back Office" in said
    assert not (tmp_path / "unsent.ndjson").exists()
