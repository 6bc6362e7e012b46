"""The downloadable report: every finding with its row, and nothing that a spreadsheet would run."""

import csv
import io

import pytest

from backoffice_web.imports.report import Report, ReportRow, packed, report_csv, report_of, unpacked
from tests.backoffice_web.imports.importing import plan_of, take_in
from tests.backoffice_web.imports.sample_catalogs import SHOPIFY


def rows_of(report):
    return list(csv.reader(io.StringIO(report_csv(report).removeprefix("\ufeff"))))


def test_new_changed_refused_and_notices_are_listed_with_their_rows(office):
    take_in(office, SHOPIFY)
    made = report_of(plan_of(office, SHOPIFY.replace("12.90", "13.90").replace("0.00,false", "x,false")))
    rows = rows_of(made)
    assert ["5", "Changed", "Canvas tote", "", "Price (USD)", "$12.90", "$13.90", ""] in rows
    assert ["6", "Refused", "x", "Variant Price", "", "", "", "This is not a price."] in rows
    assert ["2", "Unchanged", "Linen shirt", "", "", "", "", ""] in rows
    assert any(row[1] == "Notice" and row[0] == "" for row in rows)


def test_a_report_is_kept_as_it_is(office):
    made = report_of(plan_of(office, SHOPIFY))
    assert unpacked(packed(made)) == made
    assert unpacked(None) == Report()


@pytest.mark.parametrize("text", ["=1+1", " =1+1", ";=1"])
def test_a_formula_becomes_text(text):
    report = Report(rows=(ReportRow(state="refused", row=2, name=text, text=text, column=text),))
    (_header, row) = rows_of(report)
    assert [row[index] for index in (2, 3, 7)] == [f"'{text}"] * 3
