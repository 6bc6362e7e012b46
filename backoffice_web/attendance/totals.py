"""What each person worked in some shifts, added up. All lengths are seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backoffice_web.attendance.derive import worked_s
from backoffice_web.attendance.shift import Shift


@dataclass(kw_only=True)
class Total:
    """`paid_s` is what counts as work: worked and paid breaks. `works_now`: a shift goes on, up to now."""

    employee_id: str = ""
    employee_name: str = ""
    shift_count: int = 0
    paid_s: int = 0
    paid_break_s: int = 0
    unpaid_break_s: int = 0
    works_now: bool = False

    @property
    def worked_s(self) -> int:
        return self.paid_s - self.paid_break_s

    @property
    def break_s(self) -> int:
        return self.paid_break_s + self.unpaid_break_s


def totals_per_person(shifts: Iterable[Shift], *, now: datetime) -> list[Total]:
    """By name; whoever changed their name has the newest, when the shifts come in their order."""
    found: dict[str, Total] = {}
    for shift in shifts:
        total = found.setdefault(shift.employee_id, Total(employee_id=shift.employee_id))
        total.employee_name = shift.employee_name
        _add(total, shift, now)
    return sorted(found.values(), key=lambda total: (total.employee_name.casefold(), total.employee_id))


def total_of_all(totals: Sequence[Total]) -> Total:
    return Total(
        shift_count=sum(each.shift_count for each in totals),
        paid_s=sum(each.paid_s for each in totals),
        paid_break_s=sum(each.paid_break_s for each in totals),
        unpaid_break_s=sum(each.unpaid_break_s for each in totals),
        works_now=any(each.works_now for each in totals),
    )


def _add(total: Total, shift: Shift, now: datetime) -> None:
    total.shift_count += 1
    total.paid_s += worked_s(shift, now=now)
    total.paid_break_s += shift.paid_break_s
    total.unpaid_break_s += shift.unpaid_break_s
    total.works_now = total.works_now or shift.clocked_out_at is None
