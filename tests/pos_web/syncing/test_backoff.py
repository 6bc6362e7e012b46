from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_web.syncing.backoff import Backoff, seconds_asked

NOW = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)


def pauses(count, chance, **how):
    """The pauses after so many failures, each begun when the one before was over."""
    backoff, now, found = Backoff(chance=lambda: chance, **how), 0.0, []
    for _each in range(count):
        backoff.failed(now=now)
        found.append(backoff.until - now)
        now = backoff.until
    return found


def test_pauses_double_from_two_seconds_to_five_minutes():
    assert pauses(9, 1.0) == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert pauses(10_000, 1.0)[-1] == 300


def test_chance_takes_away_up_to_half():
    assert pauses(3, 0.0) == [1, 2, 4]
    assert pauses(3, 0.5) == [1.5, 3, 6]


def test_a_success_begins_anew():
    backoff = Backoff(chance=lambda: 1.0)
    for _each in range(5):
        backoff.failed(now=10.0, retry_after_s=100)
    backoff.succeeded()
    assert backoff.until == backoff.asked_until == 0
    backoff.failed(now=20.0)
    assert backoff.until == 22.0


def test_what_the_office_asked_for_comes_on_top_and_outlives_a_new_line():
    backoff = Backoff(chance=lambda: 1.0)
    backoff.failed(now=100.0, retry_after_s=60)
    assert (backoff.asked_until, backoff.until) == (160.0, 162.0)
    backoff.line_is_new()
    assert backoff.until == 160.0


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=60), st.floats(0, 0.999))
def test_no_wish_and_no_run_of_failures_makes_a_node_wait_for_more_than_ten_minutes(wishes, chance):
    backoff = Backoff(chance=lambda: chance)
    for wish in wishes:
        backoff.failed(now=50.0, retry_after_s=wish)
        assert 51.0 <= backoff.until <= 650.0
        assert backoff.asked_until <= 350.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30), (" 0 ", 0), ("9" * 5_000, 999_999_999), (None, 0), ("", 0), ("soon", 0), ("-5", 0),
        ("1.5", 0), ("٣", 0), ("Wed, 25 Nov 2026 21:02:00 GMT", 120), ("Wed, 25 Nov 2026 20:00:00 GMT", 0),
        ("Wed, 25 Nov 2026 21:02:00", 120), ("Wed, 99 Nov 2026 21:02:00 GMT", 0), ("Wed", 0),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date_and_nonsense_is_nothing(header, seconds):
    assert seconds_asked(header, date=None, now=NOW) == seconds


def test_a_date_counts_from_the_offices_own_clock():
    # This computer's clock is an hour ahead; the office means two minutes.
    asked = seconds_asked("Wed, 25 Nov 2026 20:02:00 GMT", date="Wed, 25 Nov 2026 20:00:00 GMT", now=NOW)
    assert asked == 120


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_it(header, date):
    assert seconds_asked(header, date=date, now=NOW) >= 0
