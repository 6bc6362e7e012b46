"""Times on a store's wall clock, also in the night in which an hour comes twice, and sizes."""

from datetime import UTC, datetime

import pytest

from shared_web.formats import file_size, local_datetime, which_hour

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("at", "mark"),
    [
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), ""),
        (datetime(2026, 10, 25, 0, 0, tzinfo=UTC), "CEST"),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "CEST"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "CET"),
        (datetime(2026, 10, 25, 1, 59, tzinfo=UTC), "CET"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), ""),
        # When clocks go forward an hour is missing, and none comes twice.
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), ""),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), ""),
    ],
)
def test_only_an_hour_that_comes_twice_says_which_it_is(at, mark):
    assert which_hour(at, BERLIN) == mark
    assert local_datetime(at, BERLIN, "short").endswith(mark or "M")


def test_a_zone_without_summer_time_has_no_such_hour():
    assert which_hour(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "UTC") == ""


@pytest.mark.parametrize(
    ("byte_count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (12_345, "12 KB"),
        (3_400_000, "3.4 MB"),
        (999_900_000, "999.9 MB"),
        (71_300_000_000, "71.3 GB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_people_use_for_it(byte_count, words):
    assert file_size(byte_count) == words
