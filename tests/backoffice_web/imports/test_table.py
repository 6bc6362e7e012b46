import pytest

from backoffice_web.imports import table
from backoffice_web.imports.table import find_delimiter, read_table
from shared_web.errors import RuleError


def cells(text):
    return [list(row.cells.values()) for row in read_table(text).rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found_though_cells_hold_the_others(delimiter):
    rows = [["Name", "Price (net, EUR)", "Note"], ['"a;b,c|d"', "1", "x"], ['"two\nlines"', "2", "y"]]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    text = text.replace("Price (net, EUR)", '"Price (net, EUR)"')
    assert find_delimiter(text) == delimiter
    assert [row["Note"] for row in read_table(text).rows] == ["x", "y"]


def test_decimal_commas_do_not_pass_for_delimiters():
    assert find_delimiter("Name;Preis\nTee;3,50\nKaffee, groß;4,20\n") == ";"


def test_excels_own_first_line_names_the_delimiter_and_is_no_row():
    found = read_table("sep=;\nName;Price\nTea;1\n")
    assert found.columns == ("Name", "Price")
    assert found.rows[0].number == 2


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    found = read_table('Name,Price\n\n"Tea,\ngreen\nleaf",1\n,\nCup,2\n')
    assert [(row.number, row["Price"]) for row in found.rows] == [(3, "1"), (5, "2")]


def test_titles_above_the_header_are_skipped():
    found = read_table("Our catalog,,\n,,\nName,Price,SKU\nTea,1,T\n")
    assert found.columns == ("Name", "Price", "SKU")
    assert found.rows[0].number == 4


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(line_end):
    assert cells(line_end.join(["a,b", "1,2", "3,4", ""])) == [["1", "2"], ["3", "4"]]


def test_a_row_with_too_many_cells_is_refused_and_a_short_one_is_filled_up():
    found = read_table("Name,Price\nTea,1,50\nCup\nPot,3,,\nMug,4\n")
    assert [row["Name"] for row in found.rows] == ["Cup", "Pot", "Mug"]
    assert found.rows[0]["Price"] == ""
    (refusal,) = found.findings.refusals
    assert refusal.row == 2 and "3 cells" in refusal.reason


def test_a_torn_last_row_is_refused():
    found = read_table("Name,SKU,Price\nTea,T,12.50\nCup,C")
    assert [row["Name"] for row in found.rows] == ["Tea"]
    assert "ends in the middle" in found.findings.refusals[0].reason


def test_a_repeated_column_is_remarked_on_and_the_first_is_used():
    found = read_table("Name,Price,Price,,\nTea,1,2,3,4\n")
    assert found.rows[0]["Price"] == "1"
    assert len(found.columns) == len(set(found.columns)) == 5
    assert [notice.column for notice in found.findings.notices] == ["Price"]


def test_a_quotation_mark_that_never_closes_is_refused_with_its_row():
    with pytest.raises(RuleError, match="row 3"):
        read_table('Name,Price\nTea,1\n"Cup,2\nPot,3\n')


def test_loose_quotation_marks_in_tab_separated_text_are_plain_characters():
    found = read_table('Name\tSize\tPrice\nPipe\t"1/2 inch\t3\nTube\t2 in\t4\n')
    assert [row["Size"] for row in found.rows] == ['"1/2 inch', "2 in"]


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n,,\n"])
def test_a_table_without_rows_is_refused(text):
    with pytest.raises(RuleError, match="no rows"):
        read_table(text)


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(table, "ROW_LIMIT", 5)
    with pytest.raises(RuleError, match="more than 5 rows"):
        read_table("a,b\n" + "1,2\n" * 10)
