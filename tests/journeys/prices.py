"""An admin who changes a price and publishes it."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select

from backoffice_web.catalog.draft import draft_of_item
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.save_item import save_item
from backoffice_web.publishing.publish import publish
from tests.cast import first_store


def publish_price(evertill, cents):
    """Change the price of the first item and publish it to the USD store; the new version."""
    now, store = datetime.now(UTC), first_store(evertill)
    with evertill.office_database.write() as session:
        item = session.scalars(select(Item).order_by(Item.name).limit(1)).one()
        draft = draft_of_item(item)
        variants = tuple(replace(each, prices=dict.fromkeys(each.prices, cents)) for each in draft.variants)
        save_item(session, replace(draft, variants=variants), item_id=item.id, by="Aylin D.", now=now)
        (result,) = publish(session, stores=[store.id], records=[("item", item.id)], by="Aylin D.", now=now)
        session.commit()
    return result.version
