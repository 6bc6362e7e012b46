"""The cells that make one sellable variant, read and checked alike for every tabular format."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from backoffice_web.imports.barcodes import read_barcodes
from backoffice_web.imports.cell_text import NAME_LENGTH, clean, code_text, shortened
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.prices import PriceColumn, VariablePrice
from backoffice_web.imports.product import Barcode, ImportedVariant
from shared_web.errors import RuleError
from shared_web.language import _

SKU_LENGTH = 80
LARGEST_STOCK = Decimal(10) ** 9
_NUMBER = re.compile(r"[-+]?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
_SHORTENED_NUMBER = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+", re.IGNORECASE)


class Cell(msgspec.Struct, frozen=True):
    column: str = ""
    text: str = ""


class VariantCells(msgspec.Struct, frozen=True, kw_only=True):
    row: int
    source_key: str
    options: tuple[tuple[str, str], ...] = ()
    sku: Cell = Cell()
    barcodes: tuple[Cell, ...] = ()
    price: Cell = Cell()
    stock: Cell = Cell()


def read_variant(cells: VariantCells, prices: PriceColumn, findings: Findings) -> ImportedVariant | None:
    """The variant, or None after its row was refused. A missing price is remarked on, not refused."""
    reading = cells.price
    try:
        price = _price(cells, prices, findings)
        reading = cells.sku
        sku = _sku(cells, findings)
        barcodes: list[Barcode] = []
        for reading in cells.barcodes:
            barcodes += _barcodes(cells.row, reading, findings)
    except RuleError as error:
        findings.refuse(cells.row, error.sentence, column=reading.column, value=reading.text)
        return None
    return ImportedVariant(
        source_key=cells.source_key,
        options=cells.options,
        sku=sku,
        barcodes=tuple({barcode.key: barcode for barcode in barcodes}.values()),
        price=price,
        stock=_stock(cells, findings),
        row=cells.row,
    )


def read_name(text: str, row: int, findings: Findings, *, column: str) -> str | None:
    """The product's name, or None after its row was refused for having none."""
    name = clean(text)
    if not name:
        findings.refuse(row, _("The item has no name."), column=column, value=text)
        return None
    if len(name) > NAME_LENGTH:
        findings.remark(
            row,
            _("The name was shortened to %(limit)s characters.", limit=NAME_LENGTH),
            column=column,
            value=name,
        )
    return shortened(name)


def _price(cells: VariantCells, prices: PriceColumn, findings: Findings) -> Decimal | None:
    if not cells.price.column:
        return None
    try:
        price = prices.read(cells.price.text)
        reason = _("The file gives no price.")
    except VariablePrice as variable:
        price, reason = None, variable.sentence
    if price is None:
        findings.remark(
            cells.row,
            _("%(reason)s It comes in as “Needs price”.", reason=reason),
            column=cells.price.column,
            value=cells.price.text,
        )
    return price


def _sku(cells: VariantCells, findings: Findings) -> str | None:
    sku = code_text(cells.sku.text)
    if _SHORTENED_NUMBER.fullmatch(sku):
        raise RuleError(
            _("A spreadsheet has shortened this number. Format the column as text and export the file again.")
        )
    if len(sku) > SKU_LENGTH:
        findings.remark(
            cells.row,
            _("The SKU is longer than %(limit)s characters, so it was left out.", limit=SKU_LENGTH),
            column=cells.sku.column,
            value=sku,
        )
        return None
    return sku or None


def _barcodes(row: int, cell: Cell, findings: Findings) -> list[Barcode]:
    kept: list[Barcode] = []
    for code, finding in read_barcodes(cell.text):
        if finding.remark:
            findings.remark(row, finding.remark, column=cell.column, value=code)
        if finding.barcode:
            kept.append(finding.barcode)
    return kept


def _stock(cells: VariantCells, findings: Findings) -> Decimal | None:
    text = cells.stock.text.strip()
    if not text:
        return None
    number = Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if number is None or abs(number) > LARGEST_STOCK:
        findings.remark(
            cells.row,
            _("The stock is not a number, so it was left out."),
            column=cells.stock.column,
            value=text,
        )
        return None
    return number
