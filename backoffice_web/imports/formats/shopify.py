"""Shopify's product CSV, in its old and new column names.

A product is all rows with one handle: the first names it, the next ones add variants (their title is empty)
or only a picture. The option "Title: Default Title" means that there is nothing to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backoffice_web.imports.cell_text import (
    DESCRIPTION_LENGTH,
    category_path,
    clean,
    shortened,
    stable_key,
    without_html,
    yes_or_no,
)
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.prices import PriceColumn
from backoffice_web.imports.product import ImportedProduct, ImportedVariant, Reading, StoreFacts
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.table import Row, Table
from backoffice_web.imports.variant_cells import Cell, VariantCells, read_name, read_variant
from shared_web.language import _

SOURCE = "shopify"

# What we call a column: Shopify's names for it, old and new.
COLUMNS = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "body": ("body (html)", "description"),
    "type": ("type", "custom product type", "custom type"),
    "product category": ("product category", "standard product type", "standardized product type"),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "gift card": ("gift card",),
    "sku": ("variant sku", "sku"),
    "barcode": ("variant barcode", "barcode"),
    "price": ("variant price", "price"),
    "stock": ("variant inventory qty", "inventory quantity"),
    "taxable": ("variant taxable", "charge tax"),
    "tax code": ("variant tax code", "tax code"),
}


def recognises(columns: Sequence[str]) -> bool:
    names = {column.casefold() for column in columns}
    has_handle = "handle" in names or "url handle" in names
    has_options = any(name.startswith("option1") for name in names)
    return has_handle and "title" in names and (has_options or "variant price" in names)


def read(table: Table, store: StoreFacts) -> Reading:
    return _ShopifyReader(table, store).reading()


class _ShopifyReader:
    def __init__(self, table: Table, store: StoreFacts) -> None:
        self.table = table
        self.findings: Findings = table.findings
        folded = {column.casefold(): column for column in reversed(table.columns)}
        self.folded = folded
        self.columns = {
            role: next((folded[name] for name in names if name in folded), "")
            for role, names in COLUMNS.items()
        }
        self.prices = PriceColumn.of((row[self.columns["price"]] for row in table.rows), store)

    def reading(self) -> Reading:
        products = (self._product(handle, rows) for handle, rows in self._by_handle().items())
        return finish(SOURCE, (product for product in products if product), self.findings)

    def _text(self, row: Row, role: str) -> str:
        return row[self.columns[role]]

    def _cell(self, row: Row, role: str) -> Cell:
        return Cell(self.columns[role], self._text(row, role))

    def _by_handle(self) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = {}
        for row in self.table.rows:
            handle = clean(self._text(row, "handle"))
            if handle:
                groups.setdefault(handle, []).append(row)
            else:
                self.findings.refuse(row.number, _("The row has no handle."), column=self.columns["handle"])
        return groups

    def _product(self, handle: str, rows: list[Row]) -> ImportedProduct | None:
        head = next((row for row in rows if self._text(row, "title")), rows[0])
        name = read_name(self._text(head, "title"), head.number, self.findings, column=self.columns["title"])
        if name is None or self._is_unsellable(head):
            return None
        option_names = self._option_names(rows)
        variants = tuple(self._variants(rows, head, option_names))
        return ImportedProduct(
            source=SOURCE,
            source_key=stable_key(handle),
            name=name,
            category=self._category(head),
            description=shortened(without_html(self._text(head, "body")), DESCRIPTION_LENGTH),
            taxable=self._taxable(rows),
            tax_hint=clean(self._text(head, "tax code")),
            option_names=tuple(option_names.values()),
            variants=variants,
            row=head.number,
        )

    def _is_unsellable(self, head: Row) -> bool:
        if yes_or_no(self._text(head, "gift card")):
            self.findings.refuse(
                head.number, _("Gift cards are not sold as items."), column=self.columns["gift card"]
            )
            return True
        status = self._text(head, "status").casefold()
        if status == "archived":
            self.findings.refuse(
                head.number,
                _("The item is archived in Shopify."),
                column=self.columns["status"],
                value=status,
            )
            return True
        if status == "draft" or yes_or_no(self._text(head, "published")) is False:
            self.findings.remark(head.number, _("The item is not published in Shopify; it was imported."))
        return False

    def _option_names(self, rows: list[Row]) -> dict[int, str]:
        """Names by their place 1 to 3. Only the first row has to name them."""
        names: dict[int, str] = {}
        for place in (1, 2, 3):
            column = self._option_column(place, "name")
            name = next((clean(row[column]) for row in rows if row[column]), "")
            if name and not self._is_default_title(name, rows, place):
                names[place] = name
        return names

    def _option_column(self, place: int, part: str) -> str:
        return self.folded.get(f"option{place} {part}", "")

    def _is_default_title(self, name: str, rows: list[Row], place: int) -> bool:
        values = {row[self._option_column(place, "value")].casefold() for row in rows}
        return name.casefold() == "title" and values <= {"default title", ""}

    def _variants(self, rows: list[Row], head: Row, names: dict[int, str]) -> Iterator[ImportedVariant]:
        for row in rows:
            if row is not head and self._is_picture_only(row):
                continue
            options = tuple(
                (name, clean(row[self._option_column(place, "value")])) for place, name in names.items()
            )
            missing = [name for name, value in options if not value]
            if missing:
                self.findings.refuse(
                    row.number, _("The row gives no value for the option %(option)s.", option=missing[0])
                )
                continue
            variant = read_variant(self._cells(row, options), self.prices, self.findings)
            if variant:
                yield variant

    def _is_picture_only(self, row: Row) -> bool:
        cells = [self._text(row, role) for role in ("price", "sku", "barcode")]
        return not any(cells) and not row[self._option_column(1, "value")]

    def _cells(self, row: Row, options: tuple[tuple[str, str], ...]) -> VariantCells:
        return VariantCells(
            row=row.number,
            source_key=stable_key(*(value for _name, value in options)),
            options=options,
            sku=self._cell(row, "sku"),
            barcodes=(self._cell(row, "barcode"),),
            price=self._cell(row, "price"),
            stock=self._cell(row, "stock"),
        )

    def _category(self, head: Row) -> tuple[str, ...]:
        return category_path([self._text(head, "type")]) or category_path(
            self._text(head, "product category").split(">")
        )

    def _taxable(self, rows: list[Row]) -> bool | None:
        answers = {yes_or_no(self._text(row, "taxable")) for row in rows} - {None}
        if len(answers) > 1:
            self.findings.remark(
                rows[0].number, _("Only some variants are taxable; all were imported as taxable.")
            )
        return True in answers if answers else None
