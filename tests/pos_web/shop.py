"""A store node of its own for each test: a book and a replica with a small shop published into them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import insert

from pos_web import tables
from pos_web.catalog.replica import BarcodeIndex, ItemIndex, ReplicaHead, ReplicaRecord
from pos_web.database import BookBase, ReplicaBase
from pos_web.orders.ring import ring
from pos_web.payments.take import take_cash
from pos_web.staff.person import person_of
from pos_web.syncing.derive import barcode_rows, item_row
from pos_web.terminals.terminal import ServedStore, Terminal
from shared_web.database import Database
from sync_contract.digest import EMPTY, replaced, to_hex
from sync_contract.permissions import CASHIER, MANAGER, defaults_of
from sync_contract.records import (
    Category,
    Credential,
    Employee,
    Item,
    Modifier,
    ModifierGroup,
    Reason,
    Role,
    StoreProfile,
    StoreSettings,
    Tax,
    TenderType,
    Variant,
    encode,
    kind_of,
    stretched_badge,
    stretched_pin,
)
from tests.databases import copy_home, made_once, open_database, url_of

STORE = "corner"
REGISTER, TABLET = "register", "tablet"
MIA, SARA = "mia", "sara"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
assert tables.MODULES


@dataclass
class Shop:
    """`now` moves on by itself a second at each command, as a real clock would."""

    book: Database
    replica: Database
    now: datetime = NOON
    taps: int = 0
    records: dict = field(default_factory=dict)
    version: int = 0

    def publish(self, *pairs):
        """Publish (key, record) pairs as the next version; a record of None is taken away."""
        self.version += 1
        with self.replica.write() as session:
            for kind, key, record in pairs:
                self._write(session, kind, key, record)
            self._head(session)
            session.commit()
        return self.version

    def _write(self, session, kind, key, record):
        old = session.get(ReplicaRecord, (STORE, kind, key))
        if old is not None:
            session.delete(old)
        if kind == "item":
            session.query(ItemIndex).filter_by(store_id=STORE, key=key).delete()
            session.query(BarcodeIndex).filter_by(store_id=STORE, item=key).delete()
        session.flush()
        self.records.pop((kind, key), None)
        if record is None:
            return
        self.records[kind, key] = body = encode(record)
        session.add(ReplicaRecord(store_id=STORE, kind=kind, key=key, version=self.version, body=body))
        if kind == "item":
            session.flush()
            session.execute(insert(ItemIndex.__table__).values(item_row(STORE, key, record)))
            for row in barcode_rows(STORE, key, record):
                session.execute(insert(BarcodeIndex.__table__).values(row))

    def _head(self, session):
        digest = EMPTY
        for (kind, key), body in self.records.items():
            digest = replaced(digest, kind, key, None, body)
        session.merge(
            ReplicaHead(
                store_id=STORE,
                epoch="e",
                version=self.version,
                digest=to_hex(digest),
                record_count=len(self.records),
                applied_at=self.now,
            )
        )

    def person(self, key=MIA):
        with self.replica.read() as replica:
            return person_of(replica, store_id=STORE, employee=key)

    def tick(self, **passed):
        self.now += timedelta(**(passed or {"seconds": 1}))
        return self.now

    def write(self):
        """A session as of a request that was let in for this store."""
        session = self.book.write()
        session.info["store"] = STORE
        return session

    def ring(self, item, *, by=MIA, terminal=REGISTER, tap=None, **choice):
        """Ring an item and commit; answers with the result of the domain."""
        self.taps += 1
        with self.write() as book, self.replica.read() as replica:
            rung = ring(
                book,
                replica,
                terminal_id=terminal,
                item=item,
                tap=tap or f"tap-{self.taps:04}",
                by=self.person(by),
                now=self.tick(),
                **choice,
            )
            book.commit()
            return rung

    def do(self, command, **arguments):
        """Run a command of the domain on the book and commit."""
        with self.write() as book:
            result = command(book, **arguments)
            book.commit()
            return result

    def do_with_replica(self, command, **arguments):
        with self.write() as book, self.replica.read() as replica:
            result = command(book, replica, **arguments)
            book.commit()
            return result

    def pay_cash(self, tendered_cents, *, by=MIA, terminal=REGISTER, key=None):
        self.taps += 1
        return self.do_with_replica(
            take_cash,
            terminal_id=terminal,
            tendered_cents=tendered_cents,
            key=key or f"key-{self.taps:08}",
            by=self.person(by),
            now=self.tick(),
        )

    def close(self):
        self.book.dispose()
        self.replica.dispose()


def item(
    name, price_cents, *, category="drinks", tax_class="standard", barcodes=(), sku="", variants=None, **more
):
    """An item with one variant of the same key as its name, unless `variants` says otherwise."""
    key = name.lower().replace(" ", "-")
    variants = variants or (Variant(key=f"{key}-1", price_cents=price_cents, barcodes=barcodes, sku=sku),)
    return ("item", key, Item(name=name, category=category, tax_class=tax_class, variants=variants, **more))


def record(key, published):
    return (kind_of(type(published)), key, published)


def pin_hash(pin):
    # The cheapest argon2: the tests are about the rules, not about its strength.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(pin)


PINS = {MIA: pin_hash("1111"), SARA: pin_hash("2222")}
SALT = "ab" * 16


def badge(number):
    return Credential(badge_digest=stretched_badge(number, salt=SALT), badge_salt=SALT)


def new_pin(pin):
    """A PIN as the Back Office publishes it; those of the small shop are from before there were lookups."""
    return Credential(pin_hash=pin_hash(pin), badge_salt=SALT, pin_lookup=stretched_pin(pin, salt=SALT))


SMALL_SHOP = (
    record(
        STORE,
        StoreProfile(
            name="Corner", currency="EUR", locale="en_US", time_zone="Europe/Berlin", day_cutoff_minutes=180
        ),
    ),
    record(STORE, StoreSettings()),
    record(
        "vat19", Tax(name="VAT 19 %", rate_millionths=190_000, is_inclusive=True, tax_classes=("standard",))
    ),
    record("vat7", Tax(name="VAT 7 %", rate_millionths=70_000, is_inclusive=True, tax_classes=("food",))),
    record("drinks", Category(name="Drinks", tone="drinks", position=1)),
    record("bakery", Category(name="Bakery", tone="bakery", position=2)),
    record("empty", Category(name="Empty", position=3)),
    record(
        "milk",
        ModifierGroup(
            name="Milk",
            minimum=1,
            maximum=1,
            modifiers=(Modifier(key="whole", name="Whole"), Modifier(key="oat", name="Oat", price_cents=50)),
        ),
    ),
    record(
        "extras",
        ModifierGroup(
            name="Extras",
            maximum=2,
            modifiers=(
                Modifier(key="shot", name="Extra shot", price_cents=80),
                Modifier(key="syrup", name="Syrup", price_cents=60),
                Modifier(key="own-cup", name="Own cup", price_cents=-20),
            ),
        ),
    ),
    item("Espresso", 240, is_favourite=True, barcodes=("4006381333931",), sku="ESP"),
    item("Flat white", 450, modifier_groups=("milk", "extras"), position=1),
    item(
        "Croissant", 280, category="bakery", tax_class="food", is_favourite=True, barcodes=("036000291452",)
    ),
    item(
        "Juice",
        0,
        variants=(
            Variant(key="small", name="Small", price_cents=300, barcodes=("12345670",)),
            Variant(key="large", name="Large", price_cents=420, sku="JU-L"),
        ),
    ),
    item("Gift wrap", 100, category="", tax_class="none"),
    record("void-mistake", Reason(purpose="void", name="Mistake")),
    record("refund-faulty", Reason(purpose="refund", name="Faulty")),
    record("cash", TenderType(name="Cash", method="cash")),
    record("card", TenderType(name="Card", method="card_machine", position=1)),
    record("cashier", Role(name="Cashier", permissions=defaults_of(CASHIER))),
    record("manager", Role(name="Manager", permissions=defaults_of(MANAGER))),
    record(MIA, Employee(name="Mia K.", role="cashier")),
    record(SARA, Employee(name="Sara L.", role="manager")),
    record(MIA, Credential(pin_hash=PINS[MIA])),
    record(SARA, Credential(pin_hash=PINS[SARA])),
)


def open_shop(folder):
    """A shop in `folder`, with SMALL_SHOP published as version 1."""
    copy_home(made_once("small shop", _make_shop), folder)
    records = {(kind, key): encode(record) for kind, key, record in SMALL_SHOP}
    return Shop(*_databases(folder), records=records, version=1)


def _make_shop(folder):
    open_database(folder / "book.sqlite3", BookBase).dispose()
    open_database(folder / "replica.sqlite3", ReplicaBase).dispose()
    shop = Shop(*_databases(folder))
    with shop.book.write() as book:
        book.add(ServedStore(store_id=STORE, name="Corner", epoch="e", is_demo=True))
        book.add(Terminal(id=REGISTER, store_id=STORE, name="Register 1", code="R1", is_registered=True))
        book.add(Terminal(id=TABLET, store_id=STORE, name="Tablet", code="T1", is_registered=True))
        book.commit()
    shop.publish(*SMALL_SHOP)
    shop.close()


def _databases(folder):
    return [Database(url_of(folder / name)) for name in ("book.sqlite3", "replica.sqlite3")]
