import io
import struct
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from backoffice_web.imports import spreadsheet
from backoffice_web.imports.spreadsheet import cell_text, read_workbook
from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import GERMAN, names, prices, read, workbook


def test_a_workbook_gives_the_same_products_as_its_csv():
    rows = [
        ["Name", "SKU", "Price", "Barcode"],
        ["Tea", "T-1", 3.5, 4006381333931],
        ["Cup", "C-1", 12, "036000291452"],
    ]
    from_workbook = read(workbook(*rows))
    from_text = read("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    assert from_workbook.products == from_text.products
    assert prices(from_workbook) == [Decimal("3.50"), Decimal("12.00")]


def test_rows_are_numbered_as_excel_shows_them():
    reading = read(workbook(["Our list"], [], ["Name", "SKU", "Price"], ["Tea", "T", 1], [], ["", "C", 2]))
    assert reading.products[0].row == 4
    assert reading.refusals[0].row == 6 or reading.refusals == ()


def test_numbers_with_three_decimals_never_become_thousands():
    reading = read(workbook(["Name", "Price"], ["Tea", 1.299], ["Cup", 4]), GERMAN)
    assert names(reading) == ["Cup"]
    assert "decimals" in reading.refusals[0].reason


def test_sums_of_floats_are_read_as_excel_shows_them():
    assert cell_text(0.1 + 0.2) == "0.3"
    assert cell_text(1e22) == "1e+22"
    assert cell_text(36000291452.0) == "36000291452"
    assert cell_text(True) == "true"


def test_the_first_sheet_with_rows_is_read():
    book = openpyxl.Workbook()
    book.create_sheet("Items").append(["Name", "Price"])
    book["Items"].append(["Tea", 1])
    content = io.BytesIO()
    book.save(content)
    assert names(read(content.getvalue())) == ["Tea"]


def test_an_empty_workbook_is_refused():
    with pytest.raises(RuleError, match="no rows"):
        read(workbook())


def test_a_packed_file_that_is_no_workbook_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("catalog.csv", "name,price\n")
    with pytest.raises(RuleError, match="Unpack"):
        read(content.getvalue())


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(spreadsheet, "UNPACKED_LIMIT_BYTES", 1 << 20)
    with pytest.raises(RuleError, match="too large when unpacked"):
        read_workbook(_archive(b"0" * (2 << 20)))


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "UNPACKED_LIMIT_BYTES", 1 << 20)
    honest = _archive(b"0" * (2 << 20))
    lying = honest.replace(struct.pack("<L", 2 << 20), struct.pack("<L", 100))
    assert lying != honest
    with pytest.raises(RuleError, match="damaged"):
        read_workbook(lying)


def test_entities_that_expand_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    source = workbook(["Name", "Price"], ["Tea", 1])
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(content, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, bomb if entry.endswith("sheet1.xml") else old.read(entry))
    with pytest.raises(RuleError):
        read_workbook(content.getvalue())


def _archive(body):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", body)
    return content.getvalue()
