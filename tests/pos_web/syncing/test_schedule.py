import pytest

from pos_web.syncing.schedule import Pace, Schedule
from pos_web.syncing.sync_result import (
    APPLIED,
    FAILED,
    NOT_PAIRED,
    OFFICE_ERROR,
    OFFLINE,
    REFUSED,
    SyncResult,
)

PACE = Pace()


@pytest.fixture
def schedule():
    return Schedule(PACE, now=100.0, chance=lambda: 0.5)


def test_the_first_comparison_is_due_at_once(schedule):
    assert schedule.is_comparison_due(100.0)
    assert not schedule.is_sync_due(100.0)


@pytest.mark.parametrize(("chance", "period"), [(0.0, 24.0), (0.5, 30.0), (0.999999, 36.0)])
def test_the_heartbeat_is_spread_by_a_fifth(chance, period):
    schedule = Schedule(PACE, now=0.0, chance=lambda: chance)
    schedule.compared(now=0.0)
    assert schedule.compare_at == pytest.approx(period, abs=0.01)


def test_an_empty_store_asks_more_often(schedule):
    schedule.compared(now=100.0, is_empty=True)
    assert schedule.compare_at == 105.0


def test_a_known_update_is_applied_after_the_period_from_when_it_was_first_known(schedule):
    schedule.is_behind(version=5, wait_s=15, now=100.0)
    schedule.is_behind(version=6, wait_s=15, now=110.0)
    assert not schedule.is_sync_due(114.9)
    assert schedule.is_sync_due(115.0)


def test_an_urgent_update_comes_at_once_even_if_another_waits(schedule):
    schedule.is_behind(version=5, wait_s=900, now=100.0)
    schedule.is_behind(version=6, wait_s=0, now=101.0)
    assert schedule.is_sync_due(101.0)


def test_a_pressed_sync_makes_the_automatic_one_needless(schedule):
    schedule.is_behind(version=5, wait_s=15, now=100.0)
    schedule.synced(SyncResult(APPLIED), version=5, now=101.0)
    assert schedule.sync_at is None


def test_a_version_that_failed_is_not_fetched_again_in_a_hurry_but_a_newer_one_is(schedule):
    for _each in range(12):
        schedule.synced(SyncResult(FAILED), version=5, now=100.0)
    schedule.is_behind(version=5, wait_s=15, now=130.0)
    assert schedule.sync_at == 325.0
    schedule.is_behind(version=6, wait_s=15, now=140.0)
    assert schedule.sync_at == 155.0


@pytest.mark.parametrize("trouble", [SyncResult(REFUSED, reason=OFFICE_ERROR), SyncResult(OFFLINE)])
def test_one_fault_of_the_office_costs_two_seconds_and_many_cost_more(schedule, trouble):
    schedule.compared(now=100.0)
    schedule.synced(trouble, version=5, now=100.0)
    assert schedule.seconds_until_next(100.0) == 1.5
    # A newer version is in the same trouble.
    schedule.is_behind(version=6, wait_s=0, now=100.0)
    assert schedule.sync_at == 101.5
    schedule.synced(trouble, version=6, now=101.5)
    schedule.is_behind(version=6, wait_s=0, now=101.5)
    assert schedule.sync_at == 104.5


def test_a_success_makes_the_next_failure_cheap_again(schedule):
    for _each in range(9):
        schedule.synced(SyncResult(REFUSED, reason=OFFICE_ERROR), version=5, now=100.0)
    schedule.synced(SyncResult(APPLIED), version=5, now=100.0)
    schedule.synced(SyncResult(REFUSED, reason=OFFICE_ERROR), version=6, now=100.0)
    schedule.is_behind(version=6, wait_s=0, now=100.0)
    assert schedule.sync_at == 101.5


def test_the_office_is_not_asked_before_the_time_that_it_named(schedule):
    schedule.is_in_trouble(SyncResult(REFUSED, reason=OFFICE_ERROR, retry_after_s=120), now=100.0)
    assert not schedule.may_ask(219.9)
    assert schedule.may_ask(220.0)
    assert schedule.compare_at == 221.5
    # Not even when the line was cut in between, or the replica wants to be mended.
    schedule.line_is_new(now=110.0)
    assert schedule.seconds_until_next(110.0) == 110.0
    schedule.is_behind(version=9, wait_s=0, now=110.0)
    assert schedule.sync_at == 220.0


def test_news_of_the_line_ends_our_own_pause(schedule):
    for _each in range(9):
        schedule.is_in_trouble(SyncResult(REFUSED, reason=OFFICE_ERROR), now=100.0)
    assert schedule.compare_at == 325.0
    schedule.line_is_new(now=110.0)
    assert schedule.is_comparison_due(110.0)


@pytest.mark.parametrize("settled", [SyncResult(OFFLINE), SyncResult(REFUSED, reason=NOT_PAIRED)])
def test_an_office_that_is_gone_or_says_a_plain_no_is_asked_at_the_usual_pace(schedule, settled):
    schedule.compared(now=100.0, is_reachable=False)
    for _each in range(9):
        schedule.is_in_trouble(settled, now=100.0)
    assert schedule.compare_at == 110.0


def test_the_thread_sleeps_until_what_comes_first(schedule):
    schedule.compared(now=100.0)
    assert schedule.seconds_until_next(100.0) == 30.0
    schedule.is_behind(version=2, wait_s=15, now=100.0)
    assert schedule.seconds_until_next(105.0) == 10.0
    assert schedule.seconds_until_next(200.0) == 0.0
