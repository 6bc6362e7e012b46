"""Attendance as a CSV file that spreadsheets open: one line per shift or per person.

Hours are decimals with a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from backoffice_web.attendance.derive import worked_s
from backoffice_web.attendance.shift import Shift
from backoffice_web.attendance.totals import Total
from backoffice_web.reports.csv_lines import BYTE_ORDER_MARK, as_text, csv_line
from backoffice_web.stores.store import Store
from shared_web.language import _


def attendance_csv(shifts: Iterable[Shift], *, stores: Mapping[str, Store], now: datetime) -> Iterator[str]:
    """The file piece by piece. A shift that still goes on counts to `now` and has no end."""
    yield BYTE_ORDER_MARK + csv_line(
        [
            _("Employee"), _("Role"), _("Store"), _("Business Date"), _("Check In"), _("Check Out"),
            _("Time zone"), _("Paid breaks (h)"), _("Unpaid breaks (h)"), _("Hours"), _("Corrected by"),
            _("Shift"),
        ]
    )  # fmt: skip
    for shift in shifts:
        yield csv_line(_cells(shift, stores[shift.store_id], now))


def totals_csv(totals: Iterable[Total]) -> Iterator[str]:
    """The file piece by piece. Paid hours are those worked and the paid breaks."""
    yield BYTE_ORDER_MARK + csv_line(
        [
            _("Employee"), _("Shifts"), _("Worked (h)"), _("Paid breaks (h)"), _("Unpaid breaks (h)"),
            _("Paid hours"),
        ]
    )  # fmt: skip
    for each in totals:
        lengths = (each.worked_s, each.paid_break_s, each.unpaid_break_s, each.paid_s)
        yield csv_line(
            [as_text(each.employee_name), str(each.shift_count), *(hours(length) for length in lengths)]
        )


def hours(seconds: int) -> str:
    """Seconds as hours with two decimals: `7.50`."""
    return f"{seconds / 3600:.2f}"


def _cells(shift: Shift, store: Store, now: datetime) -> list[str]:
    return [
        as_text(shift.employee_name),
        as_text(shift.role_name),
        as_text(store.name),
        shift.business_date.isoformat(),
        _wall_clock(shift.clocked_in_at, store),
        _wall_clock(shift.clocked_out_at, store) if shift.clocked_out_at is not None else "",
        store.time_zone,
        hours(shift.paid_break_s),
        hours(shift.unpaid_break_s),
        hours(worked_s(shift, now=now)),
        as_text(shift.corrected_by),
        as_text(shift.id),
    ]


def _wall_clock(at: datetime, store: Store) -> str:
    local = at.astimezone(ZoneInfo(store.time_zone)).replace(tzinfo=None)
    return local.isoformat(sep=" ", timespec="seconds")
