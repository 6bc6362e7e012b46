"""Square's catalog objects as JSON: camelCase or snake_case, a list, a mapping by id, or API pages.

Amounts are in minor units. "CURRENCY" stands in sample files where the seller's own currency belongs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from backoffice_web.imports.cell_text import (
    DESCRIPTION_LENGTH,
    SHORT_NAME_LENGTH,
    category_path,
    clean,
    shortened,
    stable_key,
    without_html,
)
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.formats.square_objects import (
    CatalogObject,
    catalog_objects,
    flag,
    part,
    parts,
    words,
)
from backoffice_web.imports.prices import PriceColumn, checked_price, refuse_other_currency
from backoffice_web.imports.product import (
    ImportedModifier,
    ImportedModifierGroup,
    ImportedProduct,
    ImportedVariant,
    Reading,
    StoreFacts,
)
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.variant_cells import Cell, VariantCells, read_name, read_variant
from shared_web.errors import RuleError
from shared_web.formats import fraction_digits
from shared_web.language import _

SOURCE = "square"
ITEM, CATEGORY, TAX, MODIFIER_LIST = "ITEM", "CATEGORY", "TAX", "MODIFIER_LIST"
# Objects that are read through their item, or say nothing that a till needs.
UNDERSTOOD = {
    ITEM,
    CATEGORY,
    TAX,
    MODIFIER_LIST,
    "ITEM_VARIATION",
    "MODIFIER",
    "ITEM_OPTION",
    "ITEM_OPTION_VAL",
}
SOLD_AT_TILLS = {
    "",
    "REGULAR",
    "FOOD_AND_BEV",
    "LEGACY_SQUARE_ONLINE_SERVICE",
    "LEGACY_SQUARE_ONLINE_MEMBERSHIP",
}
PLACEHOLDER_CURRENCY = "CURRENCY"
OPTION_NAME = "Variation"
ONLY_VARIATION = "regular"


def read(document: Any, store: StoreFacts) -> Reading:
    """Read parsed JSON. RuleError if it holds no Square catalog objects."""
    objects = list(catalog_objects(document))
    if not objects:
        raise RuleError(_("There are no Square catalog objects in this JSON file."))
    return _SquareReader(objects, store).reading()


class _SquareReader:
    def __init__(self, objects: list[CatalogObject], store: StoreFacts) -> None:
        self.objects = objects
        self.store = store
        self.findings = Findings()
        self.by_id = {item.id: item for item in objects}
        self.currencies: Counter[str] = Counter()
        # Amounts are whole minor units, so nothing of this column is ever parsed.
        self.no_column = PriceColumn(".", store)
        self.groups = {item.id: self._group(item) for item in objects if item.type == MODIFIER_LIST}

    def reading(self) -> Reading:
        items = [item for item in self.objects if item.type == ITEM]
        products = [product for item in items if (product := self._product(item))]
        self._remark_on_the_rest()
        currency = next((code for code, _count in self.currencies.most_common()), None)
        return finish(SOURCE, products, self.findings, currency=currency)

    def _remark_on_the_rest(self) -> None:
        for kind, count in Counter(item.type for item in self.objects).items():
            if kind not in UNDERSTOOD:
                self.findings.remark(
                    None,
                    _("%(count)s objects of the type %(kind)s were left out.", count=count, kind=kind[:40]),
                    value=kind,
                )
        if self.currencies.get(PLACEHOLDER_CURRENCY):
            self.currencies.pop(PLACEHOLDER_CURRENCY)
            self.findings.remark(
                None,
                _(
                    "The file names no currency; its prices were taken as %(currency)s.",
                    currency=self.store.currency,
                ),
            )

    def _product(self, item: CatalogObject) -> ImportedProduct | None:
        if self._is_unsellable(item):
            return None
        name = read_name(words(item.body, "name"), item.row, self.findings, column="name")
        if name is None:
            return None
        variations = [found for found in self._variations(item) if not found.is_deleted]
        if not variations:
            self.findings.refuse(item.row, _("The item has no variations, so it has no price."), value=name)
            return None
        has_choice = len(variations) > 1 or words(variations[0].body, "name").casefold() not in (
            "",
            ONLY_VARIATION,
        )
        taxes = self._taxes(item)
        return ImportedProduct(
            source=SOURCE,
            source_key=stable_key(item.id),
            name=name,
            category=self._category(item),
            description=self._description(item),
            taxable=bool(taxes) if self._file_has_taxes() else None,
            tax_hint=", ".join(taxes),
            option_names=(OPTION_NAME,) if has_choice else (),
            variants=tuple(self._variants(variations, has_choice=has_choice)),
            modifier_groups=tuple(self._groups_of(item)),
            row=item.row,
        )

    def _is_unsellable(self, item: CatalogObject) -> bool:
        kind = words(item.body, "product_type")
        reason = ""
        if item.is_deleted:
            reason = _("The item was deleted in Square.")
        elif flag(item.body, "is_archived"):
            reason = _("The item is archived in Square.")
        elif kind not in SOLD_AT_TILLS:
            reason = _("Items of the type %(kind)s are not sold at a till.", kind=kind[:40])
        if reason:
            self.findings.refuse(item.row, reason, value=words(item.body, "name"))
        return bool(reason)

    def _variations(self, item: CatalogObject) -> list[CatalogObject]:
        inside = [
            found
            for value in parts(item.body, "variations")
            if (found := CatalogObject.of(value, item.row)) is not None
        ]
        apart = [
            found
            for found in self.objects
            if found.type == "ITEM_VARIATION" and words(found.body, "item_id") == item.id
        ]
        return inside + apart

    def _variants(self, variations: list[CatalogObject], *, has_choice: bool) -> Iterator[ImportedVariant]:
        for place, variation in enumerate(variations, start=1):
            label = shortened(clean(words(variation.body, "name"))) or str(place)
            cells = VariantCells(
                row=variation.row,
                source_key=stable_key(variation.id or label),
                options=((OPTION_NAME, label),) if has_choice else (),
                sku=Cell("sku", words(variation.body, "sku")),
                barcodes=(Cell("upc", words(variation.body, "upc")),),
            )
            try:
                price = self._variation_price(variation, label)
            except RuleError as error:
                self.findings.refuse(variation.row, error.sentence, column="price_money", value=label)
                continue
            variant = read_variant(cells, self.no_column, self.findings)
            if variant:
                yield msgspec.structs.replace(variant, price=price)

    def _variation_price(self, variation: CatalogObject, label: str) -> Decimal | None:
        price = self._money(variation.body)
        if price is None:
            self.findings.remark(
                variation.row,
                _("The price is asked at the till in the source. It comes in as “Needs price”."),
                column="price_money",
                value=label,
            )
        return price

    def _money(self, body: dict[str, Any]) -> Decimal | None:
        """The amount of `price_money` in major units; RuleError where it is no price in the store's money."""
        money = part(body, "price_money")
        if not money:
            return None
        amount, currency = money.get("amount", 0), words(money, "currency").upper()
        if not isinstance(amount, int) or isinstance(amount, bool):
            raise RuleError(_("The amount is not a whole number of minor units."))
        self.currencies[currency or PLACEHOLDER_CURRENCY] += 1
        if currency not in ("", PLACEHOLDER_CURRENCY):
            refuse_other_currency(currency, self.store)
        return checked_price(
            Decimal(amount).scaleb(-fraction_digits(self.store.currency)), self.store.currency
        )

    def _category(self, item: CatalogObject) -> tuple[str, ...]:
        listed = [words(entry, "id") for entry in parts(item.body, "categories")]
        main = words(part(item.body, "reporting_category"), "id") or words(item.body, "category_id")
        keys = [key for key in dict.fromkeys([main, *listed]) if key]
        if len(keys) > 1:
            self.findings.remark(
                item.row,
                _("It has %(count)s categories; the first one was used.", count=len(keys)),
                value=words(item.body, "name"),
            )
        return self._path(keys[0]) if keys else ()

    def _path(self, key: str) -> tuple[str, ...]:
        names: list[str] = []
        seen: set[str] = set()
        while key in self.by_id and key not in seen and self.by_id[key].type == CATEGORY:
            seen.add(key)
            names.insert(0, words(self.by_id[key].body, "name"))
            key = words(part(self.by_id[key].body, "parent_category"), "id")
        return category_path(names)

    def _description(self, item: CatalogObject) -> str:
        text = words(item.body, "description_plaintext") or words(item.body, "description")
        return shortened(without_html(text or words(item.body, "description_html")), DESCRIPTION_LENGTH)

    def _file_has_taxes(self) -> bool:
        return any(item.type == TAX for item in self.objects)

    def _taxes(self, item: CatalogObject) -> list[str]:
        taxes = [
            self.by_id[key]
            for key in parts(item.body, "tax_ids")
            if isinstance(key, str) and key in self.by_id
        ]
        return [
            clean(f"{words(tax.body, 'name')} {words(tax.body, 'percentage')} %")
            for tax in taxes
            if tax.type == TAX and not tax.is_deleted
        ]

    def _groups_of(self, item: CatalogObject) -> Iterator[ImportedModifierGroup]:
        for link in parts(item.body, "modifier_list_info"):
            key = words(link, "modifier_list_id")
            group = self.groups.get(key)
            if group is None:
                if flag(link, "enabled") is not False:
                    self.findings.remark(
                        item.row, _("One of its modifier lists is not in the file."), value=key
                    )
            elif group.modifiers and flag(link, "enabled") is not False:
                yield _with_limits(group, link)

    def _group(self, item: CatalogObject) -> ImportedModifierGroup:
        found = [CatalogObject.of(value, item.row) for value in parts(item.body, "modifiers")]
        modifiers = tuple(
            modifier
            for entry in found
            if entry and not entry.is_deleted and (modifier := self._modifier(entry))
        )
        is_single = words(item.body, "selection_type") == "SINGLE"
        group = ImportedModifierGroup(
            source_key=stable_key(item.id),
            name=shortened(clean(words(item.body, "name")) or item.id, SHORT_NAME_LENGTH),
            maximum=1 if is_single else None,
            modifiers=modifiers,
        )
        return _with_limits(group, item.body)

    def _modifier(self, entry: CatalogObject) -> ImportedModifier | None:
        name = clean(words(entry.body, "name"))
        try:
            price = self._money(entry.body) or Decimal(0)
        except RuleError as error:
            self.findings.refuse(entry.row, error.sentence, column="price_money", value=name)
            return None
        return ImportedModifier(
            source_key=stable_key(entry.id or name),
            name=shortened(name or entry.id, SHORT_NAME_LENGTH),
            price=price,
        )


def _with_limits(group: ImportedModifierGroup, limits: dict[str, Any]) -> ImportedModifierGroup:
    """`group` with the minimum and maximum that `limits` states; -1 means "not said here" at Square."""
    minimum, maximum = limits.get("min_selected_modifiers"), limits.get("max_selected_modifiers")
    changes: dict[str, int] = {}
    if isinstance(minimum, int) and 0 <= minimum <= len(group.modifiers):
        changes["minimum"] = int(minimum)
    if isinstance(maximum, int) and maximum >= max(1, changes.get("minimum", group.minimum)):
        changes["maximum"] = int(maximum)
    return msgspec.structs.replace(group, **changes)
