"""The bars of the hourly chart."""

import pytest

from backoffice_web.reports.day_so_far import HourPair
from backoffice_web.reports.hour_chart import BASE, TOP, bars, hour_words
from shared_web.language import speaking


def test_the_tallest_bar_of_both_days_fills_the_chart():
    first, second = bars([HourPair(9, 500, 1000), HourPair(10, 250, 0)])
    assert (first.before_height, first.height, second.height) == (
        BASE - TOP,
        (BASE - TOP) / 2,
        (BASE - TOP) / 4,
    )
    assert first.y + first.height == BASE


def test_an_hour_of_refunds_stands_at_zero():
    (bar,) = bars([HourPair(9, -500, 0)])
    assert (bar.height, bar.y) == (0, BASE)


@pytest.mark.parametrize("count", [1, 7, 8, 24])
def test_bars_stay_inside_the_chart_and_few_are_labelled(count):
    drawn = bars([HourPair(hour, 100, 50) for hour in range(count)])
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in drawn)
    assert 1 <= sum(bar.is_labelled for bar in drawn) <= 6


def test_nothing_sold_draws_nothing():
    assert bars([]) == []


@pytest.mark.parametrize(("locale", "words"), [("en_US", "8 PM"), ("de_DE", "20")])
def test_hours_are_told_as_the_language_tells_them(locale, words):
    with speaking(locale):
        assert hour_words(20).replace("\u202f", " ") == words
