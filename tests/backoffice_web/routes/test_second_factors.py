"""Setting the second factor up and taking it away; what the business demands; what an admin resets."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from backoffice_web.people.employee import Employee
from backoffice_web.people.role import Role
from backoffice_web.people.second_factor import RecoveryCode
from backoffice_web.publishing.journal import JournalEntry
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.backoffice_web.routes.signing import Clock, browser, enrol, is_in, sign_in, signed_in, the_owner
from tests.cast import employee_of, office
from tests.conftest import OWNER_PASSWORD
from tests.crawl import FORM
from tests.rubbish import Page, encoded


@pytest.fixture
def clock(evertill):
    return Clock(evertill)


def test_it_is_set_up_by_scanning_and_a_code_and_shows_its_recovery_codes_once(evertill, clock):
    client = signed_in(evertill)
    page = client.get("/second-factor").text
    assert "<svg" in page and "otpauth" not in page
    secret, codes = enrol(client, clock)
    assert len(set(codes)) == 10
    assert is_in(client)
    again = client.get("/second-factor").text
    assert secret not in again and codes[0] not in again and "10 recovery codes are left." in again
    with evertill.office_database.read() as session:
        kept = session.scalars(select(RecoveryCode.digest)).all()
        entries = session.scalars(select(JournalEntry).where(JournalEntry.field == "Second factor")).all()
    assert not {code.replace("-", "") for code in codes} & set(kept)
    assert [entry.after for entry in entries] == ["on"]


def test_setting_it_up_signs_out_everywhere_else(evertill, clock):
    here, elsewhere = signed_in(evertill), signed_in(evertill)
    enrol(here, clock)
    assert is_in(here) and not is_in(elsewhere)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "000000"}, "This code is wrong or too old."),
        ({"current_password": "wrong"}, "This is not your password."),
        ({"token": "x"}, "This page is too old."),
    ],
)
def test_a_mistake_is_said_and_the_same_picture_stays(evertill, clock, changes, words):
    client = signed_in(evertill)
    page = client.get("/second-factor").text
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    key = re.search(r'<code class="key">([^<]+)</code>', page)[1]
    secret = re.sub(r"\s", "", key)
    good = {"token": token, "code": pyotp.TOTP(secret).at(clock.at), "current_password": OWNER_PASSWORD}
    refused = client.post("/second-factor", data=good | changes)
    assert refused.status_code == 422 and words in refused.text
    assert (key in refused.text) is ("token" not in changes)
    assert OWNER_PASSWORD not in refused.text
    assert the_owner(evertill).totp_secret is None


def test_a_secret_shown_to_somebody_else_cannot_be_set_up(evertill, clock):
    theirs = office(evertill, role="manager")
    token = re.search(r'name="token" value="([^"]+)"', theirs.get("/second-factor").text)[1]
    answer = signed_in(evertill).post("/second-factor", data={"token": token, "code": "000000",
                                                             "current_password": OWNER_PASSWORD})  # fmt: skip
    assert answer.status_code == 422 and "too old" in answer.text


def test_it_is_turned_off_with_the_password_alone(evertill, clock):
    client = signed_in(evertill)
    enrol(client, clock)
    wrong = client.post("/second-factor/removal", data={"current_password": "x"})
    assert wrong.status_code == 422 and the_owner(evertill).totp_secret
    assert client.post("/second-factor/removal", data={"current_password": OWNER_PASSWORD}).status_code == 303
    assert the_owner(evertill).totp_secret is None
    assert sign_in(browser(evertill)).location == "/backoffice/"


def test_new_recovery_codes_end_the_old_ones(evertill, clock):
    client = signed_in(evertill)
    _secret, old = enrol(client, clock)
    page = client.post("/recovery-codes", data={"current_password": OWNER_PASSWORD}).text
    new = re.findall(r"<li><code>([a-z0-9-]+)</code></li>", page)
    assert len(new) == 10 and not set(new) & set(old)
    for word, expected in ((old[0], 422), (new[0], 303)):
        again = browser(evertill)
        sign_in(again)
        assert again.post("/sign-in/code", data={"code": word}).status_code == expected


def test_guessing_the_own_password_ends_too(evertill, clock):
    client = signed_in(evertill)
    for _try in range(8):
        assert client.post("/recovery-codes", data={"current_password": "x"}).status_code == 422
    assert client.post("/recovery-codes", data={"current_password": OWNER_PASSWORD}).status_code == 429


def test_whoever_must_have_one_reaches_nothing_else_before(evertill, clock):
    owner = signed_in(evertill)
    manager = office(evertill, role="manager")
    assert owner.post("/sign-in-policy", data={"wants_second_factor": "1"}).status_code == 303
    for client in (owner, manager):
        for path in ("/items", "/profile", "/employees", "/"):
            assert client.get(path).location == "/backoffice/second-factor", path
        asked = client.post("/theme", data={"theme": "dark"})
        assert asked.status_code == 403 and "asks for a second factor" in asked.text
        assert "asks for a second factor" in client.get("/second-factor").text
    enrol(owner, clock)
    assert owner.get("/items").status_code == 200
    refused = owner.post("/second-factor/removal", data={"current_password": OWNER_PASSWORD})
    assert refused.status_code == 422 and the_owner(evertill).totp_secret
    assert owner.post("/sign-in-policy", data={}).status_code == 303
    assert manager.get("/items").status_code == 200


def test_what_somebody_was_saving_when_the_demand_came_is_kept_and_goes_on_afterwards(evertill, clock):
    owner = signed_in(evertill)
    typed = changed(fields_of(owner.get("/roles/cashier").text), name="Barkeeper", code="42")
    assert owner.post("/sign-in-policy", data={"wants_second_factor": "1"}).status_code == 303
    asked = post(owner, "/roles/cashier", typed, action="publish")
    assert asked.status_code == 403 and "is kept, and goes on afterwards" in asked.text
    assert name_of_cashiers(evertill) == "Cashier"
    wrong = owner.post("/second-factor", data={**set_up(asked, clock), "code": "000000"})
    assert wrong.status_code == 422
    codes = owner.post("/second-factor", data=set_up(wrong, clock))
    (onward,) = [form for form in Page(codes.text).forms if form.action == "/backoffice/roles/cashier"]
    assert owner.post("/roles/cashier", data=encoded(onward.pairs()), content_type=FORM).status_code == 303
    assert name_of_cashiers(evertill) == "Barkeeper"
    with evertill.office_database.read() as session:
        assert not session.scalars(select(JournalEntry).where(JournalEntry.action == "refused")).all()


def set_up(page, clock):
    """What the page's form sends with the right code and password."""
    (form,) = [form for form in Page(page.text).forms if form.action.endswith("/second-factor")]
    secret = re.sub(r"\s", "", re.search(r'<code class="key">([^<]+)</code>', page.text)[1])
    right = {"code": pyotp.TOTP(secret).at(clock.at), "current_password": OWNER_PASSWORD}
    return {**dict(form.pairs()), **right}


