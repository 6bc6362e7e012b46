import pytest

from pos_web.syncing.sync_result import APPLIED, REFUSED, STOPPED, UP_TO_DATE, SyncResult
from pos_web.syncing.wishes import Wish, Wishes


def ask(wishes, **how):
    return wishes.ask(**({"by": "Mia", "is_manual": True, "is_full": False, "takes_older": False} | how))


def test_wishes_that_meet_become_one_that_is_enough_for_all():
    wishes = Wishes()
    answers = {ask(wishes), ask(wishes, is_full=True), ask(wishes, takes_older=True)}
    assert len(answers) == 1
    wish = wishes.next()
    assert (wish.is_full, wish.takes_older, wish.is_manual) == (True, True, True)


def test_all_who_come_during_a_run_share_the_one_after_it():
    wishes = Wishes()
    running = ask(wishes)
    wishes.next()
    waiting = {ask(wishes), ask(wishes, is_full=True), ask(wishes, by="Sara")}
    assert len(waiting) == 1
    wishes.answer(SyncResult(APPLIED))
    (answer,) = waiting
    assert (running.done(), answer.done()) == (True, False)
    assert wishes.next().is_full
    assert ask(wishes) is not answer
    wishes.answer(SyncResult(UP_TO_DATE))
    assert answer.result(0).outcome == UP_TO_DATE


def test_a_sync_that_was_planned_bears_the_name_of_the_person_who_pressed_before_it_began():
    wishes = Wishes()
    wishes.want(Wish("start", is_manual=False))
    ask(wishes)
    ask(wishes, by="Sara")
    wish = wishes.next()
    assert (wish.by, wish.is_manual) == ("Mia", True)


def test_a_wish_that_nobody_asked_for_waits_for_no_other():
    wishes = Wishes()
    assert wishes.want(Wish("start", is_manual=False))
    assert not wishes.want(Wish("auto", is_manual=False))
    assert wishes.next().by == "start"


def test_a_problem_is_told_to_whoever_waits_and_ends_the_run():
    wishes = Wishes()
    answer = ask(wishes)
    assert wishes.fail(ValueError()) is None
    wish = wishes.next()
    assert wishes.fail(ValueError("full")) is wish
    with pytest.raises(ValueError, match="full"):
        answer.result(0)
    assert not wishes.is_running


def test_closing_answers_all():
    wishes = Wishes()
    running = ask(wishes)
    wishes.next()
    waiting = ask(wishes, is_full=True)
    wishes.close(SyncResult(REFUSED, reason=STOPPED))
    assert {running.result(0).reason, waiting.result(0).reason} == {STOPPED}
