"""Forced punch in and out: what is refused, what is kept, and what the store hears."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from backoffice_web.attendance.force import TimeEvent, event_of, force_punch
from backoffice_web.attendance.shift import Punch
from backoffice_web.bridge.status import status_of
from backoffice_web.people.employee import Employee
from backoffice_web.publishing.journal import JournalEntry
from shared_web.errors import RuleError, StaleEdit
from tests.backoffice_web.attendance.punches import punch, send, the_shift
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON, add_employee

LATER = NOON + timedelta(hours=20)


@pytest.fixture
def cara(office):
    with office.write() as session:
        return add_employee(session)


def event(**fields):
    usual = {
        "store_id": DOWNTOWN,
        "employee_id": "cara",
        "business_date": date(2025, 3, 14),
        "role_id": "cashier",
        "clocked_in_at": NOON,
        "clocked_out_at": NOON + timedelta(hours=8),
    }
    return TimeEvent(**{**usual, **fields})


def force(office, wanted=None, *, now=LATER, **more):
    with office.write() as session:
        return force_punch(session, wanted or event(), by="Max Manager", now=now, **more)


def heard(office, *, since=0, store=DOWNTOWN):
    with office.read() as session:
        return status_of(session, store_id=store, since=0, corrections_heard=since).corrections


def journal(office):
    with office.read() as session:
        rows = session.scalars(select(JournalEntry).where(JournalEntry.kind == "shift"))
        return {(row.action, row.field, row.before, row.after) for row in rows}


def test_a_time_event_is_a_shift_that_the_store_hears_of(office, cara):
    shift = force(office)
    assert the_shift(office, shift.id).corrected_by == "Max Manager"
    (told,) = heard(office)
    assert (told.shift, told.sequence, told.employee) == (shift.id, 1, "cara")
    assert heard(office, since=1) == ()
    assert heard(office, store=AIRPORT) == ()


def test_a_forgotten_clock_out_is_mended_beside_the_punches(office, cara):
    send(office, punch())
    shift = the_shift(office)
    mended = event(clocked_out_at=NOON + timedelta(hours=6))
    force(office, mended, shift_id=shift.id, revision=shift.revision)
    assert the_shift(office).clocked_out_at == NOON + timedelta(hours=6)
    with office.read() as session:
        assert [each.event for each in session.scalars(select(Punch))] == ["clock_in"]
    assert ("changed", "Check Out", "", "Mar 14, 2025, 2:00:00\u202fPM") in journal(office)
    # The forgotten press comes after all: what the office decided stays.
    send(office, punch("clock_out", hours=9))
    assert the_shift(office).clocked_out_at == NOON + timedelta(hours=6)


def test_a_mended_start_leaves_the_end_to_the_time_clock(office, cara):
    send(office, punch())
    shift = the_shift(office)
    force(
        office, event(clocked_in_at=NOON - timedelta(hours=1), clocked_out_at=None),
        shift_id=shift.id, revision=shift.revision, now=NOON + timedelta(hours=1),
    )  # fmt: skip
    send(office, punch("clock_out", hours=5))
    found = the_shift(office)
    assert (found.clocked_in_at, found.clocked_out_at) == (
        NOON - timedelta(hours=1),
        NOON + timedelta(hours=5),
    )


def test_what_somebody_else_mended_meanwhile_is_not_overwritten(office, cara):
    shift = force(office)
    with pytest.raises(StaleEdit):
        force(office, shift_id=shift.id, revision=shift.revision - 1)
    mended = event(clocked_out_at=NOON + timedelta(hours=7))
    force(office, mended, shift_id=shift.id, revision=shift.revision)
    assert [each.sequence for each in heard(office)] == [1, 2]
    assert event_of(the_shift(office, shift.id)).clocked_out_at == NOON + timedelta(hours=7)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"store_id": "nowhere"}, "store_id"),
        ({"employee_id": "nobody"}, "employee_id"),
        ({"store_id": AIRPORT}, "employee_id"),
        ({"role_id": "owner"}, "role_id"),
        ({"role_id": ""}, "role_id"),
        ({"clocked_in_at": LATER + timedelta(minutes=1), "clocked_out_at": None}, "clocked_in"),
        ({"clocked_out_at": LATER + timedelta(minutes=1)}, "clocked_out"),
        ({"clocked_out_at": NOON}, "clocked_out"),
        ({"clocked_in_at": LATER - timedelta(hours=25), "clocked_out_at": LATER}, "clocked_out"),
        ({"business_date": date(2025, 3, 20)}, "business_date"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(office, cara, fields, field):
    with pytest.raises(RuleError) as refused:
        force(office, event(**fields))
    assert field in refused.value.fields
    assert heard(office) == ()


@pytest.mark.parametrize(("began", "ended"), [(-1, 1), (1, 2), (7, 9), (-1, 10), (7, None)])
def test_nobody_works_twice_at_the_same_time(office, cara, began, ended):
    force(office)
    other = event(
        clocked_in_at=NOON + timedelta(hours=began),
        clocked_out_at=None if ended is None else NOON + timedelta(hours=ended),
    )
    with pytest.raises(RuleError, match="check what you entered") as refused:
        force(office, other)
    assert "overlaps" in refused.value.fields["clocked_in"]


def test_shifts_that_touch_do_not_overlap(office, cara):
    force(office)
    force(office, event(clocked_in_at=NOON + timedelta(hours=8), clocked_out_at=NOON + timedelta(hours=9)))
    assert len(heard(office)) == 2


def test_somebody_who_has_left_can_still_have_a_shift_mended(office, cara):
    shift = force(office)
    with office.write() as session:
        person = session.get(Employee, "cara")
        person.stores.clear()
        person.is_active = False
    force(office, event(clocked_out_at=NOON + timedelta(hours=5)), shift_id=shift.id, revision=shift.revision)
    assert the_shift(office, shift.id).clocked_out_at == NOON + timedelta(hours=5)
