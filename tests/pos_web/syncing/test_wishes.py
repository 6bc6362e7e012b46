import pytest

from pos_web.syncing.sync_result import APPLIED, REFUSED, STOPPED, SyncResult
from pos_web.syncing.wishes import Wish, Wishes


def ask(wishes, **how):
    return wishes.ask(**({"by": "Mia", "is_manual": True, "is_full": False, "takes_older": False} | how))


def test_wishes_that_meet_become_one_that_is_enough_for_all():
    wishes = Wishes()
    answers = {ask(wishes), ask(wishes, is_full=True), ask(wishes, takes_older=True)}
    assert len(answers) == 1
    wish = wishes.next()
    assert (wish.is_full, wish.takes_older, wish.is_manual) == (True, True, True)


def test_who_comes_during_a_run_shares_it_if_it_is_enough():
    wishes = Wishes()
    running = ask(wishes)
    wishes.next()
    assert ask(wishes) is running
    assert ask(wishes, is_full=True) is not running
    wishes.answer(SyncResult(APPLIED))
    assert running.result(0).is_success
    assert wishes.next().is_full


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
