"""What a scanned code means. The same article prints as 8, 12, 13 or 14 digits; it is one key here.

`036000291452`, `0036000291452` and `00036000291452` are one article, and a UPC-E is its long form.
Codes that are no GTIN (in-store numbers, letters) are compared as they stand, letters by upper case.
"""

from __future__ import annotations

from biip import ParseError
from biip.upc import Upc, UpcFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import BarcodeIndex

GTIN_LENGTHS = frozenset({8, 12, 13, 14})


def normal_code(text: str) -> str:
    """The key under which a printed or scanned code is stored and looked up."""
    code = text.strip().upper()
    if len(code) in GTIN_LENGTHS and _is_digits(code):
        # Padded also when the check digit is wrong: in-store codes often have none.
        return (_upc_a(code) if len(code) == 8 else code).zfill(14)
    return code


def find_barcode(replica: Session, *, store_id: str, code: str) -> list[tuple[str, str]]:
    """Items and variants that `code` means in this store; several when the office gave it to several."""
    rows = replica.execute(
        select(BarcodeIndex.item, BarcodeIndex.variant)
        .where(BarcodeIndex.store_id == store_id, BarcodeIndex.code == normal_code(code))
        .order_by(BarcodeIndex.item, BarcodeIndex.variant)
    )
    return [(row.item, row.variant) for row in rows]


def looks_scanned(text: str) -> bool:
    """Is this a code rather than words? Then Enter rings it instead of searching."""
    code = text.strip()
    return len(code) >= 6 and _is_digits(code)


def _upc_a(code: str) -> str:
    # Eight digits that begin with 0 are a UPC-E; GS1 gives out no EAN-8 there.
    if not code.startswith("0"):
        return code
    try:
        upc = Upc.parse(code)
    except ParseError:
        return code
    return upc.as_upc_a() if upc.format == UpcFormat.UPC_E else code


def _is_digits(code: str) -> bool:
    # isdigit alone also accepts superscripts.
    return code.isascii() and code.isdigit()
