"""Text to rows: the delimiter, quoted and multi-line cells, rows numbered as a spreadsheet does."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

import msgspec

from backoffice_web.imports.cell_text import clean
from backoffice_web.imports.findings import Findings
from shared_web.errors import RuleError
from shared_web.language import _

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 100
ROW_LIMIT = 250_000
COLUMN_LIMIT = 2_000
CELL_LIMIT = 1_000_000
HEADER_SEARCH_ROWS = 10
Quoting = Literal[0, 3]
"""csv.QUOTE_MINIMAL or csv.QUOTE_NONE."""
# Never in a stranger's text: control characters other than line ends are refused or counted before.
END_MARK = "\x01evertill-end\x01"
# Process-wide in the csv module, hence set once; its own 128 kB is too little for some descriptions.
csv.field_size_limit(CELL_LIMIT)
_SEPARATOR_LINE = re.compile(r"\A\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)


class Row(msgspec.Struct, frozen=True):
    """`number` is what a spreadsheet shows: the header is usually 1, a multi-line cell adds nothing."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()


class Table(msgspec.Struct, frozen=True):
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    findings: Findings
    """What was wrong with the shape of the file: rows too long, columns named twice."""


def read_table(text: str) -> Table:
    """The rows of a delimited text. RuleError where it has no header or a quotation mark never closes."""
    text, forced = _without_separator_line(text)
    delimiter = forced or find_delimiter(text)
    records = _records(text, delimiter)
    return table_of(records, is_cut_off=not text.endswith(("\n", "\r")))


def find_delimiter(text: str) -> str:
    """The delimiter under which most rows are as wide as the header; a comma if there is only one column."""
    scored = [(_fit(text, delimiter), delimiter) for delimiter in DELIMITERS]
    (_share, _width), delimiter = max(scored, key=lambda entry: entry[0])
    return delimiter


def table_of(records: Iterable[Sequence[str]], *, is_cut_off: bool = False) -> Table:
    """Name the cells of `records` by their header row.

    `is_cut_off`: the file ends without a line end, so that a last row that is too short is a torn one.
    """
    numbered = [
        (number, record) for number, record in enumerate(records, start=1) if any(map(str.strip, record))
    ]
    if not numbered:
        raise RuleError(_("This file has no rows."))
    header_index = _header_index([record for _number, record in numbered[:HEADER_SEARCH_ROWS]])
    findings = Findings()
    header_number, header = numbered[header_index]
    columns = _columns(header, header_number, findings)
    body = numbered[header_index + 1 :]
    rows = tuple(_rows(columns, body, findings, is_cut_off=is_cut_off))
    return Table(columns, rows, findings)


def _without_separator_line(text: str) -> tuple[str, str | None]:
    """Excel's own first line `sep=;` names the delimiter and is not shown as a row."""
    found = _SEPARATOR_LINE.match(text)
    return (text[found.end() :], found[1]) if found and found[1] in DELIMITERS else (text, None)


def _records(text: str, delimiter: str) -> list[list[str]]:
    """All records; where quotation marks don't pair up in a tab-separated file they are plain characters."""
    if END_MARK in text:
        raise RuleError(_("This file can't be read as a table. Export it again."))
    marked = text if text.endswith(("\n", "\r")) else text + "\n"
    try:
        return _parsed(marked, delimiter, csv.QUOTE_MINIMAL)
    except RuleError:
        if delimiter != "\t":
            raise
        return _parsed(marked, delimiter, csv.QUOTE_NONE)


def _parsed(text: str, delimiter: str, quoting: Quoting) -> list[list[str]]:
    records: list[list[str]] = []
    # The mark must come out as a record of its own: otherwise an open quotation mark has swallowed it.
    for record in _reader(text + END_MARK + "\n", delimiter, quoting):
        if len(records) > ROW_LIMIT:
            raise RuleError(_("This file has more than %(limit)s rows. Split it.", limit=ROW_LIMIT))
        if len(record) > COLUMN_LIMIT:
            raise RuleError(_("This file has more than %(limit)s columns.", limit=COLUMN_LIMIT))
        records.append(record)
    if not records or records.pop() != [END_MARK]:
        raise RuleError(
            _(
                "A quotation mark opened in row %(row)s is never closed, so the file may be cut off. "
                "Export it again.",
                row=len(records) + 1,
            )
        )
    return records


def _reader(text: str, delimiter: str, quoting: Quoting) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    except csv.Error as error:
        raise RuleError(_("This file can't be read as a table: a cell is too long or torn.")) from error


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    try:
        sample = [
            record
            for record in islice(_reader(text, delimiter, csv.QUOTE_MINIMAL), SAMPLE_ROWS)
            if any(map(str.strip, record))
        ]
    except RuleError:
        return (0.0, 0)
    if not sample:
        return (0.0, 1)
    width = max(len(record) for record in sample[:HEADER_SEARCH_ROWS])
    if width < 2:
        return (0.0, 1)
    alike = sum(1 for record in sample if len(record) == width)
    return (round(alike / len(sample), 1), width)


def _header_index(first: Sequence[Sequence[str]]) -> int:
    """Skips titles above the table: the header is the first row that fills half of the width or more."""
    filled = [sum(1 for cell in record if cell.strip()) for record in first]
    widest = max(filled)
    return next(index for index, count in enumerate(filled) if 2 * count >= widest)


def _columns(header: Sequence[str], number: int, findings: Findings) -> tuple[str, ...]:
    columns: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = clean(cell) or _("Column %(position)s", position=position)
        if name in columns:
            if clean(cell):
                findings.remark(
                    number, _("Two columns have the same name; the first one is used."), column=name
                )
            name = _free_name(name, columns)
        columns.append(name)
    return tuple(columns)


def _free_name(name: str, taken: Sequence[str]) -> str:
    return next(
        candidate for count in range(2, len(taken) + 3) if (candidate := f"{name} ({count})") not in taken
    )


def _rows(
    columns: Sequence[str], body: Sequence[tuple[int, Sequence[str]]], findings: Findings, *, is_cut_off: bool
) -> Iterator[Row]:
    width = len(columns)
    last = body[-1][0] if body else 0
    for number, record in body:
        if any(cell.strip() for cell in record[width:]):
            findings.refuse(
                number,
                _(
                    "The row has %(count)s cells, but the header has %(width)s. "
                    "A comma or line break inside a cell may need quotation marks.",
                    count=len(record),
                    width=width,
                ),
            )
        elif is_cut_off and number == last and len(record) < width:
            findings.refuse(number, _("The file ends in the middle of this row. Export it again."))
        else:
            yield Row(number, dict(zip(columns, record, strict=False)))
