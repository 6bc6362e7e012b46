"""The own password once more before what hands out access; what was typed is kept and carried on."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from backoffice_web.people.employee import Employee
from backoffice_web.people.office_session import CONFIRMED_FOR
from backoffice_web.people.role import Role
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.saved_change import mark
from shared_web.access import requirement_of
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.backoffice_web.routes.signing import Clock, signed_in
from tests.cast import employee_of, first_store, first_terminal
from tests.conftest import OWNER_PASSWORD
from tests.rubbish import MARKUP, RUBBISH, Page, encoded, naughty_strings

HTMX = {"HX-Request": "true"}


@pytest.fixture
def clock(evertill):
    return Clock(evertill)


@pytest.fixture
def owner(evertill, clock):
    """The owner, who signed in sixteen minutes ago."""
    client = signed_in(evertill)
    clock.move(CONFIRMED_FOR + timedelta(minutes=1))
    return client


def confirm(client, password=OWNER_PASSWORD, **more):
    return client.post("/confirmations", data={"current_password": password, **more}, headers=HTMX)


def name_of_role(evertill, key):
    with evertill.office_database.read() as session:
        return session.get(Role, key).name


def guarded_forms(evertill, page):
    """Each posting form of the page: its action, does its route want the password, does it say so itself?"""
    urls = evertill.backoffice.url_map.bind("localhost")
    for form in re.findall(r"<form[^>]*method=\"post\"[^>]*>", page):
        action = urlsplit(re.search(r'action="([^"]*)"', form)[1]).path.removeprefix("/backoffice")
        try:
            endpoint, _arguments = urls.match(action, method="POST")
        except HTTPException:
            continue
        yield (
            action,
            requirement_of(evertill.backoffice, endpoint).wants_password,
            "data-wants-password" in form,
        )


def test_a_fresh_sign_in_is_not_asked(evertill, clock):
    client = signed_in(evertill)
    clock.move(CONFIRMED_FOR - timedelta(seconds=1))
    assert client.get("/confirmations/new", headers=HTMX).status_code == 204
    assert client.post("/sign-in-policy", data={}).status_code == 303


def test_after_a_quarter_of_an_hour_access_is_handed_out_for_the_password_only(owner, evertill, clock):
    asked = owner.get("/confirmations/new", headers=HTMX)
    assert "Confirm your password" in asked.text and "data-open-on-load" in asked.text
    code = f"/terminals/{first_terminal(evertill).id}/registration-codes"
    paths = (
        "/sign-in-policy", "/employee-batches", "/roles", "/employees", "/store-nodes/pairing-codes", code,
    )  # fmt: skip
    for path in paths:
        answer = owner.post(path, data={})
        assert (answer.status_code, "Confirm your password" in answer.text) == (403, True), path
    assert owner.post("/items", data={"action": "save"}).status_code == 422
    right = confirm(owner)
    assert (right.status_code, right.headers["HX-Trigger"]) == (204, '{"password:confirmed": {}}')
    assert owner.post("/sign-in-policy", data={}).status_code == 303
    clock.move(CONFIRMED_FOR)
    assert owner.post("/sign-in-policy", data={}).status_code == 403


def test_without_script_the_form_is_kept_and_sent_again_after_the_password(owner, evertill):
    fields = changed(fields_of(owner.get("/roles/cashier").text), name="Barkeeper")
    asked = post(owner, "/roles/cashier", fields, action="publish")
    assert asked.status_code == 403 and name_of_role(evertill, "cashier") == "Cashier"
    (form,) = [one for one in Page(asked.text).forms if one.action.endswith("/confirmations")]
    kept = [pair for pair in form.pairs() if pair[0] != "current_password"]
    wrong = owner.post("/confirmations", data=as_form([*kept, ("current_password", "no")]))
    assert wrong.status_code == 422 and "This is not your password." in wrong.text
    (form,) = [one for one in Page(wrong.text).forms if one.action.endswith("/confirmations")]
    kept = [pair for pair in form.pairs() if pair[0] != "current_password"]
    sent = as_form([*kept, ("current_password", OWNER_PASSWORD)])
    onward = owner.post("/confirmations", data=sent)
    assert (onward.status_code, onward.location) == (307, "/backoffice/roles/cashier")
    # A browser sends the same body once more.
    assert owner.post("/roles/cashier", data=sent).status_code == 303
    assert name_of_role(evertill, "cashier") == "Barkeeper"


def as_form(pairs):
    """Pairs as the test client takes them."""
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def test_a_typed_secret_never_comes_back(owner, evertill):
    key = employee_of(evertill, "cashier")
    fields = changed(fields_of(owner.get(f"/employees/{key}").text), pin="8391", phone="555-0199")
    asked = post(owner, f"/employees/{key}", fields, action="publish")
    assert asked.status_code == 403 and "8391" not in asked.text
    assert "Nothing was saved yet." in asked.text and 'name="again" value=""' in asked.text
    told = owner.post("/confirmations", data={"again": "", "current_password": OWNER_PASSWORD})
    assert told.location == "/backoffice/"
    assert post(owner, f"/employees/{key}", fields, action="publish").status_code == 303
    with evertill.office_database.read() as session:
        assert session.get(Employee, key).phone == "555-0199"


def test_whatever_was_typed_is_kept_without_breaking_the_page(owner):
    for typed in (*RUBBISH, *naughty_strings(every=20)):
        body = encoded([("name", typed), (typed or "x", "1"), ("again", typed)])
        for path in ("/roles", "/confirmations"):
            answer = owner.post(path, data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in {400, 403, 422, 429}, (path, typed[:40])
            assert MARKUP not in answer.text


@pytest.mark.parametrize("again", ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil"])
def test_a_kept_form_goes_to_our_own_pages_alone(owner, again):
    answer = owner.post("/confirmations", data={"again": again, "current_password": OWNER_PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/backoffice/")


def test_guessing_ends_and_is_in_the_journal(owner, evertill):
    for _try in range(8):
        assert confirm(owner, "wrong").status_code == 422
    assert confirm(owner).status_code == 429
    with evertill.office_database.read() as session:
        refused = session.scalars(select(JournalEntry).where(JournalEntry.action == "refused")).all()
    assert len(refused) == 9 and {entry.kind for entry in refused} == {"session"}


def test_somebody_elses_browser_is_not_confirmed_along(owner, evertill, clock):
    other = signed_in(evertill)
    clock.move(CONFIRMED_FOR)
    confirm(other)
    assert owner.post("/sign-in-policy", data={}).status_code == 403


def test_a_password_is_wanted_again_after_the_clock_was_put_back(owner, clock):
    confirm(owner)
    clock.move(timedelta(hours=-3))
    assert owner.post("/sign-in-policy", data={}).status_code == 403
    confirm(owner)
    assert owner.post("/sign-in-policy", data={}).status_code != 403


def test_publishing_a_role_that_waits_wants_the_password_and_the_rest_does_not(owner, evertill, clock):
    store = first_store(evertill)
    form = {"publish_to": store.id, "everything": "1"}
    assert "data-wants-password" not in owner.get("/publications").text
    assert owner.post("/publications", data=form).status_code != 403
    with evertill.office_database.write() as session:
        mark(session, [("role", "cashier")], stores=[store.id], by="Upgrade", now=clock.at)
        session.get(Role, "cashier").permissions = ["order.create"]
        session.commit()
    assert "data-wants-password" in owner.get("/publications").text
    asked = owner.post("/publications", data=form)
    assert asked.status_code == 403 and "Confirm your password" in asked.text
    confirm(owner)
    assert owner.post("/publications", data=form).status_code == 303


def test_every_form_that_wants_the_password_says_so_to_the_script(owner, evertill):
    key, terminal = employee_of(evertill, "cashier"), first_terminal(evertill).id
    pages = (
        "/employees", "/employees/new", f"/employees/{key}", f"/employees/{key}/menu", "/roles", "/roles/new",
        "/roles/cashier", "/sign-in-policy", "/terminals", f"/terminals/{terminal}",
        "/store-nodes/new", "/items", "/profile",
    )  # fmt: skip
    found = [one for page in pages for one in guarded_forms(evertill, owner.get(page).text)]
    code = f"/terminals/{terminal}/registration-codes"
    assert sum(one == (code, True, True) for one in found) == 2, "on the board and on its own page"
    assert {action for action, wants, _says in found if wants} >= {
        "/employees", f"/employees/{key}", "/employee-batches", "/roles", "/roles/cashier",
        "/roles/cashier/removal", "/sign-in-policy", "/store-nodes/pairing-codes",
    }  # fmt: skip
    assert [action for action, wants, says in found if wants is not says] == []
