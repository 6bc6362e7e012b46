"""Any CSV or workbook whose columns a header (or a person) explains.

Rows with one key, or with one name where there are option columns, make one product. A row without key and
name continues the product above it. Files without ids are known again by SKU, then barcode, then name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from backoffice_web.imports.cell_text import (
    DESCRIPTION_LENGTH,
    SHORT_NAME_LENGTH,
    category_path,
    clean,
    shortened,
    stable_key,
    without_html,
    yes_or_no,
)
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.formats import plain_columns as role
from backoffice_web.imports.formats.plain_options import OptionColumns
from backoffice_web.imports.prices import PriceColumn, refuse_other_currency
from backoffice_web.imports.product import (
    ImportedModifierGroup,
    ImportedProduct,
    ImportedVariant,
    Reading,
    StoreFacts,
)
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.table import Row, Table
from backoffice_web.imports.variant_cells import Cell, VariantCells, read_name, read_variant
from shared_web.errors import RuleError
from shared_web.language import _

SOURCE = "plain"
# A list of people has names too: only with one of these is it a catalog.
TELLTALE_ROLES = (role.PRICE, role.SKU, role.BARCODE)


class MappingNeeded(RuleError):
    """The header does not say which column is which; a person has to."""


def read(table: Table, store: StoreFacts, mapping: Mapping[str, str] | None = None) -> Reading:
    """Read by `mapping` (column → role), or by a guess from the header.

    Raises MappingNeeded where the guess finds no name, or nothing that makes the file a catalog.
    """
    roles = checked_mapping(table, mapping) if mapping else role.guess_roles(table.columns, store)
    if role.NAME not in roles.values():
        raise MappingNeeded(_("Choose the column that holds the item's name."))
    if not mapping and not any(wanted in roles.values() for wanted in TELLTALE_ROLES):
        raise MappingNeeded(_("Choose the columns that hold the price, the SKU or the barcode."))
    return _PlainReader(table, store, roles).reading()


def checked_mapping(table: Table, mapping: Mapping[str, str]) -> dict[str, str]:
    """`mapping` for this table's columns. RuleError for a role that two columns can't share."""
    roles = {column: mapping.get(column, role.IGNORE) for column in table.columns}
    for column, wanted in roles.items():
        if wanted not in role.REPEATABLE and list(roles.values()).count(wanted) > 1:
            raise RuleError(_("Two columns have the same meaning. Change “%(column)s”.", column=column))
    return roles


class _Group(msgspec.Struct):
    """The rows of one product, the first of which names it."""

    key: str
    rows: list[Row]


class _PlainReader:
    def __init__(self, table: Table, store: StoreFacts, roles: dict[str, str]) -> None:
        self.table, self.store, self.roles = table, store, roles
        self.findings: Findings = table.findings
        self.column_of = {wanted: column for column, wanted in roles.items() if wanted not in role.REPEATABLE}
        self.options = OptionColumns(roles)
        self.columns_of = {
            repeated: [column for column, given in roles.items() if given == repeated]
            for repeated in (role.BARCODE, role.TAX_FLAG, role.MODIFIER_FLAG)
        }
        self.prices = PriceColumn.of((self._text(row, role.PRICE) for row in table.rows), store)

    def reading(self) -> Reading:
        self._remark_on_columns()
        products = [product for group in self._groups() if (product := self._product(group))]
        return finish(SOURCE, products, self.findings, currency=self._currency(), mapping=self.roles)

    def _text(self, row: Row, wanted: str) -> str:
        return row[self.column_of.get(wanted, "")]

    def _cell(self, row: Row, wanted: str) -> Cell:
        return Cell(self.column_of.get(wanted, ""), self._text(row, wanted))

    def _remark_on_columns(self) -> None:
        if role.PRICE not in self.column_of:
            self.findings.remark(
                None, _("The file has no price column: every item comes in as “Needs price”.")
            )
        if self.column_of.get(role.PRICE, "").casefold().startswith("price tax excluded or"):
            self.findings.remark(
                None,
                _("The file does not say whether its prices include tax; they were taken as they stand."),
            )
        if self.columns_of[role.MODIFIER_FLAG]:
            self.findings.remark(
                None,
                _("The file names modifier sets without their choices: those that exist here are linked."),
            )

    def _currency(self) -> str | None:
        codes = (clean(self._text(row, role.CURRENCY)).upper() for row in self.table.rows)
        return next((code for code in codes if code), None)

    def _groups(self) -> Iterator[_Group]:
        groups: dict[str, _Group] = {}
        above: _Group | None = None
        for row in self.table.rows:
            if self._is_component(row):
                self.findings.remark(row.number, _("The parts of a composite item were left out."))
                continue
            key = self._group_key(row)
            if key:
                above = groups.setdefault(key, _Group(key, []))
                above.rows.append(row)
            elif above and self.options.values(row, {}):
                above.rows.append(row)
            else:
                self.findings.refuse(row.number, _("The item has no name."), column=self.column_of[role.NAME])
        yield from groups.values()

    def _is_component(self, row: Row) -> bool:
        """Loyverse lists what a composite item is made of in rows that hold nothing else."""
        own = (role.NAME, role.SKU, role.PRICE)
        return bool(self._text(row, role.COMPONENT)) and not any(self._text(row, wanted) for wanted in own)

    def _group_key(self, row: Row) -> str:
        """Empty for a row that continues the one above."""
        key = clean(self._text(row, role.KEY))
        name = clean(self._text(row, role.NAME))
        if key:
            return stable_key(f"id:{key}")
        if not name:
            return ""
        if self.options:
            return stable_key(f"name:{name.casefold()}", clean(self._text(row, role.CATEGORY)).casefold())
        sku = clean(self._text(row, role.SKU))
        barcode = next((text for column in self.columns_of[role.BARCODE] if (text := clean(row[column]))), "")
        own = f"sku:{sku}" if sku else f"barcode:{barcode}" if barcode else f"name:{name.casefold()}"
        # Two rows with one SKU are two products if their names differ; the second then loses its SKU.
        return stable_key(own) if not (sku or barcode) else stable_key(own, name.casefold())

    def _product(self, group: _Group) -> ImportedProduct | None:
        head = next((row for row in group.rows if self._text(row, role.NAME)), group.rows[0])
        name = read_name(
            self._text(head, role.NAME), head.number, self.findings, column=self.column_of[role.NAME]
        )
        if name is None or self._is_archived(head):
            self._refuse_followers(group, head)
            return None
        self._remark_on_head(head)
        names = self.options.names(group.rows)
        return ImportedProduct(
            source=SOURCE,
            source_key=group.key,
            name=name,
            category=self._category(head),
            description=shortened(without_html(self._text(head, role.DESCRIPTION)), DESCRIPTION_LENGTH),
            taxable=self._taxable(head),
            tax_hint=self._tax_hint(head),
            option_names=tuple(names.values()),
            variants=tuple(self._variants(group, names)),
            modifier_groups=tuple(self._modifier_groups(head)),
            row=head.number,
        )

    def _is_archived(self, head: Row) -> bool:
        archived = yes_or_no(self._text(head, role.ARCHIVED)) is True
        if archived:
            self.findings.refuse(head.number, _("The item is archived in the source."))
        return archived

    def _refuse_followers(self, group: _Group, head: Row) -> None:
        for row in group.rows:
            if row is not head:
                self.findings.refuse(row.number, _("Its item, in row %(row)s, was refused.", row=head.number))

    def _remark_on_head(self, head: Row) -> None:
        if yes_or_no(self._text(head, role.ACTIVE)) is False:
            self.findings.remark(head.number, _("The item is switched off in the source; it was imported."))
        if yes_or_no(self._text(head, role.BY_WEIGHT)):
            self.findings.remark(head.number, _("It is sold by weight; its price is that of one unit."))

    def _variants(self, group: _Group, names: dict[str, str]) -> Iterator[ImportedVariant]:
        for row in group.rows:
            options = self.options.values(row, names)
            missing = [name for name in names.values() if name not in dict(options)]
            if missing:
                self.findings.refuse(
                    row.number, _("The row gives no value for the option %(option)s.", option=missing[0])
                )
                continue
            if not self._is_store_currency(row):
                continue
            variant = read_variant(self._variant_cells(row, options), self.prices, self.findings)
            if variant:
                yield variant

    def _is_store_currency(self, row: Row) -> bool:
        currency = clean(self._text(row, role.CURRENCY))
        try:
            if currency and self._text(row, role.PRICE):
                refuse_other_currency(currency, self.store)
        except RuleError as error:
            self.findings.refuse(
                row.number, error.sentence, column=self.column_of[role.CURRENCY], value=currency
            )
            return False
        return True

    def _variant_cells(self, row: Row, options: tuple[tuple[str, str], ...]) -> VariantCells:
        key = clean(self._text(row, role.VARIANT_KEY))
        return VariantCells(
            row=row.number,
            source_key=stable_key(f"id:{key}") if key else stable_key(*(value for _name, value in options)),
            options=options,
            sku=self._cell(row, role.SKU),
            barcodes=tuple(Cell(column, row[column]) for column in self.columns_of[role.BARCODE]),
            price=self._cell(row, role.PRICE),
            stock=self._cell(row, role.STOCK),
        )

    def _category(self, head: Row) -> tuple[str, ...]:
        facets = [part.strip() for part in self._text(head, role.FACETS).split("|")]
        from_facets = category_path(
            part.partition(":")[2] for part in facets if part.casefold().startswith("category:")
        )
        text = self._text(head, role.CATEGORY)
        first, *others = [part for part in text.split(";") if part.strip()] or [""]
        if others:
            self.findings.remark(
                head.number,
                _("It has %(count)s categories; the first one was used.", count=len(others) + 1),
                column=self.column_of[role.CATEGORY],
                value=text,
            )
        return category_path(first.split(">")) or from_facets

    def _taxable(self, head: Row) -> bool | None:
        flags = [yes_or_no(head[column]) for column in self.columns_of[role.TAX_FLAG]]
        if flags:
            return True in flags
        return yes_or_no(self._text(head, role.TAXABLE))

    def _tax_hint(self, head: Row) -> str:
        flagged = [
            role.flag_name(column) for column in self.columns_of[role.TAX_FLAG] if yes_or_no(head[column])
        ]
        return ", ".join(flagged) or clean(self._text(head, role.TAX))

    def _modifier_groups(self, head: Row) -> Iterator[ImportedModifierGroup]:
        for column in self.columns_of[role.MODIFIER_FLAG]:
            if yes_or_no(head[column]):
                name = shortened(role.flag_name(column), SHORT_NAME_LENGTH)
                yield ImportedModifierGroup(source_key=stable_key(f"name:{name.casefold()}"), name=name)
