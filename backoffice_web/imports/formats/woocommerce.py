"""WooCommerce's product CSV.

A "variable" product has no price of its own; its "variation" rows point at it by SKU or `id:` number. An
empty attribute of a variation means any value. Products that are not sold over a counter are refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from backoffice_web.imports.cell_text import (
    DESCRIPTION_LENGTH,
    category_path,
    clean,
    shortened,
    stable_key,
    without_html,
)
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.prices import PriceColumn
from backoffice_web.imports.product import ImportedProduct, ImportedVariant, Reading, StoreFacts
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.table import Row, Table
from backoffice_web.imports.variant_cells import Cell, VariantCells, read_name, read_variant
from shared_web.language import _

SOURCE = "woocommerce"
ANY_VALUE = "Any"
BARCODE_COLUMN = re.compile(r"gtin|\bean\b|barcode|\bupc\b|global_unique_id|_ean\b", re.IGNORECASE)
# A comma separates categories; "\," is a comma within a name.
CATEGORY_SEPARATOR = re.compile(r"(?<!\\),")


def recognises(columns: Sequence[str]) -> bool:
    names = {column.casefold() for column in columns}
    return {"type", "sku", "name", "regular price"} <= names


def read(table: Table, store: StoreFacts) -> Reading:
    return _WooCommerceReader(table, store).reading()


class _WooCommerceReader:
    def __init__(self, table: Table, store: StoreFacts) -> None:
        self.table = table
        self.findings: Findings = table.findings
        self.columns = {column.casefold(): column for column in reversed(table.columns)}
        self.barcode_columns = [column for column in table.columns if BARCODE_COLUMN.search(column)]
        self.prices = PriceColumn.of((self._text(row, "regular price") for row in table.rows), store)
        self.variations: dict[int, list[Row]] = {}

    def reading(self) -> Reading:
        products = [row for row in self.table.rows if self._is_sellable(row)]
        self._hand_out_variations(products)
        read = (self._product(row) for row in products if "variation" not in self._types(row))
        return finish(SOURCE, (product for product in read if product), self.findings)

    def _text(self, row: Row, column: str) -> str:
        return row[self.columns.get(column, "")]

    def _cell(self, row: Row, column: str) -> Cell:
        return Cell(self.columns.get(column, ""), self._text(row, column))

    def _types(self, row: Row) -> set[str]:
        return {word.strip() for word in self._text(row, "type").casefold().split(",")} - {""}

    def _is_sellable(self, row: Row) -> bool:
        types = self._types(row)
        reason = ""
        if types & {"virtual", "downloadable"}:
            reason = _("Virtual and downloadable products are not sold at a till.")
        elif "grouped" in types:
            reason = _("A grouped product is only a list of others, which are imported on their own.")
        elif "external" in types:
            reason = _("An external product is sold on another website, not at a till.")
        elif not types & {"simple", "variable", "variation"}:
            reason = _("Products of this type can't be sold at a till.")
        if reason:
            self.findings.refuse(
                row.number, reason, column=self.columns["type"], value=self._text(row, "type")
            )
        return not reason

    def _hand_out_variations(self, rows: list[Row]) -> None:
        parents: dict[str, Row] = {}
        for row in rows:
            if "variable" in self._types(row):
                parents.setdefault(self._text(row, "sku"), row)
                parents.setdefault("id:" + self._text(row, "id"), row)
        for row in rows:
            if "variation" not in self._types(row):
                continue
            reference = self._text(row, "parent")
            parent = parents.get(reference) if reference else None
            if parent:
                self.variations.setdefault(parent.number, []).append(row)
            else:
                self.findings.refuse(
                    row.number,
                    _("The item that this variation belongs to is not in the file."),
                    column=self.columns.get("parent", ""),
                    value=reference,
                )

    def _product(self, row: Row) -> ImportedProduct | None:
        # WooCommerce writes names with HTML entities ("Salt &amp; Pepper").
        text = html.unescape(self._text(row, "name"))
        name = read_name(text, row.number, self.findings, column=self.columns["name"])
        if name is None:
            self._refuse_variations(row)
            return None
        rows = self.variations.get(row.number, []) if "variable" in self._types(row) else [row]
        if not rows:
            self.findings.refuse(
                row.number, _("A variable product without variations has no price."), value=name
            )
            return None
        if self._text(row, "published") not in ("1", ""):
            self.findings.remark(row.number, _("The item is not published in WooCommerce; it was imported."))
        option_names = self._option_names(rows) if rows != [row] else ()
        keys = self._keys(row)
        return ImportedProduct(
            source=SOURCE,
            source_key=keys[0],
            also_known_as=keys[1:],
            name=name,
            category=self._category(row),
            description=self._description(row),
            taxable={"taxable": True, "none": False}.get(self._text(row, "tax status").casefold()),
            tax_hint=clean(self._text(row, "tax class")),
            option_names=option_names,
            variants=tuple(self._variants(rows, option_names)),
            row=row.number,
        )

    def _refuse_variations(self, row: Row) -> None:
        for variation in self.variations.get(row.number, []):
            self.findings.refuse(
                variation.number, _("Its item, in row %(row)s, was refused.", row=row.number)
            )

    def _keys(self, row: Row) -> tuple[str, ...]:
        """The id first; exports made for updating by SKU leave it out."""
        number, sku = clean(self._text(row, "id")), clean(self._text(row, "sku"))
        keys = [f"id:{number}" if number else "", f"sku:{sku}" if sku else ""]
        return tuple(stable_key(key) for key in keys if key) or (
            stable_key("name:" + self._text(row, "name").casefold()),
        )

    def _option_names(self, rows: list[Row]) -> tuple[str, ...]:
        """Attributes that at least one variation gives a value: one that all leave open is no choice."""
        names: dict[str, None] = {}
        for row in rows:
            names.update({name: None for name, value in self._attributes(row) if value})
        return tuple(names)

    def _attributes(self, row: Row) -> Iterator[tuple[str, str]]:
        for place in range(1, 11):
            column = f"attribute {place} name"
            if column not in self.columns:
                return
            name = clean(html.unescape(self._text(row, column)))
            if name:
                yield name, clean(html.unescape(self._text(row, f"attribute {place} value(s)")))

    def _variants(self, rows: list[Row], option_names: tuple[str, ...]) -> Iterator[ImportedVariant]:
        for row in rows:
            values = dict(self._attributes(row))
            self._remark_on_open_attributes(row, values)
            options = tuple((name, values.get(name) or ANY_VALUE) for name in option_names)
            variant = read_variant(self._cells(row, options), self.prices, self.findings)
            if variant:
                self._remark_on_sale(row, variant)
                yield variant

    def _remark_on_open_attributes(self, row: Row, values: dict[str, str]) -> None:
        for name, value in values.items():
            if not value and "variation" in self._types(row):
                self.findings.remark(
                    row.number, _("The variation stands for any %(attribute)s.", attribute=name), value=name
                )

    def _cells(self, row: Row, options: tuple[tuple[str, str], ...]) -> VariantCells:
        return VariantCells(
            row=row.number,
            source_key=stable_key(*(value for _name, value in options)),
            options=options,
            sku=self._cell(row, "sku"),
            barcodes=tuple(Cell(column, row[column]) for column in self.barcode_columns),
            price=self._cell(row, "regular price"),
            stock=self._cell(row, "stock"),
        )

    def _remark_on_sale(self, row: Row, variant: ImportedVariant) -> None:
        sale = self._text(row, "sale price")
        if sale and variant.price is not None:
            self.findings.remark(
                row.number,
                _("It is on sale for %(sale)s; the regular price was imported.", sale=sale[:20]),
                column=self.columns["sale price"],
                value=sale,
            )

    def _category(self, row: Row) -> tuple[str, ...]:
        paths = [
            category_path(html.unescape(path.replace("\\,", ",")).split(">"))
            for path in CATEGORY_SEPARATOR.split(self._text(row, "categories"))
            if path.strip()
        ]
        if len(paths) > 1:
            self.findings.remark(
                row.number,
                _("It has %(count)s categories; the first one was used.", count=len(paths)),
                column=self.columns.get("categories", ""),
                value=self._text(row, "categories"),
            )
        return paths[0] if paths else ()

    def _description(self, row: Row) -> str:
        text = self._text(row, "short description") or self._text(row, "description")
        return shortened(without_html(text.replace("\\n", " ")), DESCRIPTION_LENGTH)
