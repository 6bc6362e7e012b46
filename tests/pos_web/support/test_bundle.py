"""The diagnostic bundle: it tells much, and no secret."""

import io
import json
import zipfile

import pytest

from pos_web.support.bundle import diagnostic_bundle
from pos_web.support.storage import storage_of
from sync_contract.records import Credential, Employee
from tests.pos_web.shop import MIA, NOON, PINS, SARA, STORE, record


def bundle(shop):
    with shop.book.read() as book, shop.replica.read() as replica:
        content = diagnostic_bundle(
            book, replica, store_id=STORE, version="1.2.3", clock_wrong_by_s=-300,
            storage=storage_of(shop.book.url, shop.replica.url), now=NOON,
        )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.sqlite
def test_it_tells_the_storage_where_the_databases_are_files_of_this_computer(shop):
    assert json.loads(bundle(shop)["about.json"])["storage"]["free"] > 0


def test_it_tells_versions_syncs_terminals_and_what_waits(shop):
    shop.ring("espresso")
    shop.pay_cash(500)
    told = {name: json.loads(text) for name, text in bundle(shop).items()}
    assert told["about.json"]["evertill"] == "1.2.3"
    assert told["about.json"]["clock_ahead_s"] == -300
    assert told["store.json"]["records"]["item"] == 5
    assert {one["name"] for one in told["terminals.json"]} == {"Register 1", "Tablet"}
    assert told["sync.json"]["status"]["version"] == 1
    assert {one["kind"]: one["count"] for one in told["outbox.json"]["documents"]}["order"] == 1
    assert told["database-check.json"] == {"problems": []}


def test_it_holds_no_secret_and_of_people_nothing_but_names(shop):
    shop.publish(
        record(MIA, Employee(name="Mia K.", role="cashier", photo=b"portrait-of-mia")),
        record(MIA, Credential(pin_hash=PINS[MIA], pin_digest="digest-of-a-pin")),
    )
    shop.ring("espresso")
    shop.pay_cash(500)
    whole = "\n".join(bundle(shop).values())
    secrets = [PINS[MIA], PINS[SARA], "digest-of-a-pin", "argon2", "pin_hash", "badge", "portrait", "token"]
    assert [secret for secret in secrets if secret.casefold() in whole.casefold()] == []
    # Nor where the data lies, which may hold somebody's name or a database's password.
    assert str(shop.book.url) not in whole
    assert "sqlite3" not in whole


def test_a_database_server_has_its_own_storage():
    assert storage_of("postgresql://evertill:secret@db/store") is None


def test_what_the_databases_wrote_last_counts_too(tmp_path):
    book = tmp_path / "book.sqlite3"
    book.write_bytes(bytes(1_000))
    book.with_name("book.sqlite3-wal").write_bytes(bytes(500))
    assert storage_of(f"sqlite:///{book}", f"sqlite:///{tmp_path}/replica.sqlite3").used_by_databases == 1_500
