"""A disk that is full, or files that may not be written, under the catalog and under the office: a sentence,
nothing half, selling goes on, and all is well again when there is room.
"""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from backoffice_web.catalog.category import Category
from backoffice_web.publishing.publication import Publication
from pos_web.syncing.apply import read_applied
from tests.backoffice_web.routes.editor_forms import fields_of
from tests.cast import office, synced
from tests.journeys.selling import Seller, sales_of
from tests.waiting import wait_until

pytestmark = pytest.mark.sqlite
HTMX = {"HX-Request": "true"}
TROUBLES = {
    "full": ("The disk of this computer is full.", "PRAGMA max_page_count = {pages}"),
    "read-only": ("The database may not be written.", "PRAGMA query_only = ON"),
}


@contextmanager
def in_trouble(database, trouble):
    """Within the block every connection of the database meets it."""
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        free = connection.exec_driver_sql("PRAGMA freelist_count").scalar()
    statement = TROUBLES[trouble][1].format(pages=pages)
    assert free < 50

    def limit(connection, _record, _proxy):
        connection.execute(statement)

    database.engine.dispose()
    event.listen(database.engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", limit)
        # The limits are those of their connections.
        database.engine.dispose()


def save_much(evertill):
    """Save more than a full database has room for."""
    browser = office(evertill)
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    for number in range(40):
        form = {"name": f"Much {number} {'x' * 40}", "action": "save"}
        assert browser.post("/categories", data=form).status_code == 303
    return browser


def publish_all(browser):
    """Press *Publish what is ticked* in the Publish Center, where everything is ticked."""
    page = browser.get("/publications").text
    start = page.rindex("<form", 0, page.index('name="newest"'))
    fields = fields_of(page[start:].replace("<form", '<form id="editor"', 1))
    data = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return browser.post("/publications", data=data)


def applied(evertill, store):
    with evertill.replica.read() as session:
        return read_applied(session, store_id=store.id)


def publications(evertill):
    with evertill.office_database.read() as session:
        return session.scalar(select(func.count()).select_from(Publication))


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_catalog_that_cannot_be_written_stays_as_it_was_and_is_sold_by(evertill, trouble):
    seller = Seller(evertill)
    synced(evertill)
    before = applied(evertill, seller.store)
    browser = save_much(evertill)
    with in_trouble(evertill.replica, trouble):
        assert publish_all(browser).status_code == 303
        # A press that outlasts a person's patience is answered before it has failed.
        sentence = TROUBLES[trouble][0]
        wait_until(lambda: sentence in seller.browser.post("/syncs", headers=HTMX).text)
        # Also whoever did not press reads it.
        assert sentence in seller.browser.get("/syncs", headers=HTMX).text
        sold = seller.sell()
        assert applied(evertill, seller.store) == before
    wait_until(lambda: sold in sales_of(evertill), patience_s=60)
    assert evertill.agent.sync(seller.store.id, by="test", wait_s=20).is_success
    assert applied(evertill, seller.store).version > before.version


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_office_that_cannot_write_publishes_nothing_and_takes_the_sales_in_later(evertill, trouble):
    seller = Seller(evertill)
    synced(evertill)
    wait_until(lambda: not seller.unsent().length)
    browser = save_much(evertill)
    before = publications(evertill)
    with in_trouble(evertill.office_database, trouble):
        answer = publish_all(browser)
        assert answer.status_code == 503
        assert TROUBLES[trouble][0] in answer.text
        assert publications(evertill) == before
        sold = [seller.sell() for _each in range(3)]
    assert evertill.agent.sync(seller.store.id, by="test", wait_s=20).is_success
    wait_until(lambda: set(sold) <= sales_of(evertill).keys(), patience_s=60)
    assert set(sales_of(evertill).values()) == {1}
    assert publish_all(browser).status_code == 303
    assert publications(evertill) > before
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Category)) >= 40
