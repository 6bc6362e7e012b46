"""The catalogs of ../shared/data against what was counted in them independently."""

import csv
import json
from collections import Counter
from decimal import Decimal

import pytest

from backoffice_web.imports.product import StoreFacts
from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, price_sum, prices, read, refused
from tests.shared_data import shared_file


def catalog(name, store=AMERICAN):
    return read(shared_file(f"catalogs/{name}").read_bytes(), store)


def expected(name):
    return json.loads(shared_file("catalogs/expectations.json").read_text(encoding="utf-8"))[name]


@pytest.mark.parametrize("file", ["shopify_apparel.csv", "shopify_home-and-garden.csv"])
def test_shopify_exports_are_read_to_the_cent(file):
    reading, wanted = catalog(file), expected(file)
    assert reading.format == "shopify"
    assert len(reading.products) == wanted["products"]
    assert len(reading.variants) == wanted["variants"]
    assert price_sum(reading) == Decimal(wanted["price"]["sum"])
    assert (min(prices(reading)), max(prices(reading))) == (
        Decimal(wanted["price"]["min"]),
        Decimal(wanted["price"]["max"]),
    )
    assert sum(variant.stock for variant in reading.variants) == wanted["stock_sum"]
    assert (
        sum(len(product.variants) > 1 for product in reading.products)
        == wanted["products_with_more_than_one_variant"]
    )
    assert {name for product in reading.products for name in product.option_names} == {"Size"}
    assert sorted({part for product in reading.products for part in product.category}) == wanted["types"]
    assert all(product.taxable for product in reading.products)
    assert not reading.refusals


def test_vendure_products_are_read_to_the_cent_and_a_repeated_sku_is_kept_once():
    reading, wanted = catalog("vendure_products.csv"), expected("vendure_products.csv")
    assert (reading.format, len(reading.products)) == ("plain", wanted["products"])
    assert len(reading.variants) == wanted["variants"]
    assert price_sum(reading) == Decimal(wanted["price"]["sum"])
    assert (
        sorted({name for product in reading.products for name in product.option_names})
        == wanted["option_groups"]
    )
    assert {product.tax_hint for product in reading.products} == set(wanted["tax_categories"])
    skus = Counter(variant.sku for variant in reading.variants)
    for sku, count in wanted["duplicate_sku"].items():
        assert skus[sku] == 1
        assert sum(notice.value == sku for notice in reading.notices) == count - 1
    assert not reading.refusals


def test_woocommerce_products_get_their_variations_and_what_is_no_counter_sale_is_refused():
    reading, wanted = catalog("woocommerce_sample_products.csv"), expected("woocommerce_sample_products.csv")
    assert len(reading.products) == wanted["types"]["variable"] + wanted["types"]["simple"]
    by_name = {product.name: product for product in reading.products}
    assert len(by_name["V-Neck T-Shirt"].variants) == wanted["variations_by_parent"]["woo-vneck-tee"]
    assert len(by_name["Hoodie"].variants) == wanted["variations_by_parent"]["woo-hoodie"]
    assert by_name["Hoodie"].option_names == ("Color", "Logo")
    assert by_name["V-Neck T-Shirt"].option_names == ("Color",)
    assert None not in prices(reading)
    paths = {" > ".join(product.category) for product in reading.products}
    assert (
        paths
        == {"Clothing > Accessories", "Clothing > Hoodies", "Clothing > Tshirts"}
        <= set(wanted["categories"])
    )
    assert sorted(refused(reading)) == [14, 15, 24, 25]
    # The seventh product on sale is a download and refused.
    assert sum("on sale" in notice.remark for notice in reading.notices) == wanted["on_sale"] - 1
    assert sum("stands for any Size" in notice.remark for notice in reading.notices) == 3


def test_woocommerce_prices_equal_a_plain_sum_of_the_regular_prices():
    for file in ("woocommerce_sample_products.csv", "woocommerce_sample_products_override.csv"):
        with shared_file(f"catalogs/{file}").open(encoding="utf-8-sig", newline="") as lines:
            sold = [row for row in csv.DictReader(lines) if row["Type"] in ("simple", "variation")]
        assert price_sum(catalog(file)) == sum(Decimal(row["Regular price"]) for row in sold)


def test_the_woocommerce_override_is_known_again_by_sku():
    first = catalog("woocommerce_sample_products.csv")
    keys = {key for product in first.products for key in (product.source_key, *product.also_known_as)}
    again = catalog("woocommerce_sample_products_override.csv")
    assert {product.source_key for product in again.products} <= keys


