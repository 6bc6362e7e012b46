"""A store node for tests: two databases in a folder, a simulated office, and a clock that we turn."""

import sqlite3
from datetime import timedelta

from sqlalchemy import select

from pos_web import tables
from pos_web.catalog.published import items
from pos_web.catalog.replica import Apply, BarcodeIndex, ItemIndex, ReplicaRecord
from pos_web.database import BookBase, new_uuid
from pos_web.syncing.apply import read_applied
from pos_web.syncing.outbox import OutboxDocument, enqueue
from pos_web.syncing.rebuild import open_replica
from pos_web.syncing.status import sync_status
from pos_web.syncing.store_sync import StoreSync
from pos_web.syncing.summary import decode_summary
from pos_web.syncing.sync_run import SyncRun
from shared_web.database import Database
from sync_contract.records import Category, Item, StoreSettings, Variant, encode
from sync_contract.uploads import JournalEntry
from tests.databases import open_database, url_of
from tests.simulated_office import NOON, STORE, SimulatedOffice

assert tables.MODULES


class Node:
    def __init__(self, folder, office=None):
        self.book = open_database(folder / "book.sqlite3", BookBase)
        self.replica = Database(url_of(folder / "replica.sqlite3"))
        open_replica(self.replica)
        self.office = office or SimulatedOffice()
        self.client = self.office.client()
        self.now = NOON
        self.announced = []
        self.steps = self.new_steps()
        assert self.steps.lease.hold()

    def new_steps(self, **how):
        return StoreSync(
            STORE,
            book=self.book,
            replica=self.replica,
            client=self.client,
            clock=self.clock,
            **{"announce": lambda _store, event, payload: self.announced.append((event, payload))} | how,
        )

    def clock(self):
        return self.now

    def tick(self, **passed):
        self.now += timedelta(**(passed or {"seconds": 1}))

    def sync(self, **how):
        self.tick()
        result = self.steps.sync(**({"by": "Mia K.", "is_manual": True} | how))
        self.steps.report()
        return result

    def applied(self):
        with self.replica.read() as session:
            return read_applied(session, store_id=STORE)

    def records(self):
        """The live records of the replica as the office counts them."""
        with self.replica.read() as session:
            rows = session.scalars(select(ReplicaRecord).where(ReplicaRecord.store_id == STORE))
            return {(row.kind, row.key): row.body for row in rows}

    def items(self):
        with self.replica.read() as session:
            return {row.key: row for row in session.scalars(select(ItemIndex))}

    def price(self, key):
        """In minor units, of the item's first variant, as a till would ring it."""
        with self.replica.read() as session:
            ((_key, item),) = items(session, store_id=STORE, keys=[key])
            return item.variants[0].price_cents

    def barcodes(self):
        with self.replica.read() as session:
            return {(row.code, row.item, row.variant) for row in session.scalars(select(BarcodeIndex))}

    def summaries(self):
        with self.replica.read() as session:
            applies = session.scalars(select(Apply).order_by(Apply.sequence))
            return [decode_summary(each.summary) for each in applies]

    def runs(self):
        with self.book.read() as session:
            return list(session.scalars(select(SyncRun).order_by(SyncRun.sequence)))

    def status(self, **how):
        with self.book.read() as book, self.replica.read() as replica:
            return sync_status(book, replica, store_id=STORE, **({"is_syncing": False} | how))

    def finish_document(self, uuid=None):
        """Put a small document into the outbox, as a sale would."""
        document = JournalEntry(
            uuid=uuid or new_uuid(),
            store=STORE,
            terminal="t1",
            employee="mia",
            employee_name="Mia K.",
            at=self.now,
            action="no_sale",
        )
        with self.book.write() as session:
            enqueue(session, store_id=STORE, document=document, now=self.now)
            session.commit()
        return document.uuid

    def outbox(self):
        """State per UUID, in the order of the queue."""
        with self.book.read() as session:
            rows = session.scalars(select(OutboxDocument).order_by(OutboxDocument.sequence))
            return {row.uuid: row.state for row in rows}

    def close(self):
        self.client.close()
        self.book.dispose()
        self.replica.dispose()


def coffee(key="flat-white", price_cents=450, *, name="Flat white", category="drinks", **more):
    """An item with one variant, ready for `office.publish`."""
    barcodes = more.pop("barcodes", ())
    variant = Variant(key=f"{key}-1", price_cents=price_cents, barcodes=barcodes)
    return (key, Item(name=name, category=category, variants=(variant,), **more))


def drinks(name="Drinks"):
    return ("drinks", Category(name=name))


def settings(**how):
    return (STORE, StoreSettings(**how))


def body_of(entry):
    return encode(entry[1])


def full_disk(monkeypatch, database):
    """Whatever is committed to `database` from now on finds no room, until the patch is undone."""

    def refuse(connection):
        connection.rollback()
        problem = sqlite3.OperationalError("database or disk is full")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem

    monkeypatch.setattr(database.engine.dialect, "do_commit", refuse)
