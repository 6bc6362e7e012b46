"""Whatever a stranger uploads, the answer is a reading or a sentence."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice_web.imports.formats.detect import FORMATS, open_file, read_catalog
from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, names, read, workbook
from tests.shared_data import shared_file

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HEADERS = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Barcode,Variant Taxable",
    "ID,Type,SKU,Name,Regular price,Sale price,Categories,Parent,Attribute 1 name,Attribute 1 value(s)",
    "code,lc,product_name_en,product_name_fr,categories_tags,brands_tags",
    "name,sku,barcode,price,category,option 1 name,option 1 value,stock",
)
SHOPIFY = (
    "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Barcode\n"
    'tea,"Tea, green",Size,Small,3.50,4006381333931\ntea,,,Large,4.50,\ncup,Cup,Title,Default Title,9.00,\n'
)
SQUARE = json.dumps(
    [
        {
            "type": "ITEM",
            "id": "#tea",
            "item_data": {
                "name": "Tea",
                "variations": [
                    {
                        "type": "ITEM_VARIATION",
                        "id": "#cup",
                        "item_variation_data": {
                            "name": "Cup",
                            "price_money": {"amount": 350, "currency": "USD"},
                        },
                    }
                ],
            },
        }
    ]
)
BOOK = workbook(["Name", "Price"], ["Tea", 3.5], ["Cup", 9])


def outcome(content, store=AMERICAN, format="auto"):
    """The reading, or the sentence; any other exception fails the test."""
    try:
        return read_catalog(content, store=store, format=format)
    except RuleError as error:
        assert error.sentence
        return error


@FAST
@given(st.binary(max_size=400))
def test_random_bytes_are_read_or_refused_with_a_sentence(content):
    outcome(content)


@FAST
@given(st.text(max_size=300), st.sampled_from(FORMATS))
def test_random_text_is_read_or_refused_in_every_format(text, format):
    outcome(text.encode("utf-8", "replace"), format=format)


@FAST
@given(st.sampled_from(HEADERS), st.lists(st.lists(st.text(max_size=20), max_size=12), max_size=6))
def test_random_cells_under_known_headers_never_break_a_reader(header, rows):
    body = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    outcome(f"{header}\n{body}\n".encode("utf-8", "replace"), GERMAN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "id",
                    "item_data",
                    "itemData",
                    "variations",
                    "name",
                    "priceMoney",
                    "categories",
                    "tax_ids",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@FAST
@given(json_values, json_values)
def test_random_values_inside_square_objects_never_break_the_reader(first, second):
    item = {"type": "ITEM", "id": first, "item_data": {"name": "Tea", "variations": second, "tax_ids": first}}
    variation = {"type": "ITEM_VARIATION", "item_variation_data": {"price_money": first, "name": second}}
    modifiers = {
        "type": "MODIFIER_LIST",
        "id": "m",
        "modifier_list_data": {"name": second, "modifiers": first},
    }
    item_with_one = {
        "type": "ITEM",
        "id": "i",
        "item_data": {
            "name": "Tea",
            "variations": [variation],
            "modifier_list_info": [{"modifier_list_id": "m"}],
        },
    }
    outcome(json.dumps([item, item_with_one, modifiers, second]).encode())


@FAST
@given(st.sampled_from([SHOPIFY.encode(), SQUARE.encode(), BOOK]), st.data())
def test_a_file_cut_off_anywhere_gives_no_invented_price(content, data):
    end = data.draw(st.integers(0, len(content) - 1))
    whole = {variant.price for variant in outcome(content).variants}
    result = outcome(content[:end])
    if not isinstance(result, RuleError):
        assert {variant.price for variant in result.variants} <= whole | {None}


@FAST
@given(st.sampled_from([SHOPIFY.encode(), SQUARE.encode(), BOOK]), st.data())
def test_a_file_with_changed_bytes_is_read_or_refused(content, data):
    damaged = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    outcome(bytes(damaged))


def test_json_nested_a_hundred_thousand_deep_is_refused():
    assert isinstance(outcome(b"[" * 100_000 + b"]" * 100_000), RuleError)


def test_an_endless_digit_string_is_refused():
    assert isinstance(outcome(b'[{"type": "ITEM", "id": ' + b"9" * 100_000 + b"}]"), RuleError)


def test_formula_names_stay_text_and_formula_prices_are_refused():
    reading = read("Name,Price\n=1+1,2.00\n@SUM(1+1),3.00\nTea,=1+1\nCup,@SUM(1)\n")
    assert names(reading) == ["=1+1", "@SUM(1+1)"]
    assert [refusal.row for refusal in reading.refusals] == [4, 5]
    assert all("formula" in refusal.reason for refusal in reading.refusals)


def test_formula_cells_of_a_workbook_are_never_prices():
    reading = read(workbook(["Name", "Price"], ["Tea", "=1+1"], ["Cup", 9]))
    assert names(reading) == ["Cup"]
    assert "formula" in reading.refusals[0].reason


def test_every_naughty_string_survives_as_a_name_or_is_refused():
    strings = json.loads(shared_file("security/blns.json").read_text(encoding="utf-8"))
    rows = [["name", "sku", "price"], *([text, f"S{place}", "1.00"] for place, text in enumerate(strings))]
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    result = outcome((quoted + "\n").encode("utf-8", "replace"))
    assert not isinstance(result, RuleError)
    assert len(result.products) + len(result.refusals) == len(strings)
    assert all(
        name == " ".join(name.split()) and name.isprintable() for name in map(_without_joiners, names(result))
    )


def _without_joiners(name):
    """Zero-width joiners and tags of emoji are the only unprintable characters that names keep."""
    return "".join(
        character for character in name if not ("\u200c" <= character <= "\u200d" or character > "\U000e0000")
    )


@pytest.mark.parametrize("column", ["name", "price", "sku", "barcode", "category"])
def test_formula_shapes_in_any_column_are_text_or_refused(column):
    shapes = shared_file("security/csv_injection.txt").read_text(encoding="utf-8").splitlines()
    for shape in filter(str.strip, shapes):
        cells = {"name": "Tea", "price": "1.00", "sku": "", "barcode": "", "category": "", column: shape}
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells.values())
        result = outcome(f"name,price,sku,barcode,category\n{quoted}\n".encode())
        assert not isinstance(result, RuleError)
        if column == "price":
            assert not result.products and len(result.refusals) == 1
        if column == "barcode":
            assert not any(variant.barcodes for variant in result.variants)


def test_naughty_strings_as_whole_files_are_read_or_refused():
    for text in json.loads(shared_file("security/blns.json").read_text(encoding="utf-8")):
        outcome(text.encode("utf-8", "replace"))


@pytest.mark.parametrize("format", FORMATS)
def test_every_real_catalog_forced_into_every_format_is_read_or_refused(format):
    folder = shared_file("catalogs/expectations.json").parent
    for file in folder.iterdir():
        content = file.read_bytes()
        outcome(content, format=format)
        outcome(content[: len(content) // 2], format=format)


def test_opening_is_refused_for_what_is_no_catalog():
    for content in (
        b"",
        b" \n ",
        b"%PDF-1.7 abc",
        b"\x89PNG\r\n",
        b"\xd0\xcf\x11\xe0abc",
        b"<!DOCTYPE html><html>",
    ):
        with pytest.raises(RuleError):
            open_file(content)