def name_of_cashiers(evertill):
    with evertill.office_database.read() as session:
        return session.get(Role, "cashier").name


def test_a_secret_is_not_carried_along_and_the_page_says_what_to_do(evertill, clock):
    owner = signed_in(evertill)
    owner.post("/sign-in-policy", data={"wants_second_factor": "1"})
    asked = owner.post(f"/employees/{the_owner(evertill).id}", data={"pin": "8391", "phone": "1"})
    assert asked.status_code == 403 and "8391" not in asked.text
    assert "go back with your browser, and save once more" in asked.text


def test_where_script_asks_the_page_stays_with_all_that_was_typed(evertill, clock):
    owner, htmx = signed_in(evertill), {"HX-Request": "true"}
    owner.post("/sign-in-policy", data={"wants_second_factor": "1"})
    told = [
        owner.post("/categories", data={"name": "Tea", "action": "save"}, headers=htmx),
        owner.get("/terminals", headers=htmx),
    ]
    for answer in told:
        assert (answer.status_code, answer.headers["HX-Reswap"]) == (403, "none")
        assert "HX-Redirect" not in answer.headers and "set it up" in answer.text


@pytest.mark.parametrize(
    "kept", ["", "{", '["/roles"]', '{"path": "//evil.example/", "fields": []}', "\ud800"]
)
def test_what_no_page_of_ours_carries_is_not_carried_on(evertill, clock, kept):
    owner = signed_in(evertill)
    body = encoded([*set_up(owner.get("/second-factor"), clock).items(), ("kept", kept)])
    answer = owner.post("/second-factor", data=body, content_type=FORM)
    assert answer.status_code == 200 and "evil.example" not in answer.text
    assert "I have kept them</a>" in answer.text


