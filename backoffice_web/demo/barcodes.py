"""Barcodes of the demo's packaged goods: valid GTIN-13s that are no real company's.

GS1 keeps the prefix 952 for demonstrations and examples. The in-store prefixes 02 and 20 to 29 would do
too, but tills may read a weight or a price out of those.
https://www.gs1.org/standards/id-keys/company-prefix
"""

from __future__ import annotations

from stdnum import ean

from backoffice_web.catalog.draft import BarcodeDraft

DEMONSTRATION_PREFIX = "952"
COMPANY = "4617"


def barcode_of(article: int) -> BarcodeDraft:
    """The barcode of a five-digit article number: prefix, company, article and check digit."""
    digits = f"{DEMONSTRATION_PREFIX}{COMPANY}{article:05}"
    code = digits + str(ean.calc_check_digit(digits))
    return BarcodeDraft(code=code, gtin=code.zfill(14))
