"""Parts are worked out ahead of their use, in order, and by nobody once the use has ended."""

import threading

import pytest

from pos_web.syncing.ahead import worked_ahead


def test_parts_come_in_order_from_a_thread_of_their_own():
    def parts():
        for number in range(5):
            yield number, threading.current_thread()

    with worked_ahead(parts()) as coming:
        taken = list(coming)
    assert [number for number, _thread in taken] == [0, 1, 2, 3, 4]
    threads = {thread for _number, thread in taken}
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_the_next_part_is_worked_out_while_one_is_in_use_and_no_third():
    begun = [threading.Event() for _part in range(4)]

    def parts():
        for number, event in enumerate(begun):
            event.set()
            yield number

    with worked_ahead(parts()) as coming:
        assert next(coming) == 0
        assert begun[1].wait(10)
        assert not begun[2].is_set()


def test_what_a_part_raises_is_raised_where_it_is_taken():
    def parts():
        yield 1
        raise ValueError("unreadable")

    taken = []
    with pytest.raises(ValueError, match="unreadable"), worked_ahead(parts()) as coming:
        taken += coming
    assert taken == [1]


def test_when_the_use_ends_early_nobody_reads_on():
    read = []

    def parts():
        for number in range(1_000):
            read.append(number)
            yield number

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="disk"), worked_ahead(parts()) as coming:
        next(coming)
        raise RuntimeError("disk")
    assert read in ([0], [0, 1])
    assert threading.active_count() == before
