"""Signing in: the way in and out, no open redirect, no endless guessing."""

import pytest

from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD


@pytest.fixture
def client(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return evertill.backoffice.test_client()


def sign_in(client, *, email=OWNER_EMAIL, password=OWNER_PASSWORD, after=""):
    return client.post("/sign-in", data={"email": email, "password": password, "after": after})


def test_the_page_that_was_wanted_opens_after_signing_in(client):
    sent = client.get("/items?q=tea")
    assert "/sign-in?after=/items?q%3Dtea" in sent.location or "after=" in sent.location
    assert sign_in(client, after="/items?q=tea").location == "/backoffice/items?q=tea"
    assert client.get("/items").status_code == 200


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_nobody_is_sent_to_another_site(client, after):
    assert sign_in(client, after=after).location == "/backoffice/"


def test_an_e_mail_may_be_typed_in_capitals(client):
    assert sign_in(client, email=f" {OWNER_EMAIL.upper()} ").status_code == 303


def test_a_wrong_password_says_the_same_as_a_wrong_e_mail_and_keeps_what_was_typed(client):
    wrong, unknown = sign_in(client, password="wrong"), sign_in(client, email="nobody@x.example")
    assert wrong.status_code == unknown.status_code == 422
    for answer in (wrong, unknown):
        assert "The e-mail address or the password is wrong." in answer.text
    assert OWNER_EMAIL in wrong.text
    assert "wrong" not in wrong.text.split('name="password"')[1].split(">")[0]


def test_guessing_ends_after_some_tries_also_with_the_right_password(client):
    for _try in range(8):
        assert sign_in(client, password="wrong").status_code == 422
    refused = sign_in(client)
    assert refused.status_code == 429
    assert "Too many tries" in refused.text


def test_signing_out_ends_it(client):
    sign_in(client)
    assert client.get("/items").status_code == 200
    client.post("/sign-out")
    assert client.get("/items").status_code == 303


def test_whoever_is_signed_in_needs_no_form(client):
    sign_in(client)
    assert client.get("/sign-in").location == "/backoffice/"
