import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from backoffice_web.imports.barcodes import DamagedBarcode, read_barcode, read_barcodes
from tests.shared_data import shared_file


def keys(*codes):
    return {read_barcode(code).barcode.key for code in codes}


def test_all_zero_paddings_of_a_code_are_one_article():
    assert keys("036000291452", "0036000291452", "00036000291452") == {"00036000291452"}
    assert keys("96385074", "000096385074", "0000096385074", "00000096385074") == {"00000096385074"}


def test_the_printed_digits_are_kept():
    assert read_barcode("0036000291452").barcode.printed == "0036000291452"
    assert read_barcode("978-0-471-11709-4").barcode.printed == "9780471117094"


def test_a_short_upc_is_compared_by_its_long_form():
    assert keys("06397126", "063200009716") == {"00063200009716"}


def test_eight_digits_that_are_right_both_ways_are_an_ean_8_as_the_tills_take_them():
    assert keys("02345147") == {"00000002345147"}


@pytest.mark.parametrize("code", ["4011", "94011", "119004", "2555551", "2000000133919", "01213113"])
def test_codes_of_the_shops_own_are_kept(code):
    assert read_barcode(code).barcode.printed == code


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("5901234123458", "check digit is 8 where 7 is right"),
        ("123", "3 digits"),
        ("750103AAAA309", "not a number"),
        ("²²²²²²²²", "not a number"),
        ("0000000000000", "zeros"),
        ("0", "zeros"),
        ("4750648000000003000000", "22 digits"),
        ("=1+1", "not a number"),
    ],
)
def test_an_invalid_code_is_left_out_with_the_reason(code, word):
    finding = read_barcode(code)
    assert finding.barcode is None
    assert word in finding.remark


def test_leading_zeros_that_a_spreadsheet_dropped_are_restored():
    finding = read_barcode("36000291452")
    assert finding.barcode.printed == "036000291452"
    assert "restored" in finding.remark


@pytest.mark.parametrize("cell", ["4.00638E+12", "4,00638E+12", "4E+12", " 4.00638e12 "])
def test_a_code_that_a_spreadsheet_rounded_is_refused(cell):
    with pytest.raises(DamagedBarcode):
        read_barcodes(cell)


def test_several_codes_in_one_cell_and_spreadsheet_wrappings_are_read():
    cell = "'4006381333931; 036000291452"
    assert [finding.barcode.key for _code, finding in read_barcodes(cell)] == [
        "04006381333931",
        "00036000291452",
    ]
    assert read_barcodes('="4006381333931"')[0][1].barcode.printed == "4006381333931"


@given(st.text(max_size=30))
def test_any_text_gives_a_code_of_digits_or_a_remark(text):
    finding = read_barcode(text)
    assert finding.barcode or finding.remark
    if finding.barcode:
        assert finding.barcode.printed.isascii() and finding.barcode.printed.isdigit()


def test_public_vectors_agree():
    vectors = json.loads(shared_file("barcode_vectors.json").read_text(encoding="utf-8"))["vectors"]
    for vector in vectors:
        if vector["kind"] == "same_item":
            assert len(keys(*vector["input"])) == 1, vector
        elif vector["kind"] == "gtin_valid":
            assert read_barcode(vector["input"]).barcode.gtin14 == vector["input"].zfill(14)
        elif vector["kind"] == "gtin_invalid":
            finding = read_barcode(vector["input"])
            assert finding.barcode is None or finding.remark, vector
        elif vector["kind"] == "gtin_normalise":
            ((_code, finding),) = read_barcodes(vector["input"])
            assert finding.barcode.printed == vector["expected"]
        elif (
            vector["kind"] == "upc_e_to_a" and len(vector["input"]) == 8 and not ean.is_valid(vector["input"])
        ):
            assert keys(vector["input"]) == {vector["expected"].zfill(14)}
