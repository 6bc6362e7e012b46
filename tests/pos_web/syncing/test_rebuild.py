import pytest
from sqlalchemy import delete, text, update

from pos_web.catalog.replica import SCHEMA, BarcodeIndex, ItemIndex, ReplicaHead, ReplicaRecord
from pos_web.syncing.rebuild import Health, open_replica, rebuild, verify
from tests.pos_web.syncing.node import coffee, drinks
from tests.simulated_office import STORE


@pytest.fixture
def synced(node):
    items = [coffee(f"item-{number:04}", number, barcodes=(f"code-{number}",)) for number in range(1100)]
    node.office.publish(drinks(), *items)
    node.sync()
    return node


def health(node):
    with node.replica.read() as session:
        return verify(session, store_id=STORE)


def change(node, statement):
    with node.replica.write() as session:
        session.execute(statement)
        session.commit()


def test_what_sync_wrote_is_sound(synced):
    assert health(synced) is Health.SOUND


def test_the_applies_of_an_older_release_keep_their_order(node):
    for price in (450, 460):
        node.office.publish(coffee(price_cents=price))
        node.sync()
    kept = node.summaries()
    with node.replica.write() as session:
        session.execute(text("DROP INDEX ix_applies_sequence"))
        session.execute(text("ALTER TABLE applies DROP COLUMN sequence"))
        session.execute(text("CREATE INDEX ix_applies_store ON applies (store_id, applied_at)"))
        session.commit()
    node.replica.dispose()
    open_replica(node.replica)
    assert node.summaries() == kept
    node.tick(hours=-3)
    node.office.publish(coffee(price_cents=470))
    node.sync()
    assert node.summaries()[:2] == kept and len(node.summaries()) == 3
    assert health(node) is Health.SOUND


def test_an_empty_replica_is_sound(node):
    assert health(node) is Health.SOUND


@pytest.mark.parametrize(
    "damage",
    [
        update(ReplicaRecord).where(ReplicaRecord.key == "item-0700").values(body=b"{}"),
        delete(ReplicaRecord).where(ReplicaRecord.key == "item-0700"),
        update(ReplicaRecord).where(ReplicaRecord.key == "item-0700").values(key="item-9999"),
        update(ReplicaHead).values(digest="0" * 32),
    ],
)
def test_damaged_bytes_are_found(synced, damage):
    change(synced, damage)
    assert health(synced) is Health.DAMAGED


@pytest.mark.parametrize(
    "damage",
    [
        update(ItemIndex).where(ItemIndex.key == "item-0700").values(position=-1),
        delete(ItemIndex).where(ItemIndex.key == "item-0700"),
        delete(BarcodeIndex).where(BarcodeIndex.item == "item-0700"),
    ],
)
def test_damaged_derived_rows_are_found_and_built_anew_from_the_bytes(synced, damage):
    change(synced, damage)
    assert health(synced) is Health.STALE
    with synced.replica.write() as session:
        rebuild(session, store_id=STORE)
        session.commit()
    assert health(synced) is Health.SOUND


def test_an_upgrade_of_the_derived_tables_sells_without_the_office(synced):
    change(synced, update(ReplicaHead).values(schema=SCHEMA - 1))
    change(synced, text("ALTER TABLE item_index RENAME COLUMN folded TO searched"))
    asked = synced.office.requests.total()
    open_replica(synced.replica)
    assert health(synced) is Health.SOUND
    assert synced.office.requests.total() == asked
    assert synced.items()["item-0001"].folded == "flat white"


def test_a_start_mends_stale_rows_and_asks_for_a_sync_when_bytes_are_damaged(synced):
    change(synced, delete(ItemIndex).where(ItemIndex.key == "item-0700"))
    assert synced.steps.begin() is False
    assert health(synced) is Health.SOUND
    change(synced, update(ReplicaRecord).where(ReplicaRecord.key == "item-0700").values(body=b"{}"))
    assert synced.steps.begin() is True
    result = synced.sync(by="start", is_manual=False)
    assert (result.outcome, result.is_full) == ("applied", True)
    assert synced.records() == synced.office.store.live()
    assert health(synced) is Health.SOUND
