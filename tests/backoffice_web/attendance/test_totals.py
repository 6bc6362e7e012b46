"""What each person worked in the chosen shifts, added up."""

from datetime import timedelta

from sqlalchemy import select

from backoffice_web.attendance.shift import Shift
from backoffice_web.attendance.totals import total_of_all, totals_per_person
from tests.backoffice_web.attendance.punches import punch, send
from tests.backoffice_web.builders import NOON

H = 3600
BOB = {"employee": "bob", "employee_name": "bob Barista"}


def totals(office, *, hours_later=24):
    with office.read() as session:
        shifts = session.scalars(select(Shift).order_by(Shift.clocked_in_at))
        return totals_per_person(shifts, now=NOON + timedelta(hours=hours_later))


def a_day(office, *, shift="shift-1", is_paid=False, **who):
    """Eight hours with a break of half an hour."""
    presses = [("clock_in", 0), ("break_begin", 3), ("break_end", 3.5), ("clock_out", 8)]
    send(office, *(punch(event, hours=at, shift=shift, is_paid=is_paid, **who) for event, at in presses))


def test_worked_and_paid_hours_differ_by_the_paid_breaks(office):
    a_day(office, is_paid=True)
    [total] = totals(office)
    assert (total.worked_s, total.break_s, total.paid_s) == (7.5 * H, 0.5 * H, 8 * H)


def test_an_unpaid_break_is_neither_worked_nor_paid(office):
    a_day(office)
    [total] = totals(office)
    assert (total.worked_s, total.break_s, total.paid_s) == (7.5 * H, 0.5 * H, 7.5 * H)


def test_shifts_of_one_person_are_added_and_people_stand_by_name(office):
    a_day(office)
    a_day(office, shift="shift-2", is_paid=True)
    a_day(office, shift="shift-3", **BOB)
    bob, cara = totals(office)
    assert (bob.employee_name, bob.shift_count, bob.paid_s) == ("bob Barista", 1, 7.5 * H)
    assert (cara.employee_name, cara.shift_count, cara.paid_s) == ("Cara Cashier", 2, 15.5 * H)
    whole = total_of_all([bob, cara])
    assert (whole.shift_count, whole.worked_s, whole.break_s, whole.paid_s) == (3, 22.5 * H, 1.5 * H, 23 * H)


def test_a_shift_that_goes_on_counts_up_to_now_and_says_so(office):
    send(office, punch())
    [total] = totals(office, hours_later=2)
    assert (total.paid_s, total.works_now) == (2 * H, True)


def test_whoever_changed_their_name_has_the_newest(office):
    send(office, punch(), punch("clock_out", hours=1))
    send(office, punch(shift="shift-2", hours=2, employee_name="Cara Cook"))
    assert [total.employee_name for total in totals(office)] == ["Cara Cook"]
