"""What people type: read exactly, or refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import (
    minutes_of_day,
    money_or_nothing,
    rate_millionths,
    rate_text,
    row_numbers,
    whole_number,
)
from shared_web.language import speaking


def read(reader, text, *arguments, **more):
    """The value and the sentence, if there was one."""
    complaints = Complaints()
    value = reader(text, *arguments, "field", complaints, **more)
    return value, complaints.fields.get("field", "")


@pytest.mark.parametrize(("text", "value"), [("", 7), (" 12 ", 12), ("0", 0), ("999999999", 999_999_999)])
def test_whole_numbers_are_read(text, value):
    assert read(whole_number, text, empty=7) == (value, "")


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "١٢", "1e3", "9" * 30, "1 000"])
def test_what_is_no_whole_number_is_refused(text):
    assert read(whole_number, text)[1]


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("8.875", "en_US", 88_750), ("8.875 %", "en_US", 88_750), ("19", "en_US", 190_000), ("0", "en_US", 0),
        ("8,875", "de_DE", 88_750), ("-5", "en_US", -50_000), ("0.0001", "en_US", 1),
    ],
)  # fmt: skip
def test_rates_are_read_in_millionths(text, locale, value):
    with speaking(locale):
        assert read(rate_millionths, text) == (value, "")


@pytest.mark.parametrize("text", ["", "much", "NaN", "Infinity", "8.87512", "99999", "8,875", "1/3"])
def test_what_is_no_rate_is_refused(text):
    assert read(rate_millionths, text)[1]


@given(st.integers(min_value=0, max_value=1_000_000), st.sampled_from(["en_US", "de_DE", "fr_CH"]))
def test_a_rate_survives_its_own_field(millionths, locale):
    with speaking(locale):
        assert read(rate_millionths, rate_text(millionths)) == (millionths, "")


@pytest.mark.parametrize(
    ("text", "minutes"), [("", 0), ("4:30", 270), ("04:05", 245), ("23:59", 1439), ("3", 180)]
)
def test_times_of_day_are_read(text, minutes):
    assert read(minutes_of_day, text) == (minutes, "")


@pytest.mark.parametrize("text", ["24:00", "4:60", "-1", "noon", "1:2:3", "4:5"])
def test_what_is_no_time_of_day_is_refused(text):
    assert read(minutes_of_day, text)[1]


def test_an_empty_amount_is_no_amount_and_not_zero():
    assert read(money_or_nothing, " ", "USD") == (None, "")
    assert read(money_or_nothing, "0", "USD") == (0, "")
    assert read(money_or_nothing, "4,5o", "USD")[1] == "Enter an amount such as 4.50"


def test_rows_are_counted_whatever_somebody_sends():
    form = {
        "variants-2-name": "",
        "variants-0-sku": "",
        "variants-2-sku": "",
        "variants-x-name": "",
        "other-1-x": "",
    }
    assert list(row_numbers(form, "variants")) == [0, 2]
    assert len(list(row_numbers({f"variants-{n}-name": "" for n in range(5000)}, "variants"))) == 200
