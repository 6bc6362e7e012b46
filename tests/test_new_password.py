"""A lost Back Office password, and a lost second factor, are replaced on the command line."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app import main
from backoffice_web.people.account import person_with_password
from backoffice_web.people.lost_password import give_new_password
from backoffice_web.publishing.journal import JournalEntry
from shared_web.errors import RuleError
from tests.backoffice_web.routes.signing import Clock, browser, enrol, is_in, sign_in, signed_in, the_owner
from tests.cast import office
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD, environment_of


def test_a_new_password_replaces_the_old_one_and_ends_what_was_signed_in(evertill):
    signed_in = office(evertill)
    assert signed_in.get("/items").status_code == 200
    with evertill.office_database.write() as session:
        password = give_new_password(
            session, email=f" {OWNER_EMAIL.upper()} ", by="command line", now=datetime.now(UTC)
        )
        session.commit()
    with evertill.office_database.read() as session:
        assert person_with_password(session, email=OWNER_EMAIL, password=OWNER_PASSWORD) is None
        assert person_with_password(session, email=OWNER_EMAIL, password=password).must_change_password
    assert signed_in.get("/items").status_code == 303


def test_nobody_of_that_name_is_a_sentence(evertill):
    with (
        evertill.office_database.write() as session,
        pytest.raises(RuleError, match=r"Nobody signs in .* nobody@evertill\.example"),
    ):
        give_new_password(session, email="nobody@evertill.example", by="x", now=datetime.now(UTC))


@pytest.fixture
def run(evertill, settings, monkeypatch, capsys):
    """The command over the home: (exit code, the password that it printed, if any)."""
    for name, value in environment_of(settings.home).items():
        monkeypatch.setenv(name, value)

    def new_password(*arguments):
        code = main(["new-password", *arguments])
        printed = re.search(r"password ([a-z2-9-]{19})", capsys.readouterr().out)
        return code, printed and printed[1]

    return new_password


def journalled(evertill):
    with evertill.office_database.read() as session:
        entries = session.scalars(select(JournalEntry).where(JournalEntry.by == "command line"))
        return {(entry.field, entry.before, entry.after) for entry in entries}


def test_a_new_password_alone_leaves_the_second_factor(evertill, run):
    enrol(signed_in(evertill), Clock(evertill))
    code, password = run(OWNER_EMAIL)
    assert code == 0 and the_owner(evertill).totp_secret is not None
    client = browser(evertill)
    sign_in(client, password=password)
    assert client.get("/profile").status_code == 303
    assert journalled(evertill) == {("Password", "", "temporary")}


def test_a_sole_owner_without_phone_and_recovery_codes_gets_in_again(evertill, run):
    client = signed_in(evertill)
    enrol(client, Clock(evertill))
    code, password = run(OWNER_EMAIL, "--second-factor")
    assert code == 0 and the_owner(evertill).totp_secret is None
    assert not is_in(client), "who was signed in is not any more"
    assert sign_in(client, password=password).status_code == 303
    assert client.get("/profile").location.endswith("/password"), "in, and has to choose a password first"
    assert journalled(evertill) == {("Second factor", "on", ""), ("Password", "", "temporary")}


def test_a_second_factor_that_was_never_set_up_is_no_obstacle(evertill, run):
    code, password = run(OWNER_EMAIL, "--second-factor")
    assert code == 0 and sign_in(browser(evertill), password=password).status_code == 303
    assert journalled(evertill) == {("Password", "", "temporary")}
