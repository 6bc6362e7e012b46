"""What lasts for a while ends, also by a clock that was put back meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from shared_web.clock import is_within
from shared_web.refusal_pace import RefusalPace

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "lasts"),
    [
        (timedelta(0), True),
        (timedelta(minutes=15) - timedelta.resolution, True),
        (timedelta(minutes=15), False),
        # Another machine's clock may be a little behind; one that was put back is hours behind.
        (timedelta(seconds=-60), True),
        (timedelta(seconds=-61), False),
        (timedelta(hours=-3), False),
    ],
)
def test_nothing_lasts_longer_because_the_clock_was_put_back(later, lasts):
    assert is_within(NOON + later, NOON, NOON + timedelta(minutes=15)) is lasts


def test_refusals_are_written_down_on_after_the_clock_was_put_back():
    pace = RefusalPace()
    assert pace.is_due("Mia", now=NOON + timedelta(hours=3))
    assert [pace.is_due("Mia", now=NOON) for _time in range(2)] == [True, False]
