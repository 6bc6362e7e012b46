"""More stores for the office of a bench."""

from uuid import uuid4

from sqlalchemy import insert, select

from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.store import Store


def add_stores(office, count):
    """The ids of `count` stores like the first one, with its price list."""
    table = table_of(Store)
    with office.database.write() as session:
        first = session.execute(select(table).where(table.c.id == office.store_id)).one()._asdict()
        more = [{**first, "id": uuid4().hex, "name": f"Branch {number}"} for number in range(1, count)]
        session.execute(insert(table), more)
        session.commit()
    return [office.store_id, *(store["id"] for store in more)]
