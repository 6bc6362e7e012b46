"""Asking a store once more for what it left undone, and what the page says of commands."""

import pytest
from sqlalchemy import select

from backoffice_web.owned.command import ask_again, command_store, seen_with
from backoffice_web.owned.mirror import STALE, WAITING, OwnedMirror, StoreCommand
from backoffice_web.owned.take_in import take_in
from backoffice_web.reports.owned_pages import command_rows
from shared_web.errors import RuleError
from sync_contract.owned import TERMINAL_SETTINGS, CommandAnswer, OwnedSet, TerminalSettings, encode_owned
from tests.backoffice_web.builders import DOWNTOWN, NOON, later

TILL = "register"
DARK = TerminalSettings(theme="dark")


@pytest.fixture
def session(office):
    with office.write() as session:
        yield session


def ask(session, *, body=DARK, minutes=0):
    return command_store(
        session, store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=TILL, seen=0, body=body, label="Register 1",
        by="Olivia", now=later(minutes),
    )  # fmt: skip


def answer(session, command, outcome, *, minutes=1):
    told = CommandAnswer(uuid=command.id, outcome=outcome, at=later(minutes))
    owned = OwnedSet(store=DOWNTOWN, revision=0, answers=(told,))
    take_in(session, owned=owned, now=later(minutes))


def store_has(session, settings, *, revision=7):
    session.add(
        OwnedMirror(
            store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=TILL, revision=revision,
            body=encode_owned(settings), changed_by="Sara", changed_at=NOON,
        )
    )  # fmt: skip
    session.flush()


def rows(session):
    return command_rows(session, store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=TILL, now=later(10))


def test_a_stale_wish_is_asked_again_against_what_the_store_has_now(session):
    stale = ask(session)
    answer(session, stale, "stale")
    store_has(session, TerminalSettings(volume=10))
    again = ask_again(session, command_id=stale.id, by="Max", now=later(2))
    assert (again.seen_revision, again.body, again.asked_by) == (7, encode_owned(DARK), "Max")
    assert (again.state, stale.state) == (WAITING, STALE)


@pytest.mark.parametrize("outcome", ["done", "refused", None])
def test_only_what_went_stale_is_asked_again(session, outcome):
    command = ask(session)
    if outcome:
        answer(session, command, outcome)
    with pytest.raises(RuleError, match="Something newer"):
        ask_again(session, command_id=command.id, by="Max", now=later(2))


def test_a_second_press_asks_nothing_more(session):
    stale = ask(session)
    answer(session, stale, "stale")
    ask_again(session, command_id=stale.id, by="Max", now=later(2))
    with pytest.raises(RuleError, match="Something newer"):
        ask_again(session, command_id=stale.id, by="Max", now=later(3))
    assert len(session.scalars(select(StoreCommand)).all()) == 2


def test_only_the_newest_stale_wish_offers_to_ask_again(session):
    answer(session, ask(session), "stale")
    answer(session, ask(session, minutes=2), "stale", minutes=3)
    assert [row.can_repeat for row in rows(session)] == [True, False]


def test_the_newest_wish_stays_the_newest_when_the_clock_is_put_back(session):
    answer(session, ask(session, minutes=180), "stale", minutes=181)
    newest = ask(session)
    answer(session, newest, "stale")
    assert [(row.can_repeat, row.command.id == newest.id) for row in rows(session)] == [
        (True, True), (False, False),
    ]  # fmt: skip


def test_where_wish_and_store_differ_both_values_are_told(session):
    store_has(session, TerminalSettings(theme="light", volume=10))
    ask(session, body=TerminalSettings(theme="dark", volume=10))
    [row] = rows(session)
    assert (row.asked, row.has) == ("Theme: dark", "Theme: light")


def test_a_wish_that_was_done_says_what_it_was(session):
    command = ask(session)
    store_has(session, DARK)
    answer(session, command, "done")
    [row] = rows(session)
    assert (row.state, row.asked, row.has) == ("Done", "Theme: dark", "The same")


def test_the_defaults_asked_for_are_called_so(session):
    store_has(session, DARK)
    ask(session, body=TerminalSettings())
    assert [(row.asked, row.has) for row in rows(session)] == [("Theme: auto", "Theme: dark")]
    session.get_one(OwnedMirror, (DOWNTOWN, TERMINAL_SETTINGS, TILL)).body = encode_owned(TerminalSettings())
    assert [(row.asked, row.has) for row in rows(session)] == [("The defaults", "The same")]


def seen(session, asked, *, key=TILL):
    return seen_with(session, asked=asked, store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=key, seen=3)


def test_who_looked_at_a_wish_has_seen_what_the_store_made_of_it(session):
    wish = ask(session)
    assert seen(session, wish.id) == 3
    store_has(session, DARK)
    answer(session, wish, "done")
    assert seen(session, wish.id) == 7


def test_a_store_that_keeps_more_than_a_wish_names_has_done_it_all_the_same(session):
    wish = ask(session)
    store_has(session, DARK)
    mirror = session.get_one(OwnedMirror, (DOWNTOWN, TERMINAL_SETTINGS, TILL))
    mirror.body = mirror.body[:-1] + b',"brightness":7}'
    answer(session, wish, "done")
    assert seen(session, wish.id) == 7


def test_who_looked_at_a_wish_has_not_seen_what_came_after_it(session):
    wish = ask(session)
    store_has(session, TerminalSettings(theme="light"))
    answer(session, wish, "done")
    assert seen(session, wish.id) == 3


def test_a_wish_about_something_else_was_not_seen_here(session):
    wish = ask(session)
    store_has(session, DARK)
    answer(session, wish, "done")
    for asked, key in (("", TILL), ("unicorn", TILL), (wish.id, "other")):
        assert seen(session, asked, key=key) == 3
