"""Tries are counted for ten minutes, whatever the clock does."""

from datetime import timedelta

import pytest

from backoffice_web.people.sign_in_tries import MOST_FROM_ONE_PLACE, WINDOW, TooManyTries, count_try
from tests.backoffice_web.builders import NOON

WHO = {"account": "owner@x.example", "address": "203.0.113.9"}


def test_a_clock_that_is_put_back_keeps_nobody_out_for_longer(office):
    with office.write() as session:
        for _try in range(MOST_FROM_ONE_PLACE):
            count_try(session, **WHO, now=NOON + timedelta(hours=3))
        for minutes in (0, 5):
            with pytest.raises(TooManyTries):
                count_try(session, **WHO, now=NOON + timedelta(minutes=minutes))
        count_try(session, **WHO, now=NOON + WINDOW + timedelta(seconds=1))
