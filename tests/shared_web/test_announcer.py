"""Announcements are sent in order, and what waits twice is sent once."""

from threading import Event

from shared_web.announcer import Announcer


def test_what_waits_twice_is_sent_once_and_the_rest_in_its_order():
    sent, is_at_it, may_go_on = [], Event(), Event()

    def emit(event, payload, room):
        sent.append((event, payload, room))
        is_at_it.set()
        may_go_on.wait(10)

    announcer = Announcer(emit)
    announcer.start()
    announcer.announce("first", {}, room="a")
    assert is_at_it.wait(10)
    for version in (1, 2, 2):
        announcer.announce("devices", {}, room="a")
        announcer.announce("applied", {"version": version}, room="a")
    announcer.announce("devices", {}, room="b")
    may_go_on.set()
    announcer.stop()
    assert sent == [
        ("first", {}, "a"),
        ("devices", {}, "a"),
        ("applied", {"version": 1}, "a"),
        ("applied", {"version": 2}, "a"),
        ("devices", {}, "b"),
    ]


def test_an_announcement_that_fails_does_not_stop_the_next(caplog):
    sent = []

    def emit(event, _payload, _room):
        if event == "bad":
            raise OSError("the line is gone")
        sent.append(event)

    announcer = Announcer(emit)
    announcer.start()
    announcer.announce("bad", {}, room="a")
    announcer.announce("good", {}, room="a")
    announcer.stop()
    assert sent == ["good"]
