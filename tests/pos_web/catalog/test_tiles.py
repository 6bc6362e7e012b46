"""Tabs, tiles and the search – also of a catalog far too long for one screen."""

import pytest

from pos_web.catalog.tiles import FAVOURITES, PAGE, search, tabs, tiles
from tests.pos_web.shop import STORE, item


def names(page):
    return [tile.name for tile in page.tiles]


def shown(shop, query=tiles, **wanted):
    with shop.replica.read() as replica:
        return query(replica, store_id=STORE, **wanted)


def test_tabs_are_favourites_then_categories_with_items_then_the_rest(shop):
    with shop.replica.read() as replica:
        assert [(tab.key, tab.name) for tab in tabs(replica, store_id=STORE)] == [
            (FAVOURITES, ""),
            ("drinks", "Drinks"),
            ("bakery", "Bakery"),
            ("", ""),
        ]


def test_tabs_follow_a_sync(shop):
    with shop.replica.read() as replica:
        tabs(replica, store_id=STORE)
    shop.publish(item("Gift wrap", 100, category="empty"))
    with shop.replica.read() as replica:
        assert [tab.key for tab in tabs(replica, store_id=STORE)] == [FAVOURITES, "drinks", "bakery", "empty"]


def test_tiles_are_in_the_offices_order_and_say_what_a_tap_does(shop):
    page = shown(shop, tab="drinks")
    assert [(tile.name, tile.price_cents, tile.is_from, tile.asks) for tile in page.tiles] == [
        ("Espresso", 240, False, False),
        ("Juice", 300, True, True),
        ("Flat white", 450, False, True),
    ]
    assert names(shown(shop, tab=FAVOURITES)) == ["Croissant", "Espresso"]
    assert names(shown(shop, tab="unknown")) == []


def test_a_long_category_comes_in_pages(shop):
    shop.publish(*(item(f"Screw {n:03}", 10, category="empty") for n in range(PAGE + 5)))
    first = shown(shop, tab="empty")
    rest = shown(shop, tab="empty", offset=first.next_offset)
    assert (len(first.tiles), len(rest.tiles), rest.next_offset) == (PAGE, 5, None)
    assert names(first)[0] == "Screw 000" and names(rest)[-1] == f"Screw {PAGE + 4:03}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("espr", ["Espresso"]),
        ("WHITE", ["Flat white"]),
        ("white flat", ["Flat white"]),
        ("ju-l", ["Juice"]),
        ("4006381333931", ["Espresso"]),
        ("0036000291452", ["Croissant"]),
        ("e", ["Espresso", "Flat white", "Juice"]),
        ("%", []),
        ("_", []),
        ("   ", []),
        ("no such thing", []),
    ],
)
def test_the_search_finds_names_skus_and_barcodes(shop, text, found):
    assert names(shown(shop, search, text=text)) == found


def test_names_that_begin_with_the_text_come_first_and_results_are_paged(shop):
    shop.publish(
        *(item(f"Bolt {n:03}", 10, category="empty") for n in range(PAGE)), item("A bolt cutter", 10)
    )
    first = shown(shop, search, text="bolt")
    rest = shown(shop, search, text="bolt", offset=first.next_offset)
    assert names(first)[0] == "Bolt 000" and names(rest) == ["A bolt cutter"]
    assert rest.next_offset is None


@pytest.mark.parametrize(
    ("tone", "category", "shown_tone"),
    [("sweet", "bakery", "sweet"), ("", "bakery", "bakery"), ("", "", "other"), ("", "gone", "other")],
)
def test_an_item_without_a_colour_of_its_own_has_its_categorys(shop, tone, category, shown_tone):
    shop.publish(item("Pretzel", 150, category=category, tone=tone))
    assert [tile.tone for tile in shown(shop, search, text="pretzel").tiles] == [shown_tone]
