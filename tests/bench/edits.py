"""Edits that a bench makes and publishes, by the office's own code; only the typing is missing."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import update

from backoffice_web.catalog.item import VariantPrice
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import mark
from backoffice_web.publishing.upsert import chunks, table_of
from tests.bench.big_store import item_key, variant_key

PRICES = table_of(VariantPrice)


def save_prices(office, numbers, *, stores=None):
    """Give the generated items with these numbers another price, in all price lists; they wait then."""
    now = datetime.now(UTC)
    with office.database.write() as session:
        for some in chunks([variant_key(number) for number in numbers]):
            session.execute(
                update(PRICES)
                .where(PRICES.c.variant_id.in_(some))
                .values(price_cents=PRICES.c.price_cents + 1)
            )
        records = [("item", item_key(number)) for number in numbers]
        mark(session, records, stores=stores or [office.store_id], by="Bench", now=now)
        session.commit()


def publish_all(office, *, stores=None):
    """Publish what waits; ms from the first statement to the commit, and the results."""
    start = time.perf_counter()
    with office.database.write() as session:
        results = publish(
            session, stores=stores or [office.store_id], records=None, by="Bench", now=datetime.now(UTC)
        )
        session.commit()
    return (time.perf_counter() - start) * 1000, results


def spread(count, size):
    """`count` numbers of generated items, spread over a catalog of `size`."""
    # The demo's own items are part of the size; the lowest numbers always exist.
    there = size - 150
    return [index * there // count for index in range(count)]
