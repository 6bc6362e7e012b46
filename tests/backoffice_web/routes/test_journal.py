"""The journal in the Back Office."""

import pytest
from sqlalchemy import select

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.saved_change import note_change
from tests.backoffice_web.builders import NOON
from tests.cast import give_permissions, office


@pytest.fixture
def noted(evertill):
    """Max changed the Bagel's price on 14 March 2025."""
    with evertill.office_database.write() as session:
        item = session.scalars(select(Item).where(Item.name == "Bagel")).one()
        note_change(
            session, kind="item", key=item.id, label="Bagel", action="changed",
            fields={"Price": ("$3.00", "$3.25")}, stores=[], by="Max <b>Manager</b>", now=NOON,
        )  # fmt: skip
        session.commit()
    return item.id


def test_an_entry_tells_who_what_and_both_values(owner, noted):
    page = owner.get("/journal?q=Max").text
    for words in ("Max &lt;b&gt;Manager&lt;/b&gt;", "Bagel", "changed · Price", "$3.00</del>", "$3.25</ins>"):
        assert words in page, words
    assert f"/items/{noted}" in page
    assert "1–1 of 1" in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=price&to=2025-04-01", True),
        ("q=Max&from=2025-03-14&to=2025-03-14", True),
        ("q=Max&from=2025-03-15", False),
        ("q=Max&to=2025-03-13", False),
        ("person=Max <b>Manager</b>", True),
        ("person=Nobody", False),
        ("q=Max&kind=item", True),
        ("q=Max&kind=terminal", False),
        ("q=Max&kind=nonsense", True),
        ("q=Max&from=soon&to=9999-12-31", True),
        ("q=Max&from=0001-01-01", True),
        ("q=Max&page=9999999", True),
    ],
)
def test_the_journal_is_narrowed_by_its_address(owner, noted, query, is_found):
    response = owner.get(f"/journal?{query}")
    assert response.status_code == 200
    assert ("$3.25</ins>" in response.text) == is_found


def test_a_publication_is_an_entry_with_a_way_to_it(owner):
    page = owner.get("/journal?kind=publication").text
    assert "published" in page
    assert "/publications/" in page


def test_the_journal_is_refused_without_the_permission(evertill):
    give_permissions(evertill, "manager", {"office.sign_in"})
    assert office(evertill, role="manager").get("/journal").status_code == 403
