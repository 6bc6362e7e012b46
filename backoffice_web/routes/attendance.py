"""Attendance: who worked when, with hours, as a list and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.attendance.derive import worked_s
from backoffice_web.attendance.list_shifts import (
    DEFAULT_SORT,
    FILTERS,
    SORTS,
    all_shifts,
    people_of,
    shifts_page,
)
from backoffice_web.attendance.totals import total_of_all, totals_per_person
from backoffice_web.listing import Page, Wish, read_wish
from backoffice_web.reports.attendance_csv import attendance_csv, hours, totals_csv
from backoffice_web.routes.scope import shown_stores
from shared_web.access import needs

blueprint = Blueprint("attendance", __name__)


@blueprint.get("/attendance")
@needs("punch.view")
def index() -> ResponseReturnValue:
    if _wish().filter("by") == "person":
        return _totals()
    return shift_list("backoffice/attendance/index.html")


@blueprint.get("/attendance.csv")
@needs("punch.view")
def export() -> ResponseReturnValue:
    """The whole list, or all totals, that the same URL shows."""
    response = Response(stream_with_context(_csv(_wish())), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="attendance.csv"'
    return response


def shift_list(template: str) -> str:
    """The shifts that the URL asks for, in one of the two lists that show them."""
    wish, now = _wish(), current.now()
    with current.read() as session:
        stores = shown_stores(session)
        page = shifts_page(session, wish, stores=stores)
        return render_template(
            template,
            page=page,
            people=people_of(session, stores),
            stores={store.id: store for store in stores},
            hours=lambda shift: hours(worked_s(shift, now=now)),
            break_hours=lambda shift: hours(shift.paid_break_s + shift.unpaid_break_s),
        )


def _totals() -> str:
    wish = _wish()
    with current.read() as session:
        stores = shown_stores(session)
        totals = totals_per_person(all_shifts(session, wish, stores=stores), now=current.now())
        people = people_of(session, stores)
    return render_template(
        "backoffice/attendance/totals.html",
        page=Page(wish=wish, rows=totals, total=len(totals)),
        all=total_of_all(totals),
        people=people,
        hours=hours,
    )


def _csv(wish: Wish) -> Iterator[str]:
    with current.read() as session:
        stores, now = shown_stores(session), current.now()
        shifts = all_shifts(session, wish, stores=stores)
        if wish.filter("by") == "person":
            yield from totals_csv(totals_per_person(shifts, now=now))
        else:
            yield from attendance_csv(shifts, stores={store.id: store for store in stores}, now=now)


def _wish() -> Wish:
    return read_wish(request.args, sorts=tuple(SORTS), default_sort=DEFAULT_SORT, filters=FILTERS)
