"""The time event's fields as texts. Times are those of the store's wall clock: `2026-11-25T09:00`.

In the night in which clocks go back an hour comes twice: then `…_hour` says which one, "1" or "2".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from backoffice_web.attendance.force import TimeEvent
from backoffice_web.editing import Complaints
from shared_web.formats import local_datetime, which_hour
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
    clocked_in_hour: str = ""
    clocked_out: str = ""
    clocked_out_hour: str = ""


def texts_of_event(event: TimeEvent, *, time_zone: str) -> TimeEventTexts:
    return TimeEventTexts(
        store_id=event.store_id,
        employee_id=event.employee_id,
        business_date=event.business_date.isoformat(),
        role_id=event.role_id,
        clocked_in=_wall_clock(event.clocked_in_at, time_zone),
        clocked_in_hour=_hour_of(event.clocked_in_at, time_zone),
        clocked_out=_wall_clock(event.clocked_out_at, time_zone),
        clocked_out_hour=_hour_of(event.clocked_out_at, time_zone),
    )


def posted_time_event(form: Mapping[str, str]) -> TimeEventTexts:
    names = TimeEventTexts.__dataclass_fields__
    return TimeEventTexts(**{name: form.get(name, "").strip()[:LONGEST] for name in names})


def read_time_event(texts: TimeEventTexts, before: TimeEvent | None, *, time_zone: str) -> TimeEvent:
    """Raises RuleError with fields. What was not touched keeps its seconds, and its hour of two equal ones.

    `before`: a shift stays with its store and its person.
    """
    complaints = Complaints()
    if not before and not texts.store_id:
        complaints.add("store_id", _("Choose a store."))
    if not before and not texts.employee_id:
        complaints.add("employee_id", _("Choose an employee."))
    if not texts.role_id:
        complaints.add("role_id", _("Choose one of the roles that this person has."))
    began_at = _moment(texts, before.clocked_in_at if before else None, time_zone, "clocked_in", complaints)
    ended_at = _moment(texts, before.clocked_out_at if before else None, time_zone, "clocked_out", complaints)
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


def hours_to_choose(text: str, time_zone: str) -> list[tuple[str, str]]:
    """Both hours that a typed time may mean, in words with the zone's abbreviation; none when it is clear."""
    moments = _meant(_local(text), time_zone)
    if len(moments) < 2:
        return []
    return [(hour, local_datetime(at, time_zone, "short")) for hour, at in moments.items()]


def _wall_clock(at: datetime | None, time_zone: str) -> str:
    return at.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def _hour_of(at: datetime | None, time_zone: str) -> str:
    if at is None or not which_hour(at, time_zone):
        return ""
    return "2" if at.astimezone(ZoneInfo(time_zone)).fold else "1"


def _moment(
    texts: TimeEventTexts, before: datetime | None, time_zone: str, field: str, complaints: Complaints
) -> datetime | None:
    text, hour = getattr(texts, field), getattr(texts, f"{field}_hour")
    if not text:
        return None
    if before is not None and (text, hour) == (_wall_clock(before, time_zone), _hour_of(before, time_zone)):
        return before
    local = _local(text)
    if local is None:
        complaints.add(field, _("Enter a date and a time."))
        return None
    moments = _meant(local, time_zone)
    if not moments:
        complaints.add(field, _("This time does not exist: the clocks went forward that night."))
    elif len(moments) == 1:
        return moments["1"]
    elif hour not in moments:
        complaints.add(f"{field}_hour", _("The clocks went back that night: choose which of the two it is."))
    return moments.get(hour)


def _local(text: str) -> datetime | None:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local if local.tzinfo is None and local.year in YEARS else None


def _meant(local: datetime | None, time_zone: str) -> dict[str, datetime]:
    """The moments (UTC) at which the wall clock shows `local`: none, one, or two."""
    if local is None:
        return {}
    zone = ZoneInfo(time_zone)
    moments = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = sorted(at for at in moments if at.astimezone(zone).replace(tzinfo=None, fold=0) == local)
    return {str(number): at for number, at in enumerate(shown, 1)}


def _day(text: str, began_at: datetime | None, time_zone: str, complaints: Complaints) -> date | None:
    if not text:
        return began_at.astimezone(ZoneInfo(time_zone)).date() if began_at is not None else None
    try:
        on = date.fromisoformat(text)
    except ValueError:
        on = None
    if on is None or on.year not in YEARS:
        complaints.add("business_date", _("Choose a date."))
        return None
    return on
