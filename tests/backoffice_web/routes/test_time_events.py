"""Forced Punch In/Out and Attendance: lists, the form, its refusals, the file."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backoffice_web.attendance.shift import Shift
from backoffice_web.ledger.ingest import ingest
from backoffice_web.people.employee import Employee
from pos_web.time_clock.punch import open_shift
from sync_contract.uploads import TimePunch, encode_document
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import employee_of, first_store, give_permissions, office, till
from tests.waiting import wait_until

NEW_YORK_MORNING = "2026-11-20T09:00"


def the_person(evertill, role="cashier"):
    key = employee_of(evertill, role)
    with evertill.office_database.read() as session:
        return session.get(Employee, key)


def form(evertill, **fields):
    usual = {
        "store_id": first_store(evertill).id,
        "employee_id": employee_of(evertill, "cashier"),
        "role_id": "cashier",
        "business_date": "",
        "clocked_in": NEW_YORK_MORNING,
        "clocked_out": "2026-11-20T17:30",
        "action": "save",
    }
    return {**usual, **fields}


def shifts(evertill):
    with evertill.office_database.read() as session:
        return session.scalars(select(Shift)).all()


def send_punch(evertill, *, name="Mia", hours_ago=2):
    store = first_store(evertill)
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    punch = TimePunch(
        uuid=f"punch-{name}", store=store.id, terminal="t", employee="somebody", employee_name=name,
        shift=f"shift-{name}", event="clock_in", at=at, business_date=at.date(),
    )  # fmt: skip
    with evertill.office_database.write() as session:
        ingest(session, store_id=store.id, documents=[encode_document(punch)], now=at)
        session.commit()


def test_a_time_event_is_added_and_stands_in_both_lists(owner, evertill):
    answer = owner.post("/time-events", data=form(evertill))
    assert answer.status_code == 303
    name = the_person(evertill).name
    for path in ("/time-events", "/attendance"):
        page = owner.get(path).text
        assert name in page
        assert "8.50" in page


def test_a_shift_is_mended_by_its_form_and_the_journal_tells_both_values(owner, evertill):
    owner.post("/time-events", data=form(evertill, clocked_out=""))
    (shift,) = shifts(evertill)
    path = f"/time-events/{shift.id}"
    answer = post(owner, path, changed(fields_of(owner.get(path).text), clocked_out="2026-11-20T12:00"))
    assert answer.status_code == 303
    page = owner.get("/journal?kind=shift").text
    assert "12:00:00" in page
    assert "Check Out" in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"clocked_in": ""}, "Enter when the person came."),
        ({"clocked_in": "2999-01-01T00:00"}, "Enter a date and a time."),
        ({"clocked_in": "2099-01-01T00:00", "clocked_out": ""}, "cannot be in the future"),
        ({"role_id": "owner"}, "Choose one of the roles that this person has."),
        ({"employee_id": "<b>"}, "Choose an employee."),
        ({"store_id": "elsewhere"}, "Choose a store."),
        ({"business_date": "2026-11-01"}, "Choose the day of the check in"),
    ],
)
def test_bad_input_comes_back_with_a_sentence_and_what_was_typed(owner, evertill, fields, sentence):
    typed = form(evertill, **fields)
    answer = owner.post("/time-events", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    if "clocked_in" not in fields:
        assert NEW_YORK_MORNING in answer.text
    assert shifts(evertill) == []


def test_a_shift_is_mended_though_its_role_was_deleted(owner, evertill):
    owner.post("/time-events", data=form(evertill))
    with evertill.office_database.write() as session:
        shift = session.scalars(select(Shift)).one()
        shift.role_id, shift.role_name = "gone", "Barista"
        session.commit()
    later = form(evertill, role_id="gone", clocked_out="2026-11-20T18:00", revision=str(shift.revision))
    assert owner.post(f"/time-events/{shift.id}", data=later).status_code == 303
    assert [each.role_name for each in shifts(evertill)] == ["Barista"]


def test_only_the_roles_of_the_chosen_person_are_offered(owner, evertill):
    cashier = employee_of(evertill, "cashier")
    fragment = owner.get(f"/time-events/roles?employee_id={cashier}").text
    assert "Cashier" in fragment
    assert "Manager" not in fragment
    assert "No results match" in owner.get("/time-events/roles?employee_id=nobody").text


def test_the_lists_are_filtered_by_person_activity_and_date(owner, evertill):
    send_punch(evertill, name="Zoe")
    owner.post("/time-events", data=form(evertill))
    name = the_person(evertill).name
    for query, seen in (
        (f"employee={employee_of(evertill, 'cashier')}", {name}),
        ("status=active", {name}),
        ("status=inactive", {"Zoe"}),
        ("status=now", {"Zoe"}),
        ("from=2026-11-20&to=2026-11-20", {name}),
        ("from=2026-11-21&to=nonsense", {"Zoe"}),
        ("q=zo", {"Zoe"}),
    ):
        table = owner.get(f"/attendance?{query}").text.partition("<tbody>")[2]
        assert {each for each in (name, "Zoe") if each in table} == seen, query


def test_the_file_holds_hours_and_no_formula(owner, evertill):
    send_punch(evertill, name="=HYPERLINK(1)")
    owner.post("/time-events", data=form(evertill))
    answer = owner.get("/attendance.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row[9] for row in rows[1:]} >= {"8.50"}
    assert "'=HYPERLINK(1)" in {row[0] for row in rows}


def test_totals_per_person_are_those_of_the_chosen_days_on_the_page_and_in_the_file(owner, evertill):
    owner.post("/time-events", data=form(evertill))
    owner.post(
        "/time-events", data=form(evertill, clocked_in="2026-11-21T09:00", clocked_out="2026-11-21T13:00")
    )
    name = the_person(evertill).name
    for query, hours, count in (("", "12.50", "2"), ("&from=2026-11-21&to=2026-11-21", "4.00", "1")):
        table = owner.get(f"/attendance?by=person{query}").text.partition("<tbody>")[2]
        assert (name in table, table.count(hours)) == (True, 4), query  # worked and paid, of one and of all
        [head, row] = csv.reader(
            StringIO(owner.get(f"/attendance.csv?by=person{query}").text.removeprefix("\ufeff"))
        )
        assert head[-1] == "Paid hours"
        assert row == [name, count, hours, "0.00", "0.00", hours]
    nothing = owner.get("/attendance?by=person&from=2020-01-01&to=2020-01-02")
    assert "Nothing found" in nothing.text


def test_an_hour_that_comes_twice_is_asked_for_and_either_is_saved(owner, evertill):
    store_zone = first_store(evertill).time_zone
    assert store_zone == "America/New_York"
    night = {"clocked_in": "2026-10-31T20:00", "clocked_out": "2026-11-01T01:30"}
    asked = owner.post("/time-events", data=form(evertill, **night))
    assert asked.status_code == 422
    assert "EDT</option>" in asked.text and "EST</option>" in asked.text
    assert owner.post("/time-events", data=form(evertill, clocked_out_hour="2", **night)).status_code == 303
    [shift] = shifts(evertill)
    assert shift.clocked_out_at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert "1:30\u202fAM EST" in owner.get("/attendance").text
    # The form shows which it is; the other one is a change that the journal tells.
    path = f"/time-events/{shift.id}"
    mended = changed(fields_of(owner.get(path).text), clocked_out_hour="1")
    assert post(owner, path, mended).status_code == 303
    journal = owner.get("/journal?kind=shift").text
    assert "AM EST</del>" in journal and "AM EDT</ins>" in journal


@pytest.mark.parametrize(("held", "attendance", "events"), [
    ({"punch.view"}, 200, 403), ({"punch.view", "punch.edit"}, 200, 200), (set(), 403, 403),
])  # fmt: skip
def test_seeing_and_mending_are_two_permissions(evertill, held, attendance, events):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", {"office.sign_in", *held})
    client = office(evertill, role="manager")
    assert client.get("/attendance").status_code == attendance
    assert client.get("/attendance.csv").status_code == attendance
    assert client.get("/time-events").status_code == events
    if events == 403:
        assert client.post("/time-events", data=form(evertill)).status_code == 403
        assert shifts(evertill) == []


@pytest.mark.both_houses
def test_whoever_is_clocked_out_by_the_office_is_out_at_the_till(owner, evertill):
    store, person = first_store(evertill), employee_of(evertill, "cashier")
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = till(evertill)
    assert client.post("/punches/people", data={"employee": person, "pin": "1111"}).status_code == 303
    assert client.post("/punches/clock-ins").status_code == 303
    wait_until(lambda: shifts(evertill))
    (shift,) = shifts(evertill)
    path = f"/time-events/{shift.id}"
    ended = shift.clocked_in_at.replace(second=0, microsecond=0)
    # Came an hour earlier than they punched, and left since.
    wanted = changed(
        fields_of(owner.get(path).text),
        clocked_in=_wall_clock(ended - timedelta(hours=1)),
        clocked_out=_wall_clock(ended),
    )
    assert post(owner, path, wanted).status_code == 303

    def is_out():
        with evertill.book.read() as book:
            return open_shift(book, store_id=store.id, employee=person) is None

    wait_until(is_out)


def _wall_clock(at):
    return at.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")
