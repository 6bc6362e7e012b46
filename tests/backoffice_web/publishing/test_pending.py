"""What waits: counted right, worded for people, with what goes along and what is missing."""

from __future__ import annotations

import pytest

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item
from backoffice_web.publishing.pending import count_pending, pending_changes, publishing_states
from tests.backoffice_web.builders import (
    AIRPORT,
    DOWNTOWN,
    add_category,
    add_employee,
    add_item,
    add_modifier_group,
    note,
)


@pytest.fixture
def cafe(office):
    with office.write() as session:
        add_category(session)
        add_item(session)
    office.publish(DOWNTOWN, AIRPORT)
    return office


def pending(office, store_id=DOWNTOWN, **more):
    with office.read() as session:
        return pending_changes(session, store_id=store_id, **more)


def count(office, stores=None):
    with office.read() as session:
        return count_pending(session, stores=stores)


def test_nothing_waits_after_everything_was_published(cafe):
    assert (count(cafe), pending(cafe), pending(cafe, None)) == (0, [], [])


def test_a_changed_price_shows_before_and_after_in_the_stores_money(cafe):
    cafe.set_price("flat-white", 480, by="Max Manager")
    cafe.set_price("flat-white", 500, store_id=AIRPORT)
    [change] = pending(cafe)
    assert (change.label, change.kind_label, change.state, change.by) == (
        "Flat white", "Item", "changed", "Max Manager",
    )  # fmt: skip
    assert [(f.label, f.before, f.after) for f in change.fields] == [("Price", "$4.50", "$4.80")]
    [abroad] = pending(cafe, AIRPORT)
    assert [(f.before, f.after) for f in abroad.fields] == [("€4.50", "€5.00")]


def test_a_record_that_waits_in_two_stores_counts_once(cafe):
    with cafe.write() as session:
        session.get_one(Category, "drinks").name = "Hot drinks"
        note(session, "category", "drinks")
    assert count(cafe) == count(cafe, [DOWNTOWN]) == count(cafe, [AIRPORT]) == 1
    assert len(pending(cafe, None)) == 2
    cafe.publish(DOWNTOWN)
    assert (count(cafe), count(cafe, [DOWNTOWN]), count(cafe, [AIRPORT])) == (1, 0, 1)


def test_references_are_named_and_not_shown_as_keys(cafe):
    with cafe.write() as session:
        add_category(session, key="hot", name="Hot drinks")
        add_modifier_group(session)
    cafe.publish(DOWNTOWN)
    with cafe.write() as session:
        session.get_one(Item, "flat-white").category_id = "hot"
        note(session, "item", "flat-white")
    [change] = pending(cafe)
    assert [(f.label, f.before, f.after) for f in change.fields] == [("Category", "Drinks", "Hot drinks")]


def test_a_new_item_says_which_never_published_records_go_along(cafe):
    with cafe.write() as session:
        add_category(session, key="cakes", name="Cakes")
        add_item(session, key="carrot-cake", name="Carrot cake", category="cakes")
    [change] = pending(cafe, kind="item")
    assert (change.state, [need.label for need in change.needs]) == ("new", ["Cakes"])


def test_an_item_without_a_price_waits_and_says_why(cafe):
    with cafe.write() as session:
        add_item(session, key="muesli", name="Muesli", prices={})
    [change] = pending(cafe)
    assert (change.state, change.fields) == ("new", ())
    assert change.problem == "Muesli needs a price in Downtown before it can be published."


def test_an_archived_record_is_to_be_removed(cafe):
    with cafe.write() as session:
        session.get_one(Item, "flat-white").is_archived = True
        note(session, "item", "flat-white", action="archived")
    [change] = pending(cafe)
    assert (change.state, change.label) == ("removed", "Flat white")


def test_a_pin_is_named_by_its_person_and_shows_no_field(cafe):
    with cafe.write() as session:
        add_employee(session)
    changes = {change.kind: change for change in pending(cafe)}
    assert changes["employee"].label == changes["credential"].label == "Cara Cashier"
    assert changes["credential"].fields == ()


def test_pages_are_cut_in_the_database(cafe):
    with cafe.write() as session:
        for number in range(7):
            add_category(session, key=f"c{number}", name=f"Category {number}")
    pages = [pending(cafe, limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({change.key for page in pages for change in page}) == 7


def test_lists_know_what_is_new_changed_published_or_nowhere(cafe):
    cafe.set_price("flat-white", 480)
    with cafe.write() as session:
        add_item(session, key="tea", name="Tea")
        add_item(session, key="ghost", name="Ghost", sold_in=[])
        keys = ["flat-white", "tea", "ghost"]
    with cafe.read() as session:
        states = publishing_states(session, kind="item", keys=keys)
        assert publishing_states(session, kind="category", keys=["drinks"]) == {"drinks": "published"}
    assert states == {"flat-white": "changed", "tea": "new", "ghost": "none"}
