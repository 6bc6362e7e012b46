"""`python app.py import-catalog`: what it prints, what it saves, and how it ends."""

import io

import pytest
from sqlalchemy import select

from app import main
from backoffice_web.imports.command import import_file
from backoffice_web.imports.import_run import ImportRun
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.backoffice_web.imports.importing import saved_items, written
from tests.backoffice_web.imports.sample_catalogs import FACTS, PLAIN, SHOPIFY, SQUARE
from tests.conftest import environment_of


@pytest.fixture
def run(office, tmp_path):
    def run(text, *, store="Downtown", format="auto", dry_run=False, publish=False, name="catalog.csv"):
        file = tmp_path / name
        if text is not None:
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        out = io.StringIO()
        code = import_file(
            office.database,
            file=file,
            store=store,
            format=format,
            dry_run=dry_run,
            publish=publish,
            now=NOON,
            out=out,
        )
        return code, out.getvalue()

    return run


def test_a_file_is_saved_and_its_counts_are_told(office, run):
    code, told = run(SHOPIFY)
    assert code == 0
    assert "shopify: 3 new, 0 changed, 0 unchanged, 0 refused, 2 notices." in told
    assert told.endswith("Saved.\n")
    assert len(saved_items(office)) == 3
    with office.read() as session:
        (row,) = session.scalars(select(ImportRun)).all()
        assert (row.file_name, row.by, row.state) == ("catalog.csv", "Command line", "saved")


def test_a_dry_run_writes_nothing(office, run):
    before = written(office)
    code, told = run(SHOPIFY, dry_run=True, publish=True)
    assert code == 0
    assert "nothing was saved" in told
    assert written(office) == before
    assert not office.published()


def test_publishing_tells_the_version_and_what_could_not_go_out(office, run):
    code, told = run(FACTS, publish=True, name="facts.csv")
    assert code == 0
    assert "There was nothing to publish in Downtown." in told
    assert "Oat biscuits needs a price in Downtown before it can be published." in told
    assert not office.published()
    other = SHOPIFY.replace("4006381333931", "").replace("036000291452", "")
    assert "Published version 1 to Downtown: 7 changes." in run(other, publish=True)[1]
    assert ("store_profile", DOWNTOWN) in office.published()


def test_the_same_file_again_changes_nothing(office, run):
    run(SHOPIFY, publish=True)
    before = written(office)
    code, told = run(SHOPIFY, publish=True)
    assert code == 0
    assert "0 new, 0 changed, 3 unchanged" in told
    assert written(office) == before


def test_refused_rows_are_listed_and_the_rest_is_saved(office, run):
    code, told = run(SHOPIFY.replace("12.90", "1.2.9"))
    assert code == 0
    assert "row 5: This is not a price. (1.2.9)" in told
    assert len(saved_items(office)) == 2


def test_a_plain_file_is_read_by_its_headers(office, run):
    assert run(PLAIN)[0] == 0
    assert set(saved_items(office)) == {"Espresso", "Flat white"}


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        (
            SHOPIFY,
            {"store": "Nowhere"},
            "There is no store called “Nowhere”. The stores are: Airport, Downtown.",
        ),
        (SHOPIFY, {"format": "excel"}, "Choose one of the formats: auto, shopify"),
        (SHOPIFY, {"format": "square"}, "not Square's catalog JSON"),
        (None, {}, "can't be read: No such file or directory."),
        ("", {}, "This file is empty."),
        (b"%PDF-1.4", {}, "This is a PDF."),
        ("Vorname,Ort\nIda,Rom\n", {}, "Choose the column that holds the item's name."),
        (SQUARE, {"store": "airport"}, "Nothing in this file can be imported."),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_cannot_be_imported_is_said_and_nothing_is_written(
    office, run, text, options, sentence, dry_run
):
    before = written(office)
    code, told = run(text, dry_run=dry_run, **options)
    assert code == 1
    assert sentence in told
    assert written(office) == before


def test_the_command_line_leads_to_it(settings, tmp_path, capsys, monkeypatch):
    for name, value in environment_of(settings.home).items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "catalog.csv"
    file.write_text(SHOPIFY, encoding="utf-8")
    assert main(["import-catalog", str(file), "--store", "nowhere"]) == 1
    assert "There is no store called “nowhere”." in capsys.readouterr().out
