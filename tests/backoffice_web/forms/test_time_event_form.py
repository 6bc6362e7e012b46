"""Times as people type them: on the store's wall clock, in every awkward night."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from backoffice_web.attendance.force import TimeEvent
from backoffice_web.forms.time_event_form import (
    TimeEventTexts,
    hours_to_choose,
    read_time_event,
    texts_of_event,
)
from shared_web.errors import RuleError

NEW_YORK = "America/New_York"
WHO = {"store_id": "s", "employee_id": "e", "role_id": "r"}
TWICE = "2025-11-02T01:30"


def read(clocked_in, clocked_out="", business_date="", before=None, zone=NEW_YORK):
    texts = TimeEventTexts(**WHO, clocked_in=clocked_in, clocked_out=clocked_out, business_date=business_date)
    return read_time_event(texts, before, time_zone=zone)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2025-03-14T09:00", at(2025, 3, 14, 13)),
        ("2025-12-31T23:30", at(2026, 1, 1, 4, 30)),
        ("2025-11-02T00:30", at(2025, 11, 2, 4, 30)),
        ("2025-11-02T02:30", at(2025, 11, 2, 7, 30)),
        ("2025-03-09T03:00", at(2025, 3, 9, 7)),
    ],
)
def test_the_wall_clock_of_the_store_is_read(typed, moment):
    assert read(typed).clocked_in_at == moment


@pytest.mark.parametrize("typed", ["2025-03-09T02:00", "2025-03-09T02:59"])
def test_an_hour_that_does_not_exist_is_refused(typed):
    with pytest.raises(RuleError) as refused:
        read(typed)
    assert "clocks went forward" in refused.value.fields["clocked_in"]


@pytest.mark.parametrize(
    "typed",
    ["", "yesterday", "2025-13-01T09:00", "2025-03-14T09:00Z", "0001-01-01T00:00", "9999-12-31T23:59"],
)
def test_anything_else_is_refused_beside_its_field(typed):
    with pytest.raises(RuleError) as refused:
        read(typed)
    assert "clocked_in" in refused.value.fields


def test_an_empty_form_is_told_all_that_it_needs_and_no_more():
    with pytest.raises(RuleError) as refused:
        read_time_event(TimeEventTexts(), None, time_zone=NEW_YORK)
    assert set(refused.value.fields) == {"store_id", "employee_id", "role_id", "clocked_in"}


def test_the_business_date_is_that_of_the_check_in_unless_it_is_chosen():
    assert read("2025-03-14T23:30").business_date == date(2025, 3, 14)
    assert read("2025-03-15T01:30", business_date="2025-03-14").business_date == date(2025, 3, 14)


def test_what_was_not_touched_keeps_its_seconds_and_its_hour_of_two_equal_ones():
    before = TimeEvent(
        store_id="s", employee_id="e", business_date=date(2025, 11, 2), role_id="r",
        clocked_in_at=at(2025, 11, 2, 6, 30, 12), clocked_out_at=at(2025, 11, 2, 12, 0, 59),
    )  # fmt: skip
    texts = texts_of_event(before, time_zone=NEW_YORK)
    assert texts.clocked_in == "2025-11-02T01:30"
    assert read_time_event(texts, before, time_zone=NEW_YORK) == before


@pytest.mark.parametrize(("hour", "moment"), [("1", at(2025, 11, 2, 5, 30)), ("2", at(2025, 11, 2, 6, 30))])
def test_of_an_hour_that_comes_twice_either_can_be_chosen(hour, moment):
    texts = TimeEventTexts(**WHO, clocked_in="2025-11-01T20:00", clocked_out=TWICE, clocked_out_hour=hour)
    assert read_time_event(texts, None, time_zone=NEW_YORK).clocked_out_at == moment


@pytest.mark.parametrize("hour", ["", "3", "x"])
def test_of_an_hour_that_comes_twice_none_is_guessed(hour):
    texts = TimeEventTexts(**WHO, clocked_in="2025-11-01T20:00", clocked_out=TWICE, clocked_out_hour=hour)
    with pytest.raises(RuleError) as refused:
        read_time_event(texts, None, time_zone=NEW_YORK)
    assert "choose which of the two" in refused.value.fields["clocked_out_hour"]


def test_both_hours_are_offered_with_the_zones_abbreviation():
    offered = [(hour, words.rpartition(" ")[2]) for hour, words in hours_to_choose(TWICE, NEW_YORK)]
    assert offered == [("1", "EDT"), ("2", "EST")]


@pytest.mark.parametrize("text", ["", "soon", "2025-11-02T00:30", "2025-11-02T02:00", "2025-03-09T02:30"])
def test_a_time_that_is_clear_offers_nothing(text):
    assert hours_to_choose(text, NEW_YORK) == []


def test_the_other_hour_is_chosen_for_a_shift_that_is_there():
    before = TimeEvent(
        store_id="s", employee_id="e", business_date=date(2025, 11, 1), role_id="r",
        clocked_in_at=at(2025, 11, 1, 22), clocked_out_at=at(2025, 11, 2, 5, 30, 12),
    )  # fmt: skip
    texts = texts_of_event(before, time_zone=NEW_YORK)
    assert texts.clocked_out_hour == "1"
    mended = read_time_event(replace(texts, clocked_out_hour="2"), before, time_zone=NEW_YORK)
    assert mended.clocked_out_at == at(2025, 11, 2, 6, 30)
    # A choice that is left over from another time counts for nothing.
    later = replace(texts, clocked_out="2025-11-02T03:00", clocked_out_hour="2")
    assert read_time_event(later, before, time_zone=NEW_YORK).clocked_out_at == at(2025, 11, 2, 8)