def test_pages_that_were_open_before_can_still_be_sent_after_the_set_up(evertill, clock):
    owner = signed_in(evertill)
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = True
    token = re.search(r'name="csrf_token" value="([^"]+)"', owner.get("/profile").text)[1]
    page = owner.get("/second-factor")
    assert owner.post("/second-factor", data=set_up(page, clock)).status_code == 200
    assert owner.post("/theme", data={"theme": "dark", "csrf_token": token}).status_code == 303


def test_a_role_can_demand_one_of_its_people_alone_and_the_journal_says_so(evertill, clock):
    owner, manager = signed_in(evertill), office(evertill, role="manager")
    fields = changed(fields_of(owner.get("/roles/manager").text), wants_second_factor="1")
    assert post(owner, "/roles/manager", fields, action="publish").status_code == 303
    assert manager.get("/items").location == "/backoffice/second-factor"
    assert "asks for a second factor" in manager.get("/second-factor").text
    assert owner.get("/items").status_code == 200
    assert 'href="/backoffice/roles/manager"' in owner.get("/sign-in-policy").text
    assert "No second factor yet" in owner.get("/roles/manager").text
    assert "No second factor yet" not in owner.get("/roles/owner").text
    assert "Second factor" in owner.get("/journal?q=Manager").text


def test_whose_role_demands_one_cannot_turn_it_off(evertill, clock):
    owner = signed_in(evertill)
    enrol(owner, clock)
    with evertill.office_database.write() as session:
        session.get(Role, "owner").wants_second_factor = True
        session.commit()
    refused = owner.post("/second-factor/removal", data={"current_password": OWNER_PASSWORD})
    assert refused.status_code == 422 and "your role asks for a second factor" in refused.text
    assert "second-factor/removal" not in owner.get("/second-factor").text


def test_an_admin_resets_what_somebody_lost_and_it_is_written_down(evertill, clock):
    owner = signed_in(evertill)
    with evertill.office_database.write() as session:
        manager = session.get(Employee, employee_of(evertill, "manager"))
        manager.totp_secret, manager.has_sign_in = "A" * 32, True
        session.commit()
    theirs = office(evertill, role="manager")
    assert is_in(theirs)
    assert "Reset second factor" in owner.get(f"/employees/{manager.id}/menu").text
    assert owner.post(f"/employees/{manager.id}/second-factor/removal").status_code == 303
    with evertill.office_database.read() as session:
        assert session.get(Employee, manager.id).totp_secret is None
        entry = session.scalars(select(JournalEntry).where(JournalEntry.field == "Second factor")).one()
        assert (entry.key, entry.before, entry.after) == (manager.id, "on", "")
    assert not is_in(theirs)
    assert owner.post("/employees/unknown/second-factor/removal").status_code == 404
    assert office(evertill, role="manager").get("/sign-in-policy").status_code == 403


def test_nobody_resets_their_own_without_their_password(evertill, clock):
    owner = signed_in(evertill)
    enrol(owner, clock)
    url = f"/employees/{the_owner(evertill).id}"
    assert "Reset second factor" not in owner.get(f"{url}/menu").text
    assert owner.post(f"{url}/second-factor/removal").status_code == 403
    assert the_owner(evertill).totp_secret


def test_time_is_told_by_the_offices_clock(evertill, clock):
    clock.move(timedelta(days=-400))
    _secret, codes = enrol(signed_in(evertill), clock)
    assert len(codes) == 10
