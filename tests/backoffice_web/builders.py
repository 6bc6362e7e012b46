"""An office in a database of its own with a small named cast, and builders with keyword defaults."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import (
    Barcode,
    Item,
    ItemModifierGroup,
    StoreItem,
    StorePrice,
    Variant,
    VariantPrice,
)
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup, ModifierPrice
from backoffice_web.catalog.tax import Tax, TaxClass
from backoffice_web.database import Base, new_key
from backoffice_web.people.employee import Credential, Employee, EmployeeStore
from backoffice_web.publishing.publication import PublishedHead, PublishedRecord
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import note_change
from backoffice_web.stores.setup import open_store, set_up_enterprise
from backoffice_web.stores.store import Store
from backoffice_web.tables import metadata
from shared_web.database import Database
from sync_contract import digest
from tests.databases import copy_home, made_once, open_database, url_of

assert metadata is Base.metadata

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
DOWNTOWN, AIRPORT = "downtown", "airport"


class Office:
    """The office's database with two stores: Downtown sells in USD, Airport in EUR."""

    def __init__(self, path, *, stores=(DOWNTOWN, AIRPORT)):
        copy_home(made_once(" ".join(("office", *stores)), partial(_make_office, stores)), path)
        self.database = Database(url_of(path / "office.sqlite3"))

    @contextmanager
    def write(self):
        """A writing session, committed at the end."""
        with self.database.write() as session:
            yield session
            session.commit()

    def read(self):
        return self.database.read()

    def publish(self, *stores, records=None, by="Olivia Owner", minutes=0, **more):
        with self.write() as session:
            return publish(
                session, stores=stores or [DOWNTOWN], records=records, by=by, now=later(minutes), **more
            )

    def edit(self, kind, key, *, fields=None, stores=None, action="changed", by="Max Manager", label=""):
        """Note an edit that the caller made in another way."""
        with self.write() as session:
            note(session, kind, key, fields=fields, stores=stores, action=action, by=by, label=label)

    def set_price(self, item, cents, *, store_id=DOWNTOWN, by="Max Manager"):
        """Save a new price of the item's first variant in the store's price list."""
        with self.write() as session:
            variant = session.get_one(Item, item).variants[0]
            price = session.get_one(VariantPrice, (variant.id, price_list_of(session, store_id)))
            before, price.price_cents = price.price_cents, cents
            fields = {"Price": (str(before), str(cents))}
            note(session, "item", item, fields=fields, by=by)

    def published(self, store_id=DOWNTOWN):
        """The live records of a store, as (kind, key) → body."""
        with self.read() as session:
            rows = session.scalars(select(PublishedRecord).where(PublishedRecord.store_id == store_id))
            return {(row.kind, row.key): row.body for row in rows if row.body is not None}

    def head(self, store_id=DOWNTOWN):
        with self.read() as session:
            return session.get(PublishedHead, store_id)


def _make_office(stores, folder):
    database = open_database(folder / "office.sqlite3", Base)
    with database.write() as session:
        set_up_enterprise(session, name="Corner Coffee", is_demo=False, now=NOON)
        if DOWNTOWN in stores:
            open_downtown(session)
        if AIRPORT in stores:
            open_airport(session)
        session.commit()
    database.dispose()


def later(minutes=0, **more):
    return NOON + timedelta(minutes=minutes, **more)


def note(session, kind, key, *, fields=None, stores=None, action="changed", by="Max Manager", label=""):
    note_change(
        session,
        kind=kind,
        key=key,
        label=label or key,
        action=action,
        fields={"Name": ("before", "after")} if fields is None else fields,
        stores=stores,
        by=by,
        now=NOON,
    )


def open_downtown(session):
    return open_store(
        session, store_id=DOWNTOWN, name="Downtown", currency="USD", locale="en_US",
        time_zone="America/New_York", now=NOON, by="Set-up",
    )  # fmt: skip


def open_airport(session):
    return open_store(
        session, store_id=AIRPORT, name="Airport", currency="EUR", locale="de_DE",
        time_zone="Europe/Berlin", now=NOON, by="Set-up",
    )  # fmt: skip


