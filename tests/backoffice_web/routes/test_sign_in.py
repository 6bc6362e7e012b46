"""Signing in: the way in and out, no open redirect, no endless guessing."""

import pytest
from sqlalchemy import select

from backoffice_web.publishing.journal import JournalEntry
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


def test_a_stranger_elsewhere_does_not_lock_the_person_out(evertill, client):
    stranger = evertill.backoffice.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for _try in range(9):
        sign_in(stranger, password="wrong")
    assert sign_in(stranger).status_code == 429
    assert sign_in(client).status_code == 303


def test_guessing_from_many_places_ends_too(evertill, client):
    answers = []
    for place in range(42):
        stranger = evertill.backoffice.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"203.0.113.{place}"
        answers.append(sign_in(stranger, email="nobody@x.example", password="wrong").status_code)
    assert answers == [422] * 40 + [429] * 2


def test_many_accounts_from_one_address_end_too(client):
    answers = [sign_in(client, email=f"person{n}@x.example", password="x").status_code for n in range(42)]
    assert answers == [422] * 40 + [429] * 2


def test_the_right_password_forgets_the_wrong_ones(client):
    for _round in range(3):
        for _try in range(7):
            assert sign_in(client, password="wrong").status_code == 422
        assert sign_in(client).status_code == 303


def test_sign_ins_and_refusals_are_journalled_alike_for_known_and_unknown(evertill, client):
    for email in (OWNER_EMAIL, "nobody@x.example", "not an address: my secret"):
        sign_in(client, email=email, password="wrong")
    sign_in(client)
    with evertill.office_database.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.kind == "session")).all()
    told = [(entry.action, entry.label) for entry in sorted(entries, key=lambda one: one.at)]
    assert [action for action, _label in told] == ["refused"] * 3 + ["signed_in"]
    assert told[0][1] == OWNER_EMAIL and told[1][1] == "nobody@x.example"
    assert "secret" not in str(told)


def test_a_sign_in_makes_a_new_session_whatever_the_cookie_said(client):
    with client.session_transaction() as kept:
        kept.update(_user_id="planted", half=["x", 1, "y"], theme="dark")
    sign_in(client)
    with client.session_transaction() as kept:
        assert kept["_user_id"] != "planted" and "half" not in kept and kept["theme"] == "dark"
        first = kept["_user_id"]
    sign_in(client)
    with client.session_transaction() as kept:
        assert kept["_user_id"] != first


def test_a_cookie_of_before_is_worth_nothing_after_signing_in_again(evertill, client):
    sign_in(client)
    thief = evertill.backoffice.test_client()
    stolen = client.get_cookie("evertill_backoffice", path="/backoffice").value
    thief.set_cookie("evertill_backoffice", stolen, path="/backoffice")
    assert thief.get("/items").status_code == 200
    sign_in(client)
    assert (thief.get("/items").status_code, client.get("/items").status_code) == (303, 200)


def test_a_cookie_of_before_is_worth_nothing_after_signing_out(evertill, client):
    sign_in(client)
    stolen = client.get_cookie("evertill_backoffice", path="/backoffice").value
    client.post("/sign-out")
    thief = evertill.backoffice.test_client()
    thief.set_cookie("evertill_backoffice", stolen, path="/backoffice")
    assert thief.get("/items").status_code == 303


def test_signing_out_ends_it(client):
    sign_in(client)
    assert client.get("/items").status_code == 200
    client.post("/sign-out")
    assert client.get("/items").status_code == 303


def test_whoever_is_signed_in_needs_no_form(client):
    sign_in(client)
    assert client.get("/sign-in").location == "/backoffice/"
