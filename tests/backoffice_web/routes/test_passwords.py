"""The own password is changed with the one until now; a temporary one must be."""

import re

import pytest

from tests.backoffice_web.routes.signing import browser, is_in, sign_in, signed_in, the_owner
from tests.cast import office
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD

NEW = "another short sentence"
GOOD = {"current_password": OWNER_PASSWORD, "password": NEW, "password_again": NEW}


def test_a_new_password_is_good_at_once_and_ends_every_other_session(evertill):
    here, elsewhere = signed_in(evertill), signed_in(evertill)
    assert here.post("/password", data=GOOD).location == "/backoffice/profile"
    assert is_in(here) and not is_in(elsewhere)
    assert sign_in(browser(evertill)).status_code == 422
    assert sign_in(browser(evertill), password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "password1234", "password_again": "password1234"}, "password"),
        ({"password": OWNER_PASSWORD, "password_again": OWNER_PASSWORD}, "password"),
        ({"password_again": "another short sentense"}, "password_again"),
    ],
)
def test_each_mistake_is_said_beside_its_field_and_nothing_typed_comes_back(evertill, changes, field):
    client = signed_in(evertill)
    refused = client.post("/password", data=GOOD | changes)
    assert refused.status_code == 422
    assert f'id="field-{field}-error"' in refused.text
    assert not re.search(r'type="password"[^>]*value="[^"]', refused.text)
    assert sign_in(browser(evertill)).status_code == 303


def test_a_temporary_password_is_shown_once_and_must_be_changed_before_anything_else(evertill):
    from tests.backoffice_web.routes.test_employees import add, person

    owner, email = signed_in(evertill), "noor@example.com"
    add(owner, evertill, role_id="manager", email=email, password="a short sentence")
    key = person(evertill, email=email).id
    assert "Make a temporary password" in owner.get(f"/employees/{key}/temporary-password").text
    shown = owner.post(f"/employees/{key}/temporary-password").text
    password = re.search(r"<code[^>]*>([a-z0-9-]{19})</code>", shown)[1]
    client = browser(evertill)
    assert sign_in(client, email=email, password="a short sentence").status_code == 422
    assert sign_in(client, email=email, password=password).status_code == 303
    for path in ("/", "/items", "/profile", "/second-factor"):
        assert client.get(path).location == "/backoffice/password"
    assert "temporary password" in client.get("/password").text
    assert client.post("/password-checks", data={"password": "x"}).status_code == 200
    assert client.post("/password", data=GOOD | {"current_password": password}).status_code == 303
    assert client.get("/items").status_code == 200
    assert sign_in(browser(evertill), email=email, password=password).status_code == 422


def test_nobody_gives_themselves_a_temporary_password_without_their_own(evertill):
    owner, key = signed_in(evertill), the_owner(evertill).id
    assert "Reset password" not in owner.get(f"/employees/{key}/menu").text
    assert owner.get(f"/employees/{key}/temporary-password").status_code == 403
    refused = owner.post(f"/employees/{key}/temporary-password")
    assert refused.status_code == 403 and "on your profile, with your password" in refused.text
    assert is_in(owner)
    assert sign_in(browser(evertill)).status_code == 303


def test_a_password_that_an_admin_set_is_good_for_one_sign_in(evertill):
    from tests.backoffice_web.routes.test_employees import add, person

    owner = signed_in(evertill)
    add(owner, evertill, role_id="manager", email="noor@example.com", password="a short sentence")
    assert person(evertill, email="noor@example.com").must_change_password
    client = browser(evertill)
    sign_in(client, email="noor@example.com", password="a short sentence")
    assert client.get("/items").location == "/backoffice/password"


def test_somebody_without_sign_in_gets_no_temporary_password(evertill):
    from tests.backoffice_web.routes.test_employees import person

    owner = signed_in(evertill)
    cashier = person(evertill, role_id="cashier")
    assert "has no sign-in" in owner.get(f"/employees/{cashier.id}/temporary-password").text
    assert owner.post(f"/employees/{cashier.id}/temporary-password").status_code == 422
    assert owner.post("/employees/unknown/temporary-password").status_code == 404
    assert (
        office(evertill, role="manager").post(f"/employees/{cashier.id}/temporary-password").status_code
        == 403
    )


def test_the_own_name_and_language_are_saved_and_published(evertill):
    client = signed_in(evertill)
    fields = {"first_name": "Nora", "last_name": "Neu", "language": "en-GB"}
    assert client.post("/profile", data=fields).status_code == 303
    page = client.get("/profile").text
    assert "Nora Neu" in page and 'lang="en-GB"' in page
    assert "All published" in page
    refused = client.post("/profile", data=fields | {"first_name": "", "language": "tlh"})
    assert refused.status_code == 422 and "Neu" in refused.text
    assert the_owner(evertill).name == "Nora Neu" and the_owner(evertill).email == OWNER_EMAIL
