"""The catalogs of ../shared/data, saved: products, variants and price sums against independent counts."""

import json
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.item import Item, Variant, VariantPrice
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN
from tests.backoffice_web.imports.importing import plan_of, states, take_in, written
from tests.shared_data import shared_file

COUNTED = ("shopify_apparel.csv", "shopify_home-and-garden.csv", "vendure_products.csv")
OTHERS = (
    "woocommerce_sample_products.csv",
    "woocommerce_sample_products_override.csv",
    "square_api_catalog_subscription_seed.json",
    "square_api_graphql_test-data.json",
    "square_api_orders-payments_seed.json",
    "off_shopgreen_openfoodfacts_export.csv",
    "thirtybees_prestashop_products_import.csv",
)


def content(name):
    return shared_file(f"catalogs/{name}").read_bytes()


def expected(name):
    return json.loads(shared_file("catalogs/expectations.json").read_text(encoding="utf-8"))[name]


def totals(office):
    """Items, variants, prices and their sum in minor units, as they are saved."""
    with office.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(model)) for model in (Item, Variant, VariantPrice)
        ]
        return (*counts, session.scalar(select(func.sum(VariantPrice.price_cents))) or 0)


@pytest.mark.parametrize("file", COUNTED)
def test_counted_catalogs_are_saved_to_the_cent(office, file):
    wanted = expected(file)
    take_in(office, content(file))
    price = wanted["price"]
    assert totals(office) == (
        wanted["products"],
        wanted["variants"],
        price["count"],
        int(Decimal(price["sum"]) * 100),
    )


@pytest.mark.parametrize("file", [*COUNTED, *OTHERS])
def test_every_catalog_imported_again_changes_nothing(office, file):
    first = take_in(office, content(file))
    assert set(states(first).values()) == {"new"}
    before, sums = written(office), totals(office)
    assert set(states(take_in(office, content(file))).values()) == {"unchanged"}
    assert (written(office), totals(office)) == (before, sums)


def test_woocommerce_prices_are_saved_to_the_cent_with_variations_under_their_parents(office):
    take_in(office, content("woocommerce_sample_products.csv"))
    wanted = expected("woocommerce_sample_products.csv")["variations_by_parent"]
    with office.read() as session:
        items = {row.name: len(row.variants) for row in session.scalars(select(Item))}
        assert items["V-Neck T-Shirt"] == wanted["woo-vneck-tee"]
        assert items["Hoodie"] == wanted["woo-hoodie"]
    assert totals(office) == (14, 19, 19, 66400)


def test_the_woocommerce_override_changes_the_products_of_the_first_export(office):
    take_in(office, content("woocommerce_sample_products.csv"))
    made = take_in(office, content("woocommerce_sample_products_override.csv"))
    assert "new" not in states(made).values()
    assert "changed" in states(made).values()
    assert totals(office)[:2] == (14, 19)


def test_open_food_facts_is_saved_without_prices_and_none_can_be_published(office):
    take_in(office, content("off_shopgreen_openfoodfacts_export.csv"))
    items, variants, prices, _sum = totals(office)
    assert (items, variants, prices) == (738, 738, 0)
    with office.read() as session:
        keys = session.scalars(select(Item.id)).all()
    (result,) = office.publish(DOWNTOWN, records=[("item", key) for key in keys])
    assert (result.change_count, len(result.refused)) == (0, 738)
    assert all("needs a price in Downtown" in refused.sentence for refused in result.refused)


def test_square_dollars_are_refused_in_a_store_of_euros(office):
    made = plan_of(office, content("square_api_graphql_test-data.json"), store_id=AIRPORT)
    assert not made.items
    assert {refusal.reason for refusal in made.refusals} == {
        "The price is in USD, but the store sells in EUR."
    }


def test_square_modifiers_are_saved_with_their_items(office):
    made = take_in(office, content("square_api_graphql_test-data.json"))
    with office.read() as session:
        linked = [row for row in session.scalars(select(Item)) if row.group_links]
        assert len({link.group_id for row in linked for link in row.group_links}) == len(made.groups)
    assert not plan_of(office, content("square_api_graphql_test-data.json")).groups


def test_all_catalogs_together_never_break_one_another(office):
    for file in (*COUNTED, *OTHERS):
        take_in(office, content(file))
    before = written(office)
    for file in (*COUNTED, *OTHERS):
        plan_of(office, content(file))
    assert written(office) == before
