import sys
from threading import Event, Thread
from time import monotonic

import pytest

from shared_web import pages_first
from shared_web.pages_first import give_way, short_turns


class Page:
    """A page that is being made until `finish`."""

    def __init__(self, work=None):
        self._begun, self._goal = Event(), Event()
        app = pages_first.pages_first(lambda _environ, _start: (work or self._make)())
        self._thread = Thread(target=app, args=({}, None))
        self._thread.start()
        if work is None:
            assert self._begun.wait(5)

    def _make(self):
        self._begun.set()
        assert self._goal.wait(5)

    def finish(self):
        self._goal.set()
        self._thread.join(5)
        assert not self._thread.is_alive()


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(pages_first, "PATIENCE_S", 5)


def test_long_work_waits_until_the_page_is_made(patient):
    page = Page()
    passed = Event()
    worker = Thread(target=lambda: (give_way(), passed.set()))
    worker.start()
    assert not passed.wait(0.05)
    page.finish()
    assert passed.wait(5)
    worker.join(5)


def test_long_work_goes_on_however_long_a_page_takes():
    page = Page()
    give_way()
    page.finish()


def test_without_pages_nothing_waits(patient):
    start = monotonic()
    for _piece in range(1_000):
        give_way()
    assert monotonic() - start < 4


def test_a_page_that_waits_for_long_work_does_not_hold_it_up(patient):
    waits, done = Event(), Event()

    def make():
        with pages_first.waiting():
            waits.set()
            assert done.wait(5)

    page = Page(make)
    assert waits.wait(5)
    start = monotonic()
    give_way()
    assert monotonic() - start < 4
    done.set()
    page.finish()


def test_a_page_that_fails_is_over(patient):
    app = pages_first.pages_first(lambda _environ, _start: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        app({}, None)
    start = monotonic()
    give_way()
    assert monotonic() - start < 4


@pytest.fixture
def usual():
    """The interpreter's own habit, whatever works in the background of other tests."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield pytest.approx(0.005)
    sys.setswitchinterval(before)


def test_turns_are_short_only_during_long_work(usual, monkeypatch):
    monkeypatch.setattr(pages_first, "_turns", pages_first._Turns())
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(pages_first.TURN_S)
    assert sys.getswitchinterval() == usual


def test_turns_are_usual_again_when_the_last_of_several_syncs_ends(usual, monkeypatch):
    monkeypatch.setattr(pages_first, "_turns", pages_first._Turns())
    first, second = short_turns(), short_turns()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() == pytest.approx(pages_first.TURN_S)
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == usual
