"""The time event's fields as texts. Times are those of the store's wall clock: `2026-11-25T09:00`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from backoffice_web.attendance.force import TimeEvent
from backoffice_web.editing import Complaints
from shared_web.language import _

LONGEST = 64
# A database holds more, but no shift was in the Middle Ages.
YEARS = range(2000, 2100)


@dataclass(frozen=True, kw_only=True)
class TimeEventTexts:
    store_id: str = ""
    employee_id: str = ""
    business_date: str = ""
    role_id: str = ""
    clocked_in: str = ""
    clocked_out: str = ""


def texts_of_event(event: TimeEvent, *, time_zone: str) -> TimeEventTexts:
    return TimeEventTexts(
        store_id=event.store_id,
        employee_id=event.employee_id,
        business_date=event.business_date.isoformat(),
        role_id=event.role_id,
        clocked_in=_wall_clock(event.clocked_in_at, time_zone),
        clocked_out=_wall_clock(event.clocked_out_at, time_zone),
    )


def posted_time_event(form: Mapping[str, str]) -> TimeEventTexts:
    names = TimeEventTexts.__dataclass_fields__
    return TimeEventTexts(**{name: form.get(name, "").strip()[:LONGEST] for name in names})


def read_time_event(texts: TimeEventTexts, before: TimeEvent | None, *, time_zone: str) -> TimeEvent:
    """Raises RuleError with fields. What was not touched keeps its seconds, and its hour of two equal ones.

    `before`: a shift stays with its store and its person.
    """
    complaints = Complaints()
    began_at = _moment(
        texts.clocked_in, before.clocked_in_at if before else None, time_zone, "clocked_in", complaints
    )
    ended_at = _moment(
        texts.clocked_out, before.clocked_out_at if before else None, time_zone, "clocked_out", complaints
    )
    if not texts.clocked_in:
        complaints.add("clocked_in", _("Enter when the person came."))
    on = _day(texts.business_date, began_at, time_zone, complaints)
    complaints.raise_if_any()
    assert began_at is not None
    assert on is not None
    return TimeEvent(
        store_id=before.store_id if before else texts.store_id,
        employee_id=before.employee_id if before else texts.employee_id,
        business_date=on,
        role_id=texts.role_id,
        clocked_in_at=began_at,
        clocked_out_at=ended_at,
    )


def _wall_clock(at: datetime | None, time_zone: str) -> str:
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def _moment(
    text: str, before: datetime | None, time_zone: str, field: str, complaints: Complaints
) -> datetime | None:
    if not text:
        return None
    if before is not None and text == _wall_clock(before, time_zone):
        return before
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None or local.year not in YEARS:
        complaints.add(field, _("Enter a date and a time."))
        return None
    # Of the hour that comes twice when clocks go back, the first is meant.
    moment = local.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) != local:
        complaints.add(field, _("This time does not exist: the clocks went forward that night."))
        return None
    return moment


def _day(text: str, began_at: datetime | None, time_zone: str, complaints: Complaints) -> date | None:
    if not text and began_at is not None:
        return began_at.astimezone(ZoneInfo(time_zone)).date()
    try:
        on = date.fromisoformat(text)
    except ValueError:
        on = None
    if on is None or on.year not in YEARS:
        complaints.add("business_date", _("Choose a date."))
        return None
    return on
