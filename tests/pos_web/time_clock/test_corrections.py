"""What the office mended about a shift, as the store's Time Clock follows it."""

from datetime import date, timedelta

import pytest

from pos_web.time_clock.corrections import heed_corrections, newest_correction
from pos_web.time_clock.punch import begin_break, clock_out, open_shift
from pos_web.time_clock.shift import Shift
from sync_contract.changes import ShiftCorrection
from tests.pos_web.shop import MIA, NOON, STORE
from tests.pos_web.time_clock.test_punch import REST, act, begin, documents


def correction(shift, *, sequence=1, began=NOON, ended=None, employee=MIA):
    return ShiftCorrection(
        sequence=sequence, shift=shift, employee=employee, employee_name="Mia K.", role="cashier",
        role_name="Cashier", business_date=date(2026, 11, 23), clocked_in_at=began, clocked_out_at=ended,
        by="Olivia",
    )  # fmt: skip


def heed(shop, *corrections):
    shop.do(heed_corrections, store_id=STORE, corrections=corrections)


def shift_of(shop, uuid):
    with shop.book.read() as book:
        return book.get(Shift, uuid)


def is_in(shop):
    with shop.book.read() as book:
        return open_shift(book, store_id=STORE, employee=MIA) is not None


def test_a_forgotten_clock_out_is_ended_and_the_person_can_clock_in_again(shop):
    shift = begin(shop)
    act(shop, begin_break, kind=REST)
    heed(shop, correction(shift.uuid, ended=NOON + timedelta(hours=8)))
    assert not is_in(shop)
    with shop.book.read() as book:
        assert book.get(Shift, shift.uuid).open_break is None
    begin(shop)
    # What was punched stays as it was punched.
    assert [one.event for one in documents(shop)] == ["clock_in", "break_begin", "clock_in"]


def test_somebody_is_clocked_in_by_the_office_and_clocks_out_here(shop):
    heed(shop, correction("forced"))
    assert is_in(shop)
    act(shop, clock_out)
    assert [(one.shift, one.event) for one in documents(shop)] == [("forced", "clock_out")]


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (2, 1, 2, 1)])
def test_the_newest_correction_counts_however_often_and_late_it_comes(shop, order):
    told = {
        1: correction("forced", sequence=1, ended=NOON + timedelta(hours=1)),
        2: correction("forced", sequence=2, ended=NOON + timedelta(hours=2)),
    }
    for sequence in order:
        heed(shop, told[sequence])
    assert shift_of(shop, "forced").clocked_out_at == NOON + timedelta(hours=2)
    with shop.book.read() as book:
        assert newest_correction(book, store_id=STORE) == 2


def test_a_start_that_is_mended_does_not_open_a_shift_that_was_ended_here(shop):
    shift = begin(shop)
    ended = act(shop, clock_out).clocked_out_at
    heed(shop, correction(shift.uuid, began=NOON - timedelta(hours=1)))
    found = shift_of(shop, shift.uuid)
    assert (found.clocked_in_at, found.clocked_out_at) == (NOON - timedelta(hours=1), ended)


def test_nobody_is_in_twice_when_the_office_and_the_till_clocked_them_in(shop):
    own = begin(shop)
    heed(shop, correction("forced"))
    assert is_in(shop)
    assert shift_of(shop, own.uuid).clocked_out_at is None
    with shop.book.read() as book:
        assert newest_correction(book, store_id=STORE) == 1