def price_list_of(session, store_id):
    return session.get_one(Store, store_id).price_list_id


def add_category(session, *, key="drinks", name="Drinks", tone="drinks", noted=True):
    session.add(Category(id=key, name=name, tone=tone))
    if noted:
        note(session, "category", key, action="created", label=name)
    return key


def add_item(
    session, *, key="flat-white", name="Flat white", price=450, prices=None, category="drinks", stores=None,
    sold_in=None, groups=(), tax_class="standard", variants=1, barcodes=(), noted=True, own_price=None,
):  # fmt: skip
    """An item priced `price` in every store's list (`prices`: store → cents), sold in all or `sold_in`."""
    item = Item(
        id=key, name=name, category_id=category, tax_class_id=tax_class, created_at=NOON, changed_at=NOON,
        is_sold_everywhere=sold_in is None,
    )  # fmt: skip
    all_stores = list(session.scalars(select(Store).order_by(Store.id)))
    priced = {store.price_list_id: price for store in all_stores} if prices is None else {
        price_list_of(session, store_id): cents for store_id, cents in prices.items()
    }  # fmt: skip
    for position in range(variants):
        variant = Variant(
            id=f"{key}-{position}", name=f"Size {position}" if variants > 1 else "", position=position,
            prices=[
                VariantPrice(price_list_id=list_id, price_cents=cents + 50 * position)
                for list_id, cents in sorted(priced.items()) if cents is not None
            ],
        )  # fmt: skip
        if position == 0:
            variant.barcodes = [
                Barcode(gtin=code.zfill(14), code=code, position=i) for i, code in enumerate(barcodes)
            ]
            variant.store_prices = [
                StorePrice(store_id=store_id, price_cents=cents)
                for store_id, cents in (own_price or {}).items()
            ]
        item.variants.append(variant)
    item.store_items = [StoreItem(store_id=store_id, is_sold=True) for store_id in sold_in or ()]
    item.group_links = [ItemModifierGroup(group_id=group, position=i) for i, group in enumerate(groups)]
    session.add(item)
    if noted:
        note(session, "item", key, action="created", label=name, stores=stores)
    return key


def add_modifier_group(session, *, key="milk", name="Milk", modifiers=(("oat", "Oat milk", 60),)):
    group = ModifierGroup(id=key, name=name, minimum=0, maximum=1)
    lists = {store.price_list_id for store in session.scalars(select(Store))}
    for position, (modifier, label, cents) in enumerate(modifiers):
        prices = [ModifierPrice(price_list_id=list_id, price_cents=cents) for list_id in sorted(lists)]
        group.modifiers.append(Modifier(id=modifier, name=label, position=position, prices=prices))
    session.add(group)
    note(session, "modifier_group", key, action="created", label=name)
    return key


def add_tax(session, *, key="sales-tax", name="Sales tax", store_id=DOWNTOWN, rate=88_750, inclusive=False):
    classes = [session.get_one(TaxClass, "standard")]
    session.add(
        Tax(
            id=key,
            store_id=store_id,
            name=name,
            rate_millionths=rate,
            is_inclusive=inclusive,
            classes=classes,
        )
    )
    note(session, "tax", key, action="created", label=name, stores=[store_id])
    return key


def add_employee(session, *, key="cara", name="Cara Cashier", role="cashier", stores=(DOWNTOWN,), pin="1111"):
    person = Employee(id=key, name=name, role_id=role, created_at=NOON)
    person.stores = [EmployeeStore(store_id=store_id) for store_id in stores]
    person.credentials = [
        Credential(id=new_key(), store_id=store_id, pin_hash=f"argon2 {pin}", pin_digest=f"{key} {pin}")
        for store_id in stores
    ]
    session.add(person)
    note(session, "employee", key, action="created", label=name, stores=stores)
    return key


def digest_of(records):
    """The digest of (kind, key) → body records, from scratch."""
    total = digest.EMPTY
    for (kind, key), body in records.items():
        total = digest.replaced(total, kind, key, None, body)
    return digest.to_hex(total)
