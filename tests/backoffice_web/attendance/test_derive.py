"""The shift that follows from its punches, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from backoffice_web.attendance.derive import worked_s
from tests.backoffice_web.attendance.punches import punch, send, the_shift
from tests.backoffice_web.builders import AIRPORT, NOON

BREAK = {"break_name": "Meal Break", "break_minutes": 30}
A_DAY = [
    punch(),
    punch("break_begin", hours=3, **BREAK),
    punch("break_end", hours=3.5, **BREAK),
    punch("clock_out", hours=8),
]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_the_order_of_arrival_does_not_matter(office, order):
    for place in order:
        assert send(office, A_DAY[place]) == ["accepted"]
    shift = the_shift(office)
    assert (shift.clocked_in_at, shift.clocked_out_at) == (NOON, NOON + timedelta(hours=8))
    assert (shift.unpaid_break_s, shift.paid_break_s) == (1800, 0)
    assert worked_s(shift, now=NOON) == 7.5 * 3600


def test_an_open_shift_is_seen_before_it_ends(office):
    send(office, punch(), punch("break_begin", hours=1, is_paid=True, break_name="Rest Break"))
    shift = the_shift(office)
    assert shift.clocked_out_at is None
    assert shift.break_name == "Rest Break"
    assert worked_s(shift, now=NOON + timedelta(hours=2)) == 2 * 3600


def test_a_punch_that_comes_twice_counts_once(office):
    assert send(office, punch(), punch()) == ["accepted", "duplicate"]
    assert send(office, punch(hours=1, uuid=punch().uuid)) == ["refused"]


def test_a_paid_break_is_work_and_an_unpaid_one_is_not(office):
    for shift, is_paid in (("paid", True), ("unpaid", False)):
        send(
            office,
            punch(shift=shift),
            punch("break_begin", hours=1, shift=shift, is_paid=is_paid),
            punch("break_end", hours=2, shift=shift, is_paid=is_paid),
            punch("clock_out", hours=4, shift=shift),
        )
    assert worked_s(the_shift(office, "paid"), now=NOON) == 4 * 3600
    assert worked_s(the_shift(office, "unpaid"), now=NOON) == 3 * 3600


@pytest.mark.parametrize(
    ("began", "ended", "hours"),
    [
        # Over midnight in New York.
        (datetime(2025, 3, 15, 2, tzinfo=UTC), datetime(2025, 3, 15, 10, tzinfo=UTC), 8),
        # 22:00 to 6:00 in the night in which clocks go forward, and back.
        (datetime(2025, 3, 9, 3, tzinfo=UTC), datetime(2025, 3, 9, 10, tzinfo=UTC), 7),
        (datetime(2025, 11, 2, 2, tzinfo=UTC), datetime(2025, 11, 2, 11, tzinfo=UTC), 9),
    ],
)
def test_hours_are_those_that_passed_whatever_the_clocks_do(office, began, ended, hours):
    send(office, punch(at=began), punch("clock_out", at=ended))
    assert worked_s(the_shift(office), now=NOON) == hours * 3600


def test_a_store_cannot_write_into_the_shift_of_another(office):
    send(office, punch())
    assert send(office, punch("clock_out", hours=1, store=AIRPORT), store=AIRPORT) == ["refused"]
    assert the_shift(office).clocked_out_at is None


@pytest.mark.parametrize("fields", [{"shift": ""}, {"shift": "x" * 500}, {"break_minutes": 10**12}])
def test_an_odd_punch_breaks_nothing(office, fields):
    assert send(office, punch(**fields), punch(shift="other"))[1] == "accepted"
