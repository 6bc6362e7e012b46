"""Lines of CSV files that spreadsheets open: the one writer of all exports.

Invariant: what people typed is never taken for a formula, whichever spreadsheet reads it (OWASP ASVS 1.2.10).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

# So that Excel reads the letters right.
BYTE_ORDER_MARK = "\ufeff"
# What Excel, LibreOffice and Google Sheets take for the beginning of a formula, full-width forms too.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0", "|", "%", ";")
# Spaces and quotes before the sign do not stop a spreadsheet.
BEFORE_A_FORMULA = " \u00a0\u3000'\""


def as_text(cell: str) -> str:
    """`cell` so that no spreadsheet runs it: an apostrophe makes it text everywhere."""
    is_formula = cell.lstrip(BEFORE_A_FORMULA).startswith(FORMULA_STARTS)
    return f"'{cell}" if is_formula or cell.startswith(FORMULA_STARTS) else cell


def csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
