import json
from decimal import Decimal

import pytest

from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import (
    AMERICAN,
    GERMAN,
    JAPANESE,
    names,
    prices,
    read,
    refused,
    remarks,
)


def variation(key, name, amount=None, currency="USD", **more):
    price = {} if amount is None else {"price_money": {"amount": amount, "currency": currency}}
    return {"type": "ITEM_VARIATION", "id": key, "item_variation_data": {"name": name, **price, **more}}


def item(key, name, *variations, **more):
    return {"type": "ITEM", "id": key, "item_data": {"name": name, "variations": list(variations), **more}}


def category(key, name, **more):
    return {"type": "CATEGORY", "id": key, "category_data": {"name": name, **more}}


# The groups and prices of a pizza and a burger, as restaurants keep them.
EXTRAS = {
    "type": "MODIFIER_LIST",
    "id": "extras",
    "modifier_list_data": {
        "name": "Extras",
        "selection_type": "MULTIPLE",
        "modifiers": [
            {
                "type": "MODIFIER",
                "id": "m1",
                "modifier_data": {"name": "Olives", "price_money": {"amount": 150, "currency": "USD"}},
            },
            {"type": "MODIFIER", "id": "m2", "modifier_data": {"name": "No onions"}},
        ],
    },
}
SIDES = {
    "type": "MODIFIER_LIST",
    "id": "sides",
    "modifier_list_data": {
        "name": "Sides",
        "selection_type": "SINGLE",
        "modifiers": [{"type": "MODIFIER", "id": "m3", "modifier_data": {"name": "Fries"}}],
    },
}
SALES_TAX = {"type": "TAX", "id": "tax", "tax_data": {"name": "Sales tax", "percentage": "8.5"}}
PIZZA = item(
    "pizza",
    "Pizza",
    variation("small", "Small", 1150, sku="P-S", upc="036000291452"),
    variation("large", "Large", 1500),
    category_id="food",
    tax_ids=["tax"],
    modifier_list_info=[
        {
            "modifier_list_id": "extras",
            "min_selected_modifiers": 0,
            "max_selected_modifiers": 2,
            "enabled": True,
        },
        {
            "modifier_list_id": "sides",
            "min_selected_modifiers": 1,
            "max_selected_modifiers": -1,
            "enabled": True,
        },
        {"modifier_list_id": "gone", "enabled": True},
    ],
    description_html="<p>Thin &amp; crisp</p>",
)
WATER = item("water", "Water", variation("w", "Regular", 200))
CATALOG = [
    category("food", "Pizza", parent_category={"id": "all"}),
    category("all", "Food"),
    EXTRAS,
    SIDES,
    SALES_TAX,
    PIZZA,
    WATER,
]


def camel(value):
    if isinstance(value, dict):
        return {_camel(key): camel(inner) for key, inner in value.items()}
    return [camel(inner) for inner in value] if isinstance(value, list) else value


def _camel(key):
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)


