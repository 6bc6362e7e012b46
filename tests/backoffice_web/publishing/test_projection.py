"""The projection: what one store would sell by, in the same bytes for the same saved data."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item, StoreItem
from backoffice_web.catalog.selling_rule import Discount
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.projected_items import NeedsPrice, NotPublishable
from backoffice_web.publishing.projection import PROJECTIONS, all_keys, bodies, body
from backoffice_web.stores.store import Store
from sync_contract import records
from tests.backoffice_web.builders import (
    AIRPORT,
    DOWNTOWN,
    add_category,
    add_employee,
    add_item,
    add_modifier_group,
    add_tax,
)


def projected(office, kind, key, store_id=DOWNTOWN):
    with office.read() as session:
        found = body(session, session.get_one(Store, store_id), kind, key)
    return None if found is None else records.decode(kind, found)


@pytest.fixture
def cafe(office):
    with office.write() as session:
        add_category(session)
        add_modifier_group(session)
        add_item(
            session,
            groups=["milk"],
            variants=2,
            barcodes=["4006381333931"],
            prices={DOWNTOWN: 450, AIRPORT: 390},
        )
    return office


def test_every_kind_of_the_contract_has_a_projection():
    assert PROJECTIONS.keys() == records.KINDS.keys()


def test_an_item_is_priced_by_the_stores_price_list(cafe):
    prices = {
        store_id: [
            variant.price_cents for variant in projected(cafe, "item", "flat-white", store_id).variants
        ]
        for store_id in (DOWNTOWN, AIRPORT)
    }
    assert prices == {DOWNTOWN: [450, 500], AIRPORT: [390, 440]}


def test_a_stores_own_price_wins_over_its_price_list(office):
    with office.write() as session:
        add_category(session)
        add_item(session, own_price={DOWNTOWN: 999})
        add_item(session, key="gift", name="Gift", own_price={DOWNTOWN: 0})
    assert projected(office, "item", "flat-white").variants[0].price_cents == 999
    assert projected(office, "item", "flat-white", AIRPORT).variants[0].price_cents == 450
    assert projected(office, "item", "gift").variants[0].price_cents == 0


def test_an_item_carries_its_parts_in_their_order(cafe):
    item = projected(cafe, "item", "flat-white")
    assert [variant.name for variant in item.variants] == ["Size 0", "Size 1"]
    assert item.variants[0].barcodes == ("4006381333931",)
    assert (item.category, item.tax_class, item.modifier_groups) == ("drinks", "standard", ("milk",))


def test_an_item_without_a_tax_class_has_the_default_one(office):
    with office.write() as session:
        add_category(session)
        add_item(session, tax_class=None)
    assert projected(office, "item", "flat-white").tax_class == "standard"


@pytest.mark.parametrize(
    ("everywhere", "override", "is_sold"),
    [(True, None, True), (True, False, False), (False, None, False), (False, True, True)],
)
def test_an_item_is_sold_where_the_assortment_says(cafe, everywhere, override, is_sold):
    with cafe.write() as session:
        item = session.get_one(Item, "flat-white")
        item.is_sold_everywhere = everywhere
        if override is not None:
            item.store_items.append(StoreItem(store_id=DOWNTOWN, is_sold=override))
    assert (projected(cafe, "item", "flat-white") is not None) is is_sold


def test_an_item_of_which_one_variant_has_no_price_needs_one(cafe):
    with cafe.write() as session:
        variant = session.get_one(Item, "flat-white").variants[1]
        variant.prices = []
    with pytest.raises(NeedsPrice) as problem:
        projected(cafe, "item", "flat-white")
    assert problem.value.sentence == "Flat white needs a price in Downtown before it can be published."


def test_an_item_without_a_variant_cannot_be_published(office):
    with office.write() as session:
        add_category(session)
        add_item(session, variants=0)
    with pytest.raises(NotPublishable):
        projected(office, "item", "flat-white")


@pytest.mark.parametrize("kind", ["item", "category", "modifier_group"])
def test_what_is_archived_is_nothing(cafe, kind):
    from backoffice_web.catalog.modifier_group import ModifierGroup

    key = {"item": "flat-white", "category": "drinks", "modifier_group": "milk"}[kind]
    model = {"item": Item, "category": Category, "modifier_group": ModifierGroup}[kind]
    assert projected(cafe, kind, key) is not None
    with cafe.write() as session:
        session.get_one(model, key).is_archived = True
    assert projected(cafe, kind, key) is None


@pytest.mark.parametrize("kind", sorted(records.KINDS))
def test_what_nobody_knows_is_nothing(office, kind):
    assert projected(office, kind, "unknown") is None


def test_a_tax_belongs_to_its_store_alone(office):
    with office.write() as session:
        add_tax(session)
    tax = projected(office, "tax", "sales-tax")
    assert (tax.rate_millionths, tax.is_inclusive, tax.tax_classes) == (88_750, False, ("standard",))
    assert projected(office, "tax", "sales-tax", AIRPORT) is None


def test_an_amount_off_belongs_to_one_store_and_a_rate_to_all(office):
    with office.write() as session:
        session.add(Discount(id="staff", name="Staff", rate_millionths=200_000))
        session.add(Discount(id="voucher", name="Voucher", amount_cents=500, store_id=AIRPORT))
    found = {key: [projected(office, "discount", key, s) is not None for s in (DOWNTOWN, AIRPORT)]
             for key in ("staff", "voucher")}  # fmt: skip
    assert found == {"staff": [True, True], "voucher": [False, True]}


def test_a_person_and_their_pin_are_where_they_work_and_only_while_they_are_active(office):
    with office.write() as session:
        add_employee(session)
    for kind in ("employee", "credential"):
        assert projected(office, kind, "cara") is not None
        assert projected(office, kind, "cara", AIRPORT) is None
    with office.write() as session:
        session.get_one(Employee, "cara").is_active = False
    for kind in ("employee", "credential"):
        assert projected(office, kind, "cara") is None


def test_an_employee_is_published_without_secrets(office):
    with office.write() as session:
        add_employee(session, pin="9753")
        session.get_one(Employee, "cara").password_hash = "argon2 of a password"
    with office.read() as session:
        found = body(session, session.get_one(Store, DOWNTOWN), "employee", "cara")
    assert b"9753" not in found and b"argon2" not in found


def test_the_address_comes_in_lines(office):
    with office.write() as session:
        session.get_one(Store, DOWNTOWN).address = " 1 Main St \r\n\r\nNew York "
    assert projected(office, "store_profile", DOWNTOWN).address_lines == ("1 Main St", "New York")


def test_the_same_saved_data_gives_the_same_bytes(cafe):
    def everything():
        with cafe.read() as session:
            store = session.get_one(Store, DOWNTOWN)
            return {
                kind: bodies(session, store, kind, all_keys(session, store, kind)) for kind in records.KINDS
            }

    assert everything() == everything()


def test_many_records_are_read_in_few_statements(office):
    with office.write() as session:
        add_category(session)
        for number in range(400):
            add_item(session, key=f"i{number}", name=f"Item {number}", noted=False)
    statements = []
    with office.read() as session:
        store = session.get_one(Store, DOWNTOWN)
        listener = lambda conn, cursor, statement, *rest: statements.append(statement)  # noqa: E731
        event.listen(office.database.engine, "before_cursor_execute", listener)
        found = bodies(session, store, "item", [f"i{number}" for number in range(400)])
        event.remove(office.database.engine, "before_cursor_execute", listener)
    assert len(found) == 400 and all(isinstance(each, bytes) for each in found.values())
    assert len(statements) <= 6
