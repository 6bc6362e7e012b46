"""What people typed is text in every spreadsheet, never a formula."""

import csv
import io

import pytest

from backoffice_web.reports.csv_lines import as_text, csv_line
from tests.shared_data import shared_file

STARTS = (
    "=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "\0=1", "  =1", "\u00a0=1", "'=1", '"=1"', ";=1", "%0A=1",
    "|calc", "＝1", "－1",
)  # fmt: skip


@pytest.mark.parametrize("cell", STARTS)
def test_every_start_of_a_formula_is_defused(cell):
    assert as_text(cell) == f"'{cell}"


def test_the_known_shapes_of_injection_are_all_defused():
    shapes = shared_file("security/csv_injection.txt").read_text(encoding="utf-8").splitlines()
    for shape in filter(str.strip, shapes):
        assert as_text(shape) == f"'{shape}"


@pytest.mark.parametrize("cell", ["", "Flat white", "1-1-000001", "a=b", "Tea – 'loose' = 50 % off"])
def test_plain_words_stay_as_they_are(cell):
    assert as_text(cell) == cell


def test_quotes_commas_and_lines_within_a_cell_are_read_back_as_they_were():
    cells = ['say "hi"', "a,b", "two\nlines", ""]
    assert next(csv.reader(io.StringIO(csv_line(cells), newline=""))) == cells
