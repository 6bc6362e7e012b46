"""What a scanned code means."""

import json

import pytest

from pos_web.catalog.barcode import find_barcode, looks_scanned, normal_code
from tests.pos_web.shop import STORE, item
from tests.shared_data import shared_file


@pytest.mark.parametrize("printed", ["036000291452", "0036000291452", "00036000291452", " 036000291452 "])
def test_one_article_is_one_key_however_it_is_padded(printed):
    assert normal_code(printed) == "00036000291452"


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        pytest.param("96385074", "00000096385074", id="an EAN-8"),
        pytest.param("01234558", "00012345000058", id="a UPC-E is its long form"),
        pytest.param("abc-12", "ABC-12", id="letters by upper case"),
        pytest.param("4711", "4711", id="an in-store number"),
        pytest.param("²³⁴⁵⁶⁷⁸⁹", "²³⁴⁵⁶⁷⁸⁹", id="superscripts are no digits"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_other_codes_have_a_key_too(printed, key):
    assert normal_code(printed) == key


def test_a_code_is_found_under_every_padding(shop):
    with shop.replica.read() as replica:
        for code in ("036000291452", "0036000291452"):
            assert find_barcode(replica, store_id=STORE, code=code) == [("croissant", "croissant-1")]
        assert find_barcode(replica, store_id=STORE, code="12345670") == [("juice", "small")]
        assert find_barcode(replica, store_id=STORE, code="4006381333932") == []
        assert find_barcode(replica, store_id="other", code="036000291452") == []


def test_a_code_of_two_items_finds_both(shop):
    shop.publish(item("Double", 100, barcodes=("4006381333931",)))
    with shop.replica.read() as replica:
        found = find_barcode(replica, store_id=STORE, code="4006381333931")
    assert found == [("double", "double-1"), ("espresso", "espresso-1")]


@pytest.mark.parametrize(
    ("text", "answer"), [("4006381333931", True), ("12345", False), ("milk", False), ("²³⁴⁵⁶⁷", False)]
)
def test_codes_are_told_from_words(text, answer):
    assert looks_scanned(text) is answer


def test_other_peoples_equal_codes_are_equal_here():
    vectors = json.loads(shared_file("barcode_vectors.json").read_text())["vectors"]
    same = [vector for vector in vectors if vector["kind"] == "same_item"]
    short = [v for v in vectors if v["kind"] == "upc_e_to_a" and len(v["input"]) == 8]
    assert same and short
    for vector in same:
        assert len({normal_code(code) for code in vector["input"]}) == 1, vector["id"]
    for vector in short:
        assert normal_code(vector["input"]) == normal_code(vector["expected"]), vector["id"]
