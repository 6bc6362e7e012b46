"""A home whose first store sells as many items as a bench wants: the demo, and invented goods on top.

The goods are inserted by bulk statements, then published by the office's own code; the node takes them
by a sync when it starts. So everything but the typing is as in life.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from hashlib import blake2b

from sqlalchemy import insert, select
from stdnum import ean

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Barcode, Item, Variant, VariantPrice
from backoffice_web.demo.business import load_demo
from backoffice_web.publishing.publication import PublishedHead
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import mark
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.store import Store
from backoffice_web.tables import metadata
from migrations.migrate import migrate
from settings import read_settings
from shared_web.database import Database

assert metadata.tables

CATEGORIES = 40
CHUNK = 5_000
FIRST = "Alpine Amber Baltic Bright Classic Copper Country Crisp Dark Early Evening Field Fine Forest Fresh"
FIRST += " Garden Golden Harvest Hearty House Island Late Light Meadow Mild Morning Northern Old Orchard Pure"
SECOND = "Almond Apple Barley Basil Berry Bread Butter Caramel Cherry Cocoa Coffee Cream Fennel Ginger Honey"
SECOND += " Lemon Lime Maple Mint Nutmeg Oat Olive Orange Pepper Plum Rose Sesame Spelt Tea Vanilla Walnut"
THIRD = "bar blend biscuit bites bottle box brew cake chips cookie crackers drink flakes jam juice mix"
THIRD += " muesli oil pouch roll slices soda spread sticks syrup tin wafer"


def build_home(home, item_count):
    """A home with the demo, where `item_count` items are published in the first store."""
    settings = read_settings({"EVERTILL_HOME": str(home)})
    migrate("office", settings.office_database)
    migrate("store", settings.book_database)
    now = datetime.now(UTC)
    database = Database(settings.office_database)
    with database.write() as session:
        load_demo(session, owner_email=None, owner_password=None, now=now)
        store = session.scalars(select(Store).where(Store.currency == "USD")).one()
        here = len(session.scalars(select(Item.id)).all())
        keys = _insert_goods(session, store, max(item_count - here, 0))
        mark(session, keys, stores=[store.id], by="Bench", now=now)
        publish(session, stores=[store.id], records=None, by="Bench", now=now)
        session.commit()
    database.dispose()


def names(count, *, seed=7):
    """Names that people could search for, with a number that makes each its own."""
    chosen = random.Random(seed)
    words = [part.split() for part in (FIRST, SECOND, THIRD)]
    return [
        f"{' '.join(chosen.choice(part) for part in words)} {chosen.choice((100, 250, 500, 750))} g No. {n}"
        for n in range(count)
    ]


def first_store(home):
    """The id of the store that sells the goods, and the version that it should sell from."""
    database = Database(read_settings({"EVERTILL_HOME": str(home)}).office_database)
    with database.read() as session:
        store = session.scalars(select(Store).where(Store.currency == "USD")).one()
        head = session.get_one(PublishedHead, store.id)
    database.dispose()
    return store.id, head.version


def item_key(number):
    return _key("item", number)


def variant_key(number):
    return _key("variant", number)


def sku_of(number):
    return f"GEN-{number:06}"


def _insert_goods(session, store, count):
    """Insert `count` items over CATEGORIES categories; returns the (kind, key) records."""
    categories = [{"id": _key("category", n), "revision": 1, "name": f"Aisle {n + 1}", "tone": "other",
                   "position": 100 + n, "is_archived": False} for n in range(CATEGORIES)]  # fmt: skip
    session.execute(insert(table_of(Category)), categories)
    wanted = list(enumerate(names(count)))
    for start in range(0, count, CHUNK):
        _insert_chunk(session, store, wanted[start : start + CHUNK])
    records = [("category", row["id"]) for row in categories]
    return records + [("item", item_key(number)) for number in range(count)]


def _insert_chunk(session, store, numbered):
    now = datetime.now(UTC)
    rows = {Item: [], Variant: [], VariantPrice: [], Barcode: []}
    for number, name in numbered:
        item, variant = item_key(number), _key("variant", number)
        code = f"952{number:09}"
        code += ean.calc_check_digit(code)
        rows[Item].append(
            {"id": item, "revision": 1, "name": name, "category_id": _key("category", number % CATEGORIES),
             "tax_class_id": "standard", "tone": "", "position": number // CATEGORIES, "is_favourite": False,
             "is_archived": False, "is_sold_everywhere": True, "created_at": now, "changed_at": now}
        )  # fmt: skip
        rows[Variant].append(
            {"id": variant, "item_id": item, "name": "", "sku": sku_of(number), "position": 0}
        )
        rows[VariantPrice].append(
            {"variant_id": variant, "price_list_id": store.price_list_id, "price_cents": 99 + number % 2400}
        )
        rows[Barcode].append({"gtin": code.zfill(14), "code": code, "variant_id": variant, "position": 0})
    for model, values in rows.items():
        session.execute(insert(table_of(model)), values)


def _key(kind, number):
    # Made from the number, so that two homes agree; spread like the real ones.
    return blake2b(f"{kind} {number}".encode(), digest_size=16).hexdigest()
