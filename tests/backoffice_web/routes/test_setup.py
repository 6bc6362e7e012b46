"""The first visit: every page leads to it, and afterwards none does."""

import re

import pytest

from app import build
from backoffice_web.people.employee import Employee
from backoffice_web.terminals.registration import claim
from settings import read_settings
from shared_web.errors import RuleError
from tests.conftest import environment_of
from tests.databases import copy_home

BUSINESS = {
    "business_name": "Corner Coffee", "owner_name": "Olivia", "email": "olivia@example.com",
    "password": "a short sentence", "pin": "4711", "store_name": "Downtown", "currency": "USD",
    "locale": "en_US", "time_zone": "America/New_York", "tax_name": "Sales tax", "tax_rate": "8.875",
    "tax_kind": "additive", "terminal_name": "Register 1",
}  # fmt: skip


@pytest.fixture
def evertill(empty_home, tmp_path):
    """Both houses over an installation without a business."""
    home = tmp_path / "home"
    copy_home(empty_home, home)
    built = build(read_settings({**environment_of(home), "EVERTILL_DEMO": "no"}))
    built.backoffice.config["WTF_CSRF_ENABLED"] = False
    built.start()
    yield built
    built.stop()


@pytest.fixture
def client(evertill):
    return evertill.backoffice.test_client()


@pytest.mark.parametrize("path", ["/", "/items", "/publications", "/sign-in"])
def test_every_page_leads_to_the_set_up(client, path):
    answer = client.get(path, follow_redirects=True)
    assert answer.request.path == "/setup"
    assert answer.status_code == 200


def test_the_owner_is_signed_in_and_the_code_registers_the_first_terminal(evertill, client):
    done = client.post("/setup", data=BUSINESS)
    assert done.status_code == 200
    # Sent in place: what is refused comes back into the form, and this comes instead of it.
    assert done.headers["HX-Retarget"] == "#main"
    code = re.search(r"data-registration-code>([^<]+)<", done.text)[1]
    assert client.get("/items").status_code == 200
    with evertill.office_database.write() as session:
        assert (
            claim(session, code=code, now=evertill.backoffice.extensions["office"].clock()).name
            == "Register 1"
        )
        owner = session.query(Employee).one()
        assert (owner.role_id, owner.email) == ("owner", "olivia@example.com")


def test_nothing_secret_stands_in_the_page_or_the_database(evertill, client):
    page = client.post("/setup", data={**BUSINESS, "currency": "nonsense"}).text
    assert BUSINESS["password"] not in page
    assert 'value="4711"' not in page
    client.post("/setup", data=BUSINESS)
    with evertill.office_database.read() as session:
        employee = session.query(Employee).one()
        assert BUSINESS["password"] not in employee.password_hash
        assert "4711" not in employee.credentials[0].pin_digest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("business_name", " "),
        ("owner_name", ""),
        ("email", "nowhere"),
        ("password", "short"),
        ("pin", "12"),
        ("store_name", ""),
        ("currency", "XXXX"),
        ("time_zone", "Mars/Olympus"),
        ("locale", "xx_YY_ZZ"),
        ("tax_rate", "a lot"),
        ("tax_name", ""),
        ("terminal_name", ""),
    ],
)
def test_each_mistake_is_said_beside_its_field_and_nothing_is_set_up(client, field, value):
    answer = client.post("/setup", data={**BUSINESS, field: value})
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert "Corner Coffee" in answer.text or field == "business_name"
    assert client.get("/setup").status_code == 200


def test_a_second_business_cannot_be_set_up(client):
    client.post("/setup", data=BUSINESS)
    assert client.get("/setup").location == "/backoffice/"
    assert client.post("/setup", data={**BUSINESS, "business_name": "Another"}).status_code == 303
    in_place = client.post("/setup", data=BUSINESS, headers={"HX-Request": "true"})
    assert in_place.headers["HX-Redirect"] == "/backoffice/"


def test_the_code_works_once(evertill, client):
    code = re.search(r"data-registration-code>([^<]+)<", client.post("/setup", data=BUSINESS).text)[1]
    now = evertill.backoffice.extensions["office"].clock()
    with evertill.office_database.write() as session:
        claim(session, code=code, now=now)
        with pytest.raises(RuleError):
            claim(session, code=code, now=now)


def test_each_line_of_the_summary_says_which_field_it_is_about(client):
    page = client.post("/setup", data={}).text
    summary = page[page.index('id="error-summary"') : page.index("</ul>")]
    lines = re.findall(r'<a href="#field-[\w-]+">([^<]+)</a>', summary)
    assert len(lines) >= 6
    assert len(set(lines)) == len(lines), lines
