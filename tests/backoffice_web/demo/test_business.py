"""The demo business is complete, believable, and kept out of installations that hold something."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from stdnum import ean

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Barcode, Item
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.database import Base
from backoffice_web.demo.business import load_demo
from backoffice_web.people.account import person_with_password
from backoffice_web.publishing.publication import Mark, Publication, PublishedRecord
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.setup import set_up_enterprise
from backoffice_web.stores.store import Store
from backoffice_web.tables import metadata
from backoffice_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from sync_contract import records
from tests.databases import open_database

assert metadata is Base.metadata

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
BOSTON, HAMBURG = "Harbor Coffee – Boston", "Harbor Coffee – Hamburg"


def empty_office(folder):
    return open_database(folder / "office.sqlite3", Base)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """An office with the demo, and how to sign in to it."""
    database = empty_office(tmp_path_factory.mktemp("demo"))
    with database.write() as session:
        logins = load_demo(session, owner_email=None, owner_password=None, now=NOON)
        session.commit()
    yield database, logins
    database.dispose()


@pytest.fixture
def session(demo):
    with demo[0].read() as session:
        yield session


def store_named(session, name):
    return session.scalars(select(Store).where(Store.name == name)).one()


def published(session, store, kind):
    """key → struct of what the store's tills sell by."""
    rows = session.scalars(
        select(PublishedRecord).where(PublishedRecord.store_id == store.id, PublishedRecord.kind == kind)
    )
    return {row.key: records.decode(kind, row.body) for row in rows if row.body is not None}


def item_named(session, store, name):
    return next(item for item in published(session, store, "item").values() if item.name == name)


def test_about_120_items_lie_in_ten_categories_and_none_is_empty(session):
    counts = Counter(item.category_id for item in session.scalars(select(Item)))
    assert set(counts) == {category.id for category in session.scalars(select(Category))}
    assert len(counts) == 10
    assert 110 <= counts.total() <= 130


def test_both_stores_sell_from_version_1_and_nothing_waits(session):
    versions = session.execute(
        select(Store.name, Publication.version).join(Store, Store.id == Publication.store_id)
    )
    assert sorted(versions) == [(BOSTON, 1), (HAMBURG, 1)]
    assert session.scalar(select(func.count()).select_from(Mark)) == 0


def test_every_item_is_published_where_it_is_sold(session):
    for name, missing in ((BOSTON, "Franzbrötchen"), (HAMBURG, "Lobster roll")):
        store = store_named(session, name)
        sold = {item.name for item in published(session, store, "item").values()}
        expected = {
            item.name
            for item in session.scalars(select(Item))
            if item.is_sold_everywhere or any(row.store_id == store.id for row in item.store_items)
        }
        assert sold == expected
        assert missing not in sold


def test_every_published_item_has_its_category_groups_and_tax_class(session):
    for name in (BOSTON, HAMBURG):
        store = store_named(session, name)
        categories = published(session, store, "category")
        groups = published(session, store, "modifier_group")
        for item in published(session, store, "item").values():
            assert item.category in categories, item.name
            assert set(item.modifier_groups) <= groups.keys(), item.name
            assert item.tax_class, item.name


def test_barcodes_are_valid_and_of_the_prefix_that_gs1_keeps_for_demonstrations(session):
    codes = list(session.scalars(select(Barcode.code)))
    assert len(codes) > 30
    assert all(ean.is_valid(code) and len(code) == 13 and code.startswith("952") for code in codes)


def test_boston_adds_its_taxes_and_hamburg_includes_them(session):
    assert taxes_of(session, BOSTON, "Latte") == [("Meals tax", 70_000, False)]
    assert taxes_of(session, BOSTON, "Harbor mug") == [("Sales tax", 62_500, False)]
    assert taxes_of(session, BOSTON, "Decaf Peru") == []
    assert taxes_of(session, HAMBURG, "Latte") == [("MwSt. 19 %", 190_000, True)]
    assert taxes_of(session, HAMBURG, "Butter croissant") == [("MwSt. 7 %", 70_000, True)]
    assert taxes_of(session, HAMBURG, "Gift card 25") == []


def taxes_of(session, store_name, item_name):
    store = store_named(session, store_name)
    item = item_named(session, store, item_name)
    return [
        (tax.name, tax.rate_millionths, tax.is_inclusive)
        for tax in published(session, store, "tax").values()
        if item.tax_class in tax.tax_classes
    ]


def test_prices_are_of_the_store(session):
    boston, hamburg = store_named(session, BOSTON), store_named(session, HAMBURG)
    assert [v.price_cents for v in item_named(session, boston, "Latte").variants] == [450, 525, 595]
    assert [v.price_cents for v in item_named(session, hamburg, "Latte").variants] == [370, 420, 470]
    assert [v.price_cents for v in item_named(session, boston, "Canvas tote").variants] == [2200]
    assert {row.currency for row in session.scalars(select(PriceList))} == {"USD", "EUR"}


def test_the_goods_have_the_corners_that_a_till_must_stand(session):
    items = published(session, store_named(session, BOSTON), "item").values()
    prices = [variant.price_cents for item in items for variant in item.variants]
    assert min(prices) == 0
    assert max(prices) > 100_000
    assert max(len(item.name) for item in items) > 100
    assert any(len(item.variants) == 4 for item in items)
    assert any(item.is_favourite and len(item.variants) == 1 and not item.modifier_groups for item in items)


def test_each_store_has_a_cashier_a_manager_and_an_owner_with_the_pins_of_the_banner(session):
    for name in (BOSTON, HAMBURG):
        store = store_named(session, name)
        people = published(session, store, "employee")
        credentials = published(session, store, "credential")
        assert sorted(person.role for person in people.values()) == ["cashier", "manager", "owner"]
        for key, person in people.items():
            pin = {"cashier": "1111", "manager": "2222", "owner": "3333"}[person.role]
            assert PasswordHasher().verify(credentials[key].pin_hash, pin)


def test_each_store_has_two_terminals_and_the_first_of_all_is_register_1(session):
    found = session.execute(
        select(Terminal.name).join(Store, Store.id == Terminal.store_id).order_by(Store.name, Terminal.name)
    )
    assert list(found.scalars()) == ["Register 1", "Register 2", "Kasse 1", "Kasse 2"]


def test_the_installation_is_a_demo_for_ever(session):
    assert session.get_one(Enterprise, 1).is_demo


def test_the_shown_password_opens_the_back_office(demo, session):
    _database, logins = demo
    account = person_with_password(session, email=logins.owner_email, password=logins.shown_password)
    assert account is not None
    assert account.role_id == "owner"


def test_a_given_password_is_used_and_never_shown(tmp_path):
    database = empty_office(tmp_path)
    with database.write() as session:
        logins = load_demo(session, owner_email="me@shop.example", owner_password="a long password", now=NOON)
        assert "a long password" not in logins.shown_password
        assert person_with_password(session, email="me@shop.example", password="a long password") is not None
    database.dispose()


def test_an_installation_that_has_a_business_refuses_the_demo(tmp_path):
    database = empty_office(tmp_path)
    with database.write() as session:
        set_up_enterprise(session, name="Real Shop", is_demo=False, now=NOON)
        session.commit()
    with database.write() as session, pytest.raises(RuleError, match="only for an empty installation"):
        load_demo(session, owner_email=None, owner_password=None, now=NOON)
    with database.read() as session:
        assert session.get_one(Enterprise, 1).name == "Real Shop"
        assert session.scalar(select(func.count()).select_from(Store)) == 0
    database.dispose()
