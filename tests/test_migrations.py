"""The migrations make exactly the tables that the models describe."""

import json

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.journal_chain import append, new_entry
from backoffice_web.publishing.verify_journal import verify_journal
from backoffice_web.tables import metadata as office_metadata
from migrations.migrate import config, migrate
from pos_web.tables import book_metadata
from shared_web.database import Database
from sync_contract.permissions import defaults_of
from tests.backoffice_web.builders import NOON
from tests.databases import url_of


@pytest.mark.parametrize(("house", "metadata"), [("office", office_metadata), ("store", book_metadata)])
def test_migrations_match_the_models(tmp_path, house, metadata):
    url = url_of(tmp_path / "migrated.sqlite3")
    migrate(house, url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize("house", ["office", "store"])
def test_migrating_twice_changes_nothing(tmp_path, house):
    url = url_of(tmp_path / "twice.sqlite3")
    migrate(house, url)
    migrate(house, url)


def at_revision(tmp_path, revision, *statements, house="office"):
    """A database of the house as an older version left it, with rows."""
    url = url_of(tmp_path / "older.sqlite3")
    command.upgrade(config(house, url), revision)
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement, values in statements:
            connection.execute(text(statement), values)
    return url, engine


def test_the_roles_of_an_older_business_get_the_new_permissions_and_wait_to_be_published(tmp_path):
    role = "INSERT INTO roles (id, name, permissions, priority, revision) VALUES (:id, :name, :held, :at, 1)"
    store = (
        "INSERT INTO stores (id, name, currency, locale, time_zone, day_cutoff_minutes, address, tax_number,"
        " receipt_header, receipt_footer, price_list_id, pin_length, auto_sync_after_s, cash_rounding_cents,"
        " idle_lock_s, lock_after_sale, created_at, revision) VALUES ('s', 'S', 'USD', 'en_US', 'UTC', 0, '',"
        " '', '', '', 'p', 4, 15, 0, 0, false, '2026-01-01', 1)"
    )
    prices = "INSERT INTO price_lists (id, name, currency, revision) VALUES ('p', 'Prices', 'USD', 1)"
    url, engine = at_revision(
        tmp_path,
        "0002",
        (prices, {}),
        (role, {"id": "cashier", "name": "Cashier", "held": '["order.create"]', "at": 1}),
        (role, {"id": "manager", "name": "Manager", "held": '["publish"]', "at": 2}),
        (role, {"id": "owner", "name": "Owner", "held": '["publish", "people.edit"]', "at": 3}),
        (store, {}),
    )
    migrate("office", url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, CAST(permissions AS TEXT) AS permissions, priority FROM roles ORDER BY priority")
        ).all()
        held = {row.id: set(json.loads(row.permissions)) for row in rows}
        assert [(row.id, row.priority) for row in rows] == [
            ("owner", 1), ("store_admin", 2), ("manager", 3), ("cashier", 4),
        ]  # fmt: skip
        assert held["cashier"] == {"order.create"}
        assert held["owner"] >= {"role.edit", "store.every", "publish.roll_back", "journal.view"}
        assert held["manager"] >= {"publish", "publish.roll_back", "journal.view", "sold_out.edit"}
        assert held["store_admin"] <= set(defaults_of("store_admin"))
        waiting = connection.execute(text("SELECT key FROM marks WHERE kind = 'role'")).scalars().all()
        assert sorted(waiting) == ["manager", "owner", "store_admin"]
        # Whoever could unlock PINs with POS Settings still can.
        assert {role for role, keys in held.items() if "pin.unlock" in keys} == set(waiting)
    engine.dispose()
    database = Database(url)
    with database.read() as session:
        assert verify_journal(session) == []
        unlocking = session.query(JournalEntry).filter_by(field="POS Operation: Unlock PINs")
        assert {entry.key for entry in unlocking} == set(waiting)
    database.dispose()


def test_the_journal_of_an_older_business_is_linked_as_it_stands(tmp_path):
    entry = (
        "INSERT INTO journal_entries (id, at, by, action, kind, key, label, field, before, after)"
        " VALUES (:id, :at, 'Max', :action, :kind, 't', :label, 'Price', 'é\u2028\"', '2')"
    )
    written = [
        (entry, {"id": f"e{n}", "at": f"2026-01-0{n} 10:00:00.00000{n}", "kind": kind, **words})
        for n, (kind, words) in enumerate(
            [
                ("item", {"action": "changed", "label": "Latte"}),
                ("terminal", {"action": "order.void", "label": "downtown"}),
                ("terminal", {"action": "registered", "label": "Register 1"}),
            ],
            start=1,
        )
    ]
    url, engine = at_revision(tmp_path, "0002", *written)
    migrate("office", url)
    database = Database(url)
    with database.write() as session:
        assert verify_journal(session) == []
        append(session, [new_entry(at=NOON, by="Max", action="changed", kind="item", key="latte")])
        session.commit()
    with database.read() as session:
        assert verify_journal(session) == []
        pos = session.get(JournalEntry, "e2")
        assert (pos.kind, pos.store_id) == ("pos", "downtown")
    with pytest.raises(DatabaseError, match="append-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM journal_entries"))
    database.dispose()
    engine.dispose()


def test_the_syncs_of_an_older_store_are_counted_in_the_order_of_before(tmp_path):
    run = (
        "INSERT INTO sync_runs (uuid, store_id, started_at, started_by, is_manual, is_full, from_version,"
        " to_version, change_count, counts, byte_count, duration_ms, outcome, reason) VALUES (:uuid, :store,"
        " :at, 'Mia', true, false, 1, 1, 0, '{}', 0, 0, 'applied', '')"
    )
    state = (
        "INSERT INTO sync_states (store_id, epoch, waiting_version, waiting_count, waiting_authors,"
        " heard_version, failed_outcome, failed_reason, office_version)"
        " VALUES (:store, '', 0, 0, '[]', 0, '', '', '')"
    )
    runs = [
        (run, {"uuid": f"{store}{n:02}", "store": store, "at": f"2026-01-01 10:{59 - n:02}:00.000000"})
        for store, count in (("many", 60), ("few", 2))
        for n in range(count)
    ]
    states = [(state, {"store": store}) for store in ("many", "few", "none")]
    url, engine = at_revision(tmp_path, "0011", *runs, *states, house="store")
    migrate("store", url)
    with engine.connect() as connection:
        counted = connection.execute(
            text("SELECT uuid, sequence FROM sync_runs WHERE store_id = 'few' ORDER BY sequence")
        )
        assert counted.all() == [("few01", 1), ("few00", 2)]
        told = connection.execute(text("SELECT store_id, told_sequence FROM sync_states ORDER BY store_id"))
        assert told.all() == [("few", 0), ("many", 10), ("none", 0)]
    engine.dispose()
