"""XLSX to the same rows as a text file, without ever trusting the archive's own sizes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl

from backoffice_web.imports.table import COLUMN_LIMIT, ROW_LIMIT, Table, table_of
from shared_web.errors import RuleError
from shared_web.language import _

UNPACKED_LIMIT_BYTES = 150 * 1024 * 1024
BITE_BYTES = 1024 * 1024
ENTRY_LIMIT = 2_000


def read_workbook(content: bytes) -> Table:
    """The rows of the first sheet that has any.

    Formulas come as their text ("=A1*2"), not as a remembered result: a result can be old or missing.
    Raises RuleError for what is no workbook, is too large when unpacked, or has only empty sheets.
    """
    refuse_bomb(content)
    try:
        workbook = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
        try:
            for sheet in workbook.worksheets:
                records = list(_records(sheet))
                if sum(1 for record in records if any(record)) > 1:
                    return table_of(records)
        finally:
            workbook.close()
    except RuleError:
        raise
    except Exception as error:  # openpyxl has no error of its own for damaged workbooks
        raise RuleError(
            _("This Excel file is damaged or not one at all. Save it again and import it.")
        ) from error
    raise RuleError(_("This file has no rows."))


def refuse_bomb(content: bytes) -> None:
    """Refuse an archive that unpacks to far more than a catalog needs, or that lies about its sizes.

    Each entry is unpacked once in small bites: `zipfile` then stops at the stated size and fails on the
    checksum if there is more, whereas a read of the whole entry would unpack up to 2 GB first.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_sizes(entries)
            for entry in entries:
                with archive.open(entry) as unpacked:
                    while unpacked.read(BITE_BYTES):
                        pass
    except RuleError:
        raise
    except Exception as error:  # zipfile passes on struct, zlib, value and encryption errors alike
        raise RuleError(_("This file is damaged. Export it again.")) from error
    if "[Content_Types].xml" not in {entry.filename for entry in entries}:
        raise RuleError(_("This is a packed file. Unpack it and import the file inside."))


def _refuse_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRY_LIMIT or sum(entry.file_size for entry in entries) > UNPACKED_LIMIT_BYTES:
        raise RuleError(_("This file is far too large when unpacked. Split it and import the parts."))


def _records(sheet: Any) -> Iterator[list[str]]:
    # The sheet's own stated dimensions are often wrong, and sometimes a million rows.
    sheet.reset_dimensions()
    for number, values in enumerate(
        sheet.iter_rows(max_col=COLUMN_LIMIT, max_row=ROW_LIMIT + 2, values_only=True), start=1
    ):
        if number > ROW_LIMIT:
            raise RuleError(_("This file has more than %(limit)s rows. Split it.", limit=ROW_LIMIT))
        yield _without_empty_end([cell_text(value) for value in values])


def _without_empty_end(record: list[str]) -> list[str]:
    while record and not record[-1]:
        record.pop()
    return record


def cell_text(value: object) -> str:
    """A cell's value as a person would have typed it, numbers with a decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _float_text(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # 15 significant digits are what Excel itself keeps; more would show 0.1 + 0.2 as 0.30000000000000004.
    text = f"{Decimal(f'{value:.15g}'):f}" if value == value and abs(value) < 1e15 else str(value)
    # Exactly three decimals could be taken for thousands ("1.299"); a fourth leaves no doubt.
    return text + "0" if len(text.partition(".")[2]) == 3 else text
