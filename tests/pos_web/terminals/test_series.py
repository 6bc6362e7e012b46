"""Series of receipt numbers: none is opened twice, whatever was restored how often."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_web.orders.order import Order
from pos_web.terminals.restored import open_new_series
from pos_web.terminals.series import LARGEST, first_series, next_series, number_of
from pos_web.terminals.terminal import Terminal
from tests.pos_web.shop import REGISTER, STORE

NOW = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)


@given(st.integers(0, LARGEST - 1), st.datetimes(timezones=st.just(UTC)))
def test_a_series_is_always_above_the_highest_known_one(highest, now):
    assert next_series(highest, now=now) > highest


def test_two_lives_of_one_backup_share_no_series():
    assert len({next_series(3, now=NOW + timedelta(seconds=after)) for after in range(5)}) == 5


def test_a_clock_from_before_counts_on():
    assert next_series(3, now=datetime(2001, 1, 1, tzinfo=UTC)) == 4


def test_a_number_stays_short_and_fits_its_column_for_decades():
    assert len(str(next_series(1, now=NOW))) == 8
    assert next_series(1, now=datetime(2094, 1, 1, tzinfo=UTC)) <= LARGEST


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("R1-3", 3), ("R-1-28470771", 28470771), ("3", 3), ("", 0), ("R1-", 0), ("R1-x", 0), ("R1-٣", 0),
        ("R1-2147483646", LARGEST), ("R1-2147483647", 0), ("R1-" + "9" * 5_000, 0),
    ],
)  # fmt: skip
def test_a_printed_series_is_read(printed, number):
    assert number_of(printed) == number


def test_every_restore_opens_another_series_at_every_terminal(shop):
    opened = set()
    for life in range(3):
        with shop.book.write() as book:
            known = book.get(Terminal, REGISTER).series
            open_new_series(book, above={}, now=NOW + timedelta(minutes=life))
            opened.add(book.get(Terminal, REGISTER).series)
            book.rollback()
    assert len(opened) == 3
    assert min(opened) > known


def test_what_the_book_in_place_had_is_never_opened_again(shop):
    with shop.book.write() as book:
        open_new_series(book, above={REGISTER: LARGEST - 9}, now=NOW)
        assert book.get(Terminal, REGISTER).series == LARGEST - 8


def test_a_code_begins_above_the_receipts_that_were_printed_with_it(shop):
    with shop.book.write() as book:
        for series, code in ((7, "9"), (9, "99"), (8, "9%")):
            book.add(
                Order(
                    store_id=STORE, terminal_id="gone", employee_id="e", employee_name="E", currency="EUR",
                    opened_at=NOW, state="finished", series=f"{code}-{series}", counter=1,
                    number=f"{code}-{series}-0001",
                )
            )  # fmt: skip
        book.flush()
        assert first_series(book, store_id=STORE, code="9") == 8
        assert first_series(book, store_id=STORE, code="_") == 1
        assert first_series(book, store_id="another", code="9") == 1
