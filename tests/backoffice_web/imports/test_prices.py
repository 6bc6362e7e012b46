from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice_web.imports.prices import PriceColumn, VariablePrice
from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, JAPANESE, KUWAITI


def one(text, store=AMERICAN, column=()):
    return PriceColumn.of([text, *column], store).read(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12", "12"),
        ("12.5", "12.50"),
        ("12,50", "12.50"),
        (" 12.50 ", "12.50"),
        ("0.99", "0.99"),
        (".99", "0.99"),
        ("5.", "5"),
        ("1,299.00", "1299"),
        ("1.299,00", "1299"),
        ("1.234.567,89", "1234567.89"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("$12.50", "12.50"),
        ("US$ 12.50", None),
        ("12.50 USD", "12.50"),
        ("usd 12.50", "12.50"),
        ("12.5000", "12.50"),
        ("99,999,999.99", "99999999.99"),
        ("１２.５０", "12.50"),
        ("١٢٫٥٠", "12.50"),
        ("0", "0"),
    ],
)
def test_prices_are_read_exactly(text, amount):
    if amount is None:
        with pytest.raises(RuleError):
            one(text)
    else:
        assert one(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("-1", "negative"),
        ("(5.00)", "negative"),
        ("−3", "negative"),
        ("100,000,000.00", "large"),
        ("12.345", "decimals"),
        ("0.125", "decimals"),
        ("=1+1", "formula"),
        ("@SUM(1)", "formula"),
        ("1E5", "shortened"),
        ("4.00638E+12", "shortened"),
        ("²", "not a price"),
        ("1²", "not a price"),
        ("①", "not a price"),
        ("½", "not a price"),
        ("三", "not a price"),
        ("free", "not a price"),
        ("12.50.10", "not a price"),
        ("1,23,456.00", "not a price"),
        ("12 to 15", "not a price"),
        ("1" * 50, "not a price"),
        ("NaN", "not a price"),
        ("Infinity", "not a price"),
        ("€12", "The price is in €"),
        ("12 EUR", "The price is in EUR"),
        ("£12", "The price is in £"),
    ],
)
def test_what_is_no_price_is_refused_with_its_reason(text, word):
    with pytest.raises(RuleError, match=word):
        one(text)


def test_an_empty_cell_is_no_price_and_not_zero():
    assert one("") is None
    assert one("  ") is None


@pytest.mark.parametrize("word", ["variable", "VARIABLE", "Variabel", "open price"])
def test_words_for_a_price_asked_at_the_till_are_known(word):
    with pytest.raises(VariablePrice):
        one(word)


@pytest.mark.parametrize(
    ("store", "column", "text", "amount"),
    [
        (AMERICAN, ["12.50"], "1,299", "1299"),
        (GERMAN, ["12,50"], "1.299", "1299"),
        (AMERICAN, ["12,50"], "1.299", "1299"),
        (GERMAN, ["12.50"], "1,299", "1299"),
        (AMERICAN, [], "1,299", "1299"),
        (GERMAN, [], "1.299", "1299"),
        (JAPANESE, [], "1,299", "1299"),
        (KUWAITI, ["2.500"], "1.299", "1.299"),
        (GERMAN, ["0.99"], "4.50", "4.50"),
    ],
)
def test_the_whole_column_settles_what_a_lone_mark_means(store, column, text, amount):
    assert one(text, store, column) == Decimal(amount)


@pytest.mark.parametrize(
    ("store", "column", "text"),
    [
        (AMERICAN, ["12.50", "3.20"], "4,50"),
        (GERMAN, ["12,50", "3,20"], "4.50"),
        (AMERICAN, ["12.50"], "1.299"),
        (GERMAN, ["12,50"], "1,299"),
        (JAPANESE, [], "1.5"),
    ],
)
def test_a_price_that_contradicts_its_column_or_currency_is_refused(store, column, text):
    with pytest.raises(RuleError):
        one(text, store, column)


@given(st.integers(0, 9_999_999_999), st.sampled_from([",", "."]), st.booleans())
def test_any_amount_written_in_either_style_comes_back_to_the_cent(cents, mark, is_grouped):
    whole, fraction = divmod(cents, 100)
    digits = f"{whole:,}" if is_grouped else str(whole)
    grouping = "." if mark == "," else ","
    text = digits.replace(",", grouping) + mark + f"{fraction:02}"
    assert one(text) == Decimal(cents).scaleb(-2)
    assert one(text, GERMAN) == Decimal(cents).scaleb(-2)


@given(st.text(max_size=30))
def test_any_text_is_a_price_or_refused(text):
    try:
        price = one(text)
    except RuleError:
        return
    assert price is None or 0 <= price <= Decimal("99999999.99")
