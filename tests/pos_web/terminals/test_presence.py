"""Who is connected right now, and how seldom that is written."""

from datetime import timedelta
from threading import Event

import pytest

from pos_web.terminals.presence import Presence, devices, forget_all, is_news, note_connected, note_gone
from tests.pos_web.shop import NOON, REGISTER, STORE, TABLET


def connect(shop, worker, *, terminal=REGISTER, person="", after_s=0):
    shop.do(
        note_connected, worker=worker, of_store=STORE, terminal_id=terminal, person=person,
        now=NOON + timedelta(seconds=after_s),
    )  # fmt: skip


def leave(shop, worker, *, after_s=0):
    shop.do(note_gone, worker=worker, terminal_id=REGISTER, at=NOON + timedelta(seconds=after_s))


def seen(shop, *, after_s=0):
    with shop.book.read() as book:
        found = devices(book, store_id=STORE, now=NOON + timedelta(seconds=after_s))
    return [(one.name, one.person, (one.since - NOON).total_seconds()) for one in found]


def test_two_tills_are_seen_with_who_works_there(shop):
    connect(shop, "a", person="Mia K.")
    connect(shop, "b", terminal=TABLET, after_s=5)
    assert seen(shop, after_s=6) == [("Register 1", "Mia K.", 0), ("Tablet", "", 5)]


def test_a_till_that_fell_silent_is_gone_also_after_the_clock_was_put_back(shop):
    connect(shop, "a", after_s=3 * 3600)
    assert seen(shop) == []
    with shop.book.read() as book:
        assert is_news(book, worker="a", terminal_id=REGISTER, person="", now=NOON)


def test_a_till_that_went_is_gone(shop):
    connect(shop, "a")
    leave(shop, "a", after_s=3)
    assert seen(shop, after_s=4) == []


def test_going_from_page_to_page_is_staying(shop):
    connect(shop, "a", person="Mia K.")
    leave(shop, "a", after_s=60)
    connect(shop, "b", person="Sara L.", after_s=61)
    assert seen(shop, after_s=62) == [("Register 1", "Sara L.", 0)]


def test_coming_back_later_begins_anew(shop):
    connect(shop, "a")
    leave(shop, "a", after_s=60)
    connect(shop, "b", after_s=200)
    assert seen(shop, after_s=201) == [("Register 1", "", 200)]


def test_two_pages_of_one_till_are_one_device(shop):
    connect(shop, "a", person="Mia K.")
    connect(shop, "b", person="Mia K.", after_s=9)
    leave(shop, "b", after_s=10)
    assert seen(shop, after_s=11) == [("Register 1", "Mia K.", 0)]


def test_what_other_workers_know_of_the_till_counts_until_they_know_better(shop):
    connect(shop, "a", person="Mia K.")
    connect(shop, "b", person="Sara L.", after_s=5)
    leave(shop, "a", after_s=10)
    assert seen(shop, after_s=11) == [("Register 1", "Sara L.", 0)]


def test_a_socket_that_a_dead_worker_left_behind_does_not_count_for_long(shop):
    connect(shop, "a")
    assert seen(shop, after_s=89)
    assert seen(shop, after_s=91) == []


def test_a_new_start_forgets_the_sockets_of_the_one_before(shop):
    connect(shop, "a")
    shop.do(forget_all)
    assert seen(shop) == []


class Doors:
    """The sockets of one worker; `told` is set when the Devices pages are."""

    def __init__(self, shop, pause=timedelta(0)):
        self.shop, self.told, self.writes = shop, Event(), 0
        self.presence = Presence(shop.book, clock=lambda: shop.now, tell=self._tell, pause=pause)

    def _tell(self, store):
        assert store == STORE
        self.writes += 1
        self.told.set()

    def open(self, sid, *, terminal=REGISTER, person="Mia K."):
        self.presence.came(sid=sid, store_id=STORE, terminal_id=terminal, person=person)

    def close(self, sid):
        self.presence.went(sid=sid)


@pytest.fixture
def doors(shop):
    made = []

    def make(**how):
        made.append(Doors(shop, **how))
        return made[-1]

    yield make
    for each in made:
        each.presence.stop()


def test_going_from_page_to_page_writes_nothing_for_a_minute(shop, doors):
    till = doors(pause=timedelta(minutes=5))
    till.open("0")
    for page in range(1, 10):
        shop.tick(seconds=6)
        till.close(str(page - 1))
        till.open(str(page))
    assert till.writes == 1
    shop.tick(seconds=6)
    till.open("next")
    assert till.writes == 2


def test_another_person_is_written_at_once(shop, doors):
    till = doors(pause=timedelta(minutes=5))
    till.open("a")
    till.close("a")
    till.open("b", person="Sara L.")
    with shop.book.read() as book:
        assert [one.person for one in devices(book, store_id=STORE, now=shop.now)] == ["Sara L."]


def test_a_till_that_stays_away_is_gone_and_one_with_another_page_is_not(shop, doors):
    till = doors()
    till.open("a")
    till.open("b")
    till.open("c", terminal=TABLET)
    till.told.clear()
    till.close("a")
    till.close("c")
    assert till.told.wait(10)
    with shop.book.read() as book:
        assert [one.name for one in devices(book, store_id=STORE, now=shop.now)] == ["Register 1"]


def test_a_socket_that_was_never_open_closes_without_a_trace(doors):
    till = doors()
    till.close("unknown")
    assert till.writes == 0