def test_open_food_facts_products_keep_their_codes_and_need_prices():
    reading, wanted = (
        catalog("off_shopgreen_openfoodfacts_export.csv"),
        expected("off_shopgreen_openfoodfacts_export.csv"),
    )
    assert reading.format == "open_food_facts"
    assert len(reading.products) + len(reading.refusals) == wanted["rows"]
    assert {refusal.reason for refusal in reading.refusals} == {"The item has no name in any language."}
    assert set(prices(reading)) == {None}
    assert len({product.source_key for product in reading.products}) == len(reading.products)
    with shared_file("catalogs/off_shopgreen_openfoodfacts_export.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    named = {
        row["code"] for row in rows if any(text.strip() for column, text in row.items() if "_name_" in column)
    }
    assert {product.source_key for product in reading.products} == named
    codes = [barcode.printed for variant in reading.variants for barcode in variant.barcodes]
    in_store = {code for code in named if len(code) == 13 and code.startswith("2")}
    assert in_store <= set(codes)
    keys = {barcode.key for variant in reading.variants for barcode in variant.barcodes}
    valid = {code for code in named if len(code) in (8, 12, 13, 14) and _is_gtin(code)}
    assert {code.zfill(14) for code in valid} <= keys
    assert (
        len([row for row in rows if len(row["code"]) in (8, 12, 13, 14) and _is_gtin(row["code"])])
        == wanted["valid_gtin"]
    )


def test_names_of_open_food_facts_follow_the_stores_language():
    english = {
        product.source_key: product.name
        for product in catalog("off_shopgreen_openfoodfacts_export.csv").products
    }
    french = {
        product.source_key: product.name
        for product in catalog(
            "off_shopgreen_openfoodfacts_export.csv", StoreFacts(currency="EUR", locale="fr_FR")
        ).products
    }
    assert french["8000500227848"].startswith("Biscuits Nutella B-ready")
    assert english["8000500227848"] != french["8000500227848"]
    assert english.keys() == french.keys()


def test_prestashop_products_keep_their_prices_and_drop_invalid_eans():
    reading = catalog("thirtybees_prestashop_products_import.csv", GERMAN)
    assert price_sum(reading) == 100 + 60 + 1500 + 1150 + 240 + 25 + 125
    assert not any(variant.barcodes for variant in reading.variants)
    assert sum("check digit" in notice.remark for notice in reading.notices) == 7


@pytest.mark.parametrize(
    ("file", "word"),
    [
        ("thirtybees_prestashop_combinations_import.csv", "differences"),
        ("thirtybees_prestashop_categories_import.csv", "categories"),
    ],
)
def test_prestashop_files_without_full_products_are_refused_with_a_sentence(file, word):
    with pytest.raises(RuleError, match=word):
        catalog(file)


@pytest.mark.parametrize(
    ("file", "products", "currency"),
    [
        ("square_api_catalog_subscription_seed.json", 21, None),
        ("square_api_orders-payments_seed.json", 12, None),
        ("square_api_graphql_test-data.json", 8, "USD"),
    ],
)
def test_square_catalogs_are_read_to_the_cent(file, products, currency):
    reading = catalog(file)
    assert (reading.format, len(reading.products), reading.currency) == ("square", products, currency)
    amounts = list(_amounts(json.loads(shared_file(f"catalogs/{file}").read_text(encoding="utf-8"))))
    assert len(reading.variants) == len(amounts)
    assert price_sum(reading) * 100 == sum(amounts)
    assert sum(not product.category for product in reading.products) <= 1
    assert not reading.refusals


def test_square_prices_in_dollars_are_refused_for_a_store_in_euros():
    reading = catalog("square_api_graphql_test-data.json", GERMAN)
    assert not reading.products
    assert {refusal.reason for refusal in reading.refusals} == {
        "The price is in USD, but the store sells in EUR."
    }


@pytest.mark.parametrize(
    "template",
    [
        "square_item_library_2021",
        "square_with_modifiers",
        "square_old_dk",
        "loyverse_en",
        "opensourcepos_items",
    ],
)
def test_header_templates_map_to_a_name_a_price_and_a_key(template):
    templates = json.loads(shared_file("catalogs/import_header_templates.json").read_text(encoding="utf-8"))
    header = templates[template]["header"]
    cells = {
        "Item Name": "Tea",
        "Name": "Tea",
        "Handle": "tea",
        "Token": "T1",
        "SKU": "S1",
        "Category": "Drinks",
    }
    cells |= {"Price": "3.50", "Unit Price": "3.50", "Price [SUSHI FUJI]": "3.50", "GTIN": "4006381333931"}
    cells |= {"Barcode": "4006381333931", "Tax - Moms (25%)": "Y", "Modifier Set - Border": "Y"}
    quoted = [
        "\t".join(['"' + text.replace('"', '""') + '"' for text in row])
        for row in (header, [cells.get(c, "") for c in header])
    ]
    reading = read("\ufeff" + "\n".join(quoted) + "\n")
    (product,) = reading.products
    assert (reading.format, product.name, product.category) == ("plain", "Tea", ("Drinks",))
    assert prices(reading) == [Decimal("3.50")]
    if "GTIN" in header or "Barcode" in header:
        assert product.variants[0].barcodes[0].gtin14 == "04006381333931"


def _amounts(value):
    """Every variation's amount, found without our reader."""
    if isinstance(value, dict):
        if "itemVariationData" in value:
            yield value["itemVariationData"]["priceMoney"]["amount"]
        else:
            for inner in value.values():
                yield from _amounts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _amounts(inner)


def _is_gtin(code):
    digits = [int(digit) for digit in code]
    return sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0
