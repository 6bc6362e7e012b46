"""A clock that is wrong is shown, and changes nothing."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.office_clock import OfficeClock
from tests.pos_web.till import words

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(("ahead", "shown"), [(timedelta(hours=3), 10_800), (timedelta(hours=-2), -7_200)])
def test_a_clock_that_is_wrong_by_hours_is_told(ahead, shown):
    clock = OfficeClock(lambda: NOON + ahead)
    clock.hear(format_datetime(NOON))
    assert clock.wrong_by_s == shown


@pytest.mark.parametrize("seconds", [0, 1, 119, -119])
def test_what_a_date_in_whole_seconds_and_a_slow_answer_explain_is_not(seconds):
    clock = OfficeClock(lambda: NOON + timedelta(seconds=seconds))
    clock.hear(format_datetime(NOON))
    assert clock.wrong_by_s == 0


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 9999 99:99:99 GMT", "\x00"])
def test_an_answer_without_a_readable_date_teaches_nothing(date):
    clock = OfficeClock(lambda: NOON)
    clock.hear(date)
    assert clock.wrong_by_s == 0


def test_every_answer_of_the_office_is_heard():
    far = format_datetime(datetime.now(UTC) - timedelta(hours=5))
    office = httpx2.MockTransport(lambda request: httpx2.Response(200, json=[], headers={"Date": far}))
    client = BridgeClient("http://office/bridge/v1", "token", office)
    client.stores()
    assert client.clock_wrong_by_s == pytest.approx(5 * 3600, abs=5)


def test_the_till_shows_it(till, pos, monkeypatch):
    agent = pos.extensions["pos"].agent
    assert "clock is" not in words(till.page("/status"))
    monkeypatch.setattr(agent._client._clock, "_ahead_s", -7_200.0)
    assert "This computer's clock is 120 minutes behind the Back Office's." in words(till.page("/status"))
