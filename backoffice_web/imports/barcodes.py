"""Barcodes as strangers write them: check digits, paddings, in-store codes, spreadsheet damage.

`036000291452`, `0036000291452` and `00036000291452` are one article; they share `Barcode.key`. What is
printed stays as it stands. Check digits are python-stdnum's and biip's work.
"""

from __future__ import annotations

import re

import msgspec
from biip import ParseError
from biip.upc import Upc, UpcFormat
from stdnum import ean

from backoffice_web.imports.cell_text import code_text
from backoffice_web.imports.product import Barcode
from shared_web.errors import RuleError
from shared_web.language import _

SEPARATORS = re.compile(r"[,;|\n\r]+")
_SPREADSHEET_DAMAGE = re.compile(r"\s*[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+\s*")
_PRINTED_NOISE = re.compile(r"[\s\-‐‑–.]")


class DamagedBarcode(RuleError):
    """A spreadsheet rounded the code away: importing the row would make a second, wrong article."""


class BarcodeFinding(msgspec.Struct, frozen=True):
    """The code to keep, if any, and what there is to say about it, if anything."""

    barcode: Barcode | None
    remark: str = ""


def read_barcodes(cell: str) -> list[tuple[str, BarcodeFinding]]:
    """Every code in a cell (they may be separated by commas, semicolons or bars), with its finding.

    Raises DamagedBarcode for what Excel makes of long numbers, as in 4.00638E+12.
    """
    if _SPREADSHEET_DAMAGE.fullmatch(cell):
        raise DamagedBarcode(
            _(
                "A spreadsheet has shortened this barcode, so its digits are lost. "
                "Format the column as text and export the file again."
            )
        )
    parts = (code_text(part) for part in SEPARATORS.split(cell))
    return [(part, read_barcode(part)) for part in parts if part]


def read_barcode(text: str) -> BarcodeFinding:
    """What to make of one printed code."""
    digits = _PRINTED_NOISE.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        return BarcodeFinding(None, _("The barcode is not a number, so it was left out."))
    if not digits.strip("0"):
        return BarcodeFinding(None, _("The barcode is all zeros, so it was left out."))
    return _standard(digits) or _upc_e(digits) or _in_store(digits) or _unpadded(digits) or _invalid(digits)


def gtin14(digits: str) -> str:
    return digits.zfill(14)


def _standard(digits: str) -> BarcodeFinding | None:
    if len(digits) in (8, 12, 13, 14) and ean.is_valid(digits):
        return BarcodeFinding(Barcode(digits, gtin14(digits)))
    return None


def _upc_e(digits: str) -> BarcodeFinding | None:
    """The short form of a UPC: compared by the long form that scanners may report instead."""
    if len(digits) != 8 or digits[0] not in "01":
        return None
    try:
        upc = Upc.parse(digits)
    except ParseError:
        return None
    if upc.format != UpcFormat.UPC_E:
        return None
    return BarcodeFinding(Barcode(digits, gtin14(upc.as_upc_a())))


def _in_store(digits: str) -> BarcodeFinding | None:
    """Codes that a shop gave itself: price look-up numbers, and the prefixes 02 and 20 to 29."""
    if 4 <= len(digits) <= 7:
        return BarcodeFinding(Barcode(digits))
    if len(digits) == 8:
        return BarcodeFinding(
            Barcode(digits, gtin14(digits)),
            _("The check digit is wrong, so this counts as an in-store code."),
        )
    padded = digits.zfill(13)
    if len(digits) in (12, 13) and padded.startswith(("2", "02")):
        return BarcodeFinding(
            Barcode(digits, gtin14(digits)),
            _("The check digit is wrong; kept because it is an in-store code."),
        )
    return None


def _unpadded(digits: str) -> BarcodeFinding | None:
    """Spreadsheets drop leading zeros; with them the check digit is right again."""
    if 9 <= len(digits) <= 11 and ean.is_valid(digits.zfill(12)):
        restored = digits.zfill(12)
        return BarcodeFinding(
            Barcode(restored, gtin14(restored)),
            _("Its lost leading zeros were restored: %(code)s.", code=restored),
        )
    return None


def _invalid(digits: str) -> BarcodeFinding:
    if len(digits) in (12, 13, 14):
        expected = ean.calc_check_digit(digits[:-1])
        return BarcodeFinding(
            None,
            _(
                "The barcode's check digit is %(found)s where %(expected)s is right, so it was left out.",
                found=digits[-1],
                expected=expected,
            ),
        )
    return BarcodeFinding(
        None, _("A barcode can't have %(count)s digits, so it was left out.", count=len(digits))
    )