SHAPES = {
    "a list": CATALOG,
    "an API page": {"objects": CATALOG, "cursor": "x"},
    "a mapping by id": {entry["id"]: {"image": {"url": "x"}, "data": entry} for entry in CATALOG},
    "camel case": {"catalog": camel(CATALOG), "customers": [{"givenName": "A"}]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_json_gives_the_same_catalog(shape):
    reading = read(json.dumps(SHAPES[shape]))
    pizza, water = reading.products
    assert (reading.format, reading.currency) == ("square", "USD")
    assert (pizza.name, pizza.category, pizza.description) == ("Pizza", ("Food", "Pizza"), "Thin & crisp")
    assert (pizza.taxable, pizza.tax_hint, water.taxable) == (True, "Sales tax 8.5 %", False)
    assert pizza.option_names == ("Variation",)
    assert [variant.options for variant in pizza.variants] == [
        (("Variation", "Small"),),
        (("Variation", "Large"),),
    ]
    assert prices(reading) == [Decimal("11.50"), Decimal("15.00"), Decimal("2.00")]
    assert (water.option_names, water.variants[0].options) == ((), ())
    assert pizza.variants[0].sku == "P-S" and pizza.variants[0].barcodes[0].gtin14 == "00036000291452"


def test_modifier_lists_come_with_limits_and_prices():
    extras, sides = read(json.dumps(CATALOG)).products[0].modifier_groups
    assert (extras.name, extras.minimum, extras.maximum) == ("Extras", 0, 2)
    assert [(modifier.name, modifier.price) for modifier in extras.modifiers] == [
        ("Olives", Decimal("1.50")),
        ("No onions", 0),
    ]
    assert (sides.name, sides.minimum, sides.maximum) == ("Sides", 1, 1)
    assert any("not in the file" in remark for remark in remarks(read(json.dumps(CATALOG))))


def test_a_placeholder_for_the_currency_means_the_stores_own():
    text = json.dumps([item("t", "Tea", variation("v", "Regular", 350, "CURRENCY"))])
    assert prices(read(text, AMERICAN)) == [Decimal("3.50")]
    assert prices(read(text, JAPANESE)) == [Decimal(350)]
    assert any("names no currency" in remark for remark in remarks(read(text)))


def test_another_currency_is_refused():
    reading = read(json.dumps([WATER]), GERMAN)
    assert (names(reading), list(refused(reading).values())) == (
        [],
        ["The price is in USD, but the store sells in EUR."],
    )


@pytest.mark.parametrize("amount", [-5, 3.5, "350", True, 10**14, None])
def test_amounts_that_are_no_price_are_refused(amount):
    text = json.dumps(
        [
            item(
                "t",
                "Tea",
                {
                    "type": "ITEM_VARIATION",
                    "id": "v",
                    "item_variation_data": {
                        "name": "R",
                        "price_money": {"amount": amount, "currency": "USD"},
                    },
                },
            ),
            WATER,
        ]
    )
    assert names(read(text)) == ["Water"]
    assert len(refused(read(text))) == 1


def test_a_price_asked_at_the_till_needs_one():
    reading = read(json.dumps([item("t", "Tea", variation("v", "Regular", pricing_type="VARIABLE_PRICING"))]))
    assert prices(reading) == [None]
    assert any("Needs price" in remark for remark in remarks(reading))


def test_deleted_archived_and_foreign_items_are_refused_and_other_objects_counted():
    entries = [
        {**item("a", "Gone", variation("v", "R", 1)), "is_deleted": True},
        item("b", "Shelved", variation("w", "R", 1), is_archived=True),
        item("c", "Card", variation("x", "R", 1), product_type="GIFT_CARD"),
        item("d", "Empty"),
        item("e", " ", variation("y", "R", 1)),
        {"type": "SUBSCRIPTION_PLAN", "id": "s", "subscription_plan_data": {"name": "x"}},
        WATER,
    ]
    reading = read(json.dumps(entries))
    assert names(reading) == ["Water"]
    assert sorted(refused(reading)) == [1, 2, 3, 4, 5]
    assert any("SUBSCRIPTION_PLAN" in remark for remark in remarks(reading))


def test_two_variations_with_one_sku_or_one_name_are_told():
    reading = read(
        json.dumps(
            [
                item(
                    "t",
                    "Tea",
                    variation("a", "S", 1, sku="X"),
                    variation("b", "M", 2, sku="X"),
                    variation("c", "s", 3),
                )
            ]
        )
    )
    assert [variant.sku for variant in reading.variants] == ["X", None]
    assert any("same options" in reason for reason in refused(reading).values())


@pytest.mark.parametrize(
    "text", ["{}", "[]", "[1, 2]", '{"a": {"type": "ITEM"}}', '[{"type": "ITEM", "id"', "{'a': 1}"]
)
def test_json_without_a_catalog_is_refused(text):
    with pytest.raises(RuleError):
        read(text)
