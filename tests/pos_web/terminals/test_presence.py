"""Who is connected right now."""

from datetime import timedelta

from pos_web.terminals.presence import devices, forget_all, note_connected, note_gone
from tests.pos_web.shop import NOON, REGISTER, STORE, TABLET


def connect(shop, sid, *, terminal=REGISTER, person="", after_s=0):
    shop.do(
        note_connected, sid=sid, store_id=STORE, terminal_id=terminal, person=person,
        now=NOON + timedelta(seconds=after_s),
    )  # fmt: skip


def leave(shop, sid, *, after_s=0):
    shop.do(note_gone, sid=sid, now=NOON + timedelta(seconds=after_s))


def seen(shop, *, after_s=0):
    with shop.book.read() as book:
        found = devices(book, store_id=STORE, now=NOON + timedelta(seconds=after_s))
    return [(one.name, one.person, (one.since - NOON).total_seconds()) for one in found]


def test_two_tills_are_seen_with_who_works_there(shop):
    connect(shop, "a", person="Mia K.")
    connect(shop, "b", terminal=TABLET, after_s=5)
    assert seen(shop, after_s=6) == [("Register 1", "Mia K.", 0), ("Tablet", "", 5)]


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


def test_a_socket_that_a_dead_worker_left_behind_does_not_count_for_long(shop):
    connect(shop, "a")
    assert seen(shop, after_s=89)
    assert seen(shop, after_s=91) == []


def test_a_new_start_forgets_the_sockets_of_the_one_before(shop):
    connect(shop, "a")
    shop.do(forget_all)
    assert seen(shop) == []
