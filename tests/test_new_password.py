"""A lost Back Office password is replaced on the command line."""

from datetime import UTC, datetime

import pytest

from backoffice_web.people.account import person_with_password
from backoffice_web.people.new_password import give_new_password
from shared_web.errors import RuleError
from tests.cast import office
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD


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
