"""The journal in the Back Office."""

import csv
import io

import pytest
from sqlalchemy import select

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.journal import JournalEntry, JournalLink
from backoffice_web.publishing.journal_chain import append, new_entry
from backoffice_web.publishing.saved_change import note_change
from backoffice_web.reports.csv_lines import FORMULA_STARTS
from tests.backoffice_web.builders import NOON
from tests.cast import first_store, give_permissions, office
from tests.shared_data import shared_file


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


def test_the_journal_is_narrowed_to_a_store(owner, evertill):
    here, there = first_store(evertill), first_store(evertill, currency="EUR")
    page = owner.get(f"/journal?kind=publication&store={here.id}").text
    assert here.name in page and f"{there.name}</td>" not in page


def test_the_export_holds_what_the_list_finds_and_its_place_in_the_chain(owner, noted, evertill):
    answer = owner.get("/journal.csv?q=Max")
    assert answer.mimetype == "text/csv" and "journal.csv" in answer.headers["Content-Disposition"]
    head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    told = dict(zip(head, row, strict=True))
    assert (told["Before"], told["After"], told["Time (UTC)"]) == ("$3.00", "$3.25", "2025-03-14 12:00:00")
    with evertill.office_database.read() as session:
        link = session.scalars(select(JournalLink).order_by(JournalLink.number.desc())).first()
    assert (told["Number"], told["Hash"]) == (str(link.number), link.hash)


def test_no_cell_of_the_export_is_a_formula(owner, evertill):
    shapes = shared_file("security/csv_injection.txt").read_text(encoding="utf-8").splitlines()
    with evertill.office_database.write() as session:
        append(session, [
            new_entry(at=NOON, by=shape, action="changed", kind="item", key=shape, label=shape, field=shape,
                      before=shape, after=shape)
            for shape in shapes
        ])  # fmt: skip
        session.commit()
    rows = csv.reader(io.StringIO(owner.get("/journal.csv").text.removeprefix("\ufeff")))
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(FORMULA_STARTS)]


def test_the_export_needs_the_permission_of_the_list(evertill):
    give_permissions(evertill, "manager", {"office.sign_in", "sales.view"})
    assert office(evertill, role="manager").get("/journal.csv").status_code == 403


def test_a_refusal_is_written_down_once_and_not_at_each_press(owner, evertill):
    give_permissions(evertill, "manager", {"office.sign_in"})
    other = office(evertill, role="manager")
    for _press in range(5):
        assert other.get("/taxes?q=private").status_code == 403
    assert other.get("/roles").status_code == 403
    with evertill.office_database.read() as session:
        found = session.scalars(select(JournalEntry).where(JournalEntry.kind == "refusal")).all()
    assert sorted((one.label, one.after) for one in found) == [
        ("GET /roles", "Roles"),
        ("GET /taxes", "Tax Settings"),
    ]
    assert "was refused" in owner.get("/journal?kind=refusal").text


@pytest.mark.parametrize("path", ["/journal", "/sales?status=", "/attendance"])
def test_the_export_comes_anew_with_each_search(owner, noted, path):
    """A search swaps the list alone: a link beside it would export what was asked for before."""
    page = owner.get(path).text
    assert ".csv" not in page[: page.index('id="list"')]


def test_a_list_shortens_the_id_of_an_archived_terminal(owner, evertill):
    key = "20f53d69adb24df1b10eaf0ca04b62d1"
    with evertill.office_database.write() as session:
        note_change(
            session, kind="terminal", key=key, label=f"Bar ({key})", action="archived",
            fields={"Name": ("Bar", "")}, stores=[], by="Max", now=NOON,
        )  # fmt: skip
        session.commit()
    assert "Bar (20f53d69…)" in owner.get(f"/journal?q={key}").text
    assert f"Bar ({key})" in owner.get(f"/journal.csv?q={key}").text
