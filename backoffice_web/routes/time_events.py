"""Forced Punch In/Out: the shifts, a new time event, and mending one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice_web import current
from backoffice_web.attendance.force import TimeEvent, event_of, force_punch, roles_of, words_of
from backoffice_web.attendance.list_shifts import punches_of
from backoffice_web.attendance.shift import Shift
from backoffice_web.forms.time_event_form import (
    TimeEventTexts,
    hours_to_choose,
    posted_time_event,
    read_time_event,
    texts_of_event,
)
from backoffice_web.people.employee import Employee, EmployeeStore
from backoffice_web.people.role import Role
from backoffice_web.publishing.published import head_version
from backoffice_web.routes.attendance import shift_list
from backoffice_web.routes.editing import Editor, save_record, show_new, show_record
from backoffice_web.routes.scope import shown_stores, stores_of
from backoffice_web.stores.store import Store
from shared_web.access import needs
from sync_contract.notice import Notice

blueprint = Blueprint("time_events", __name__)


class TimeEventEditor(Editor[Shift, TimeEvent, TimeEventTexts]):
    endpoint = "time_events"
    template = "backoffice/time_events/show.html"
    model = Shift
    is_published = False

    def blank(self) -> TimeEventTexts:
        stores = shown_stores(self.session)
        wanted = request.args.get("employee", "")[:64]
        return TimeEventTexts(store_id=stores[0].id if len(stores) == 1 else "", employee_id=wanted)

    def draft_of(self, row: Shift) -> TimeEvent:
        return event_of(row)

    def texts_of(self, draft: TimeEvent) -> TimeEventTexts:
        return texts_of_event(draft, time_zone=self._zone(draft.store_id))

    def posted(self, form: MultiDict[str, str]) -> TimeEventTexts:
        return posted_time_event(form)

    def read(self, texts: TimeEventTexts, before: TimeEvent | None) -> TimeEvent:
        zone = self._zone(before.store_id if before else texts.store_id)
        return read_time_event(texts, before, time_zone=zone)

    def save(
        self, draft: TimeEvent, *, key: str | None, revision: int | None, by: str, now: datetime
    ) -> Shift:
        return force_punch(self.session, draft, shift_id=key, revision=revision, by=by, now=now)

    def words(self, draft: TimeEvent) -> Mapping[str, str]:
        return words_of(self.session, draft)

    def belongs_to(self, row: Shift) -> list[str]:
        return [row.store_id]

    def records(self, key: str) -> list[tuple[str, str]]:
        return [("shift", key)]

    def context(self) -> dict[str, Any]:
        stores = shown_stores(self.session)
        return {
            "stores": [(store.id, store.name) for store in stores],
            "zones": {store.id: store.time_zone for store in self.session.scalars(select(Store))},
            "employees": _employees(self.session, stores),
            "hours_to_choose": lambda text, store_id: hours_to_choose(text, self._zone(store_id)),
            "roles_of": lambda employee: _roles(self.session, employee),
            "punches_of": lambda shift_id: punches_of(self.session, shift_id=shift_id),
        }

    def _zone(self, store_id: str) -> str:
        store = self.session.get(Store, store_id)
        return store.time_zone if store is not None else "UTC"


@blueprint.get("/time-events")
@needs("punch.edit")
def index() -> ResponseReturnValue:
    return shift_list("backoffice/time_events/index.html")


@blueprint.get("/time-events/new")
@needs("punch.edit")
def new() -> ResponseReturnValue:
    return show_new(TimeEventEditor)


@blueprint.get("/time-events/roles")
@needs("punch.edit")
def roles() -> ResponseReturnValue:
    """The roles of the person who was just chosen in the form."""
    with current.read() as session:
        found = _roles(session, request.args.get("employee_id", "")[:64])
    return render_template("backoffice/time_events/_roles.html", roles=found, chosen="", error="")


@blueprint.post("/time-events")
@needs("punch.edit")
def create() -> ResponseReturnValue:
    return _told(save_record(TimeEventEditor))


@blueprint.get("/time-events/<key>")
@needs("punch.edit")
def show(key: str) -> ResponseReturnValue:
    return show_record(TimeEventEditor, key)


@blueprint.post("/time-events/<key>")
@needs("punch.edit")
def update(key: str) -> ResponseReturnValue:
    return _told(save_record(TimeEventEditor, key))


def _told(answer: ResponseReturnValue) -> ResponseReturnValue:
    """The stores compare at once, so that the Time Clock follows before the next heartbeat."""
    if isinstance(answer, tuple):
        # The form again, with its refusals: nothing was saved.
        return answer
    with current.read() as session:
        versions = {store.id: head_version(session, store.id) for store in shown_stores(session)}
    for store_id, version in versions.items():
        current.office().notify(Notice(store=store_id, version=version, urgent=True))
    current.office().announcer.announce("office:punches", {}, room="office")
    return answer


def _employees(session: Session, stores: list[Store]) -> list[tuple[str, str]]:
    here = select(EmployeeStore.employee_id).where(EmployeeStore.store_id.in_([store.id for store in stores]))
    found = session.scalars(select(Employee).where(Employee.id.in_(here)).order_by(Employee.name))
    return [(employee.id, employee.name) for employee in found]


def _roles(session: Session, employee_id: str) -> list[tuple[str, str]]:
    employee = session.get(Employee, employee_id)
    if employee is None or not current.account().reaches(stores_of(employee)):
        return []
    names = dict(session.execute(select(Role.id, Role.name).where(Role.id.in_(roles_of(employee)))).all())
    return [(role, names[role]) for role in roles_of(employee) if role in names]
