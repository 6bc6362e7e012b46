"""What every catalog reader gives: products in one shape, whatever file they came from.

Invariants: amounts are exact `Decimal`s in the store's currency (major units, never more fraction digits
than the currency has); a price of None means that the file gave none; every refusal and notice is a whole
sentence for a person; rows are numbered as a spreadsheet shows them (the header is row 1), objects of a
JSON file by their place in it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know about the store that it reads for."""

    currency: str
    """ISO 4217, as in "EUR"."""
    locale: str = "en_US"
    """Breaks ties ("1.299": a thousand or a little over one?) and chooses among names in many languages."""
    name: str = ""
    """Chooses among per-store columns such as "Price [Downtown]"."""

    @property
    def language(self) -> str:
        return self.locale.replace("-", "_").split("_")[0].lower()


class Barcode(msgspec.Struct, frozen=True):
    """A code as printed, and the key under which all its zero-paddings are one."""

    printed: str
    gtin14: str | None = None
    """None for a code of another length (a price look-up number), which is compared as printed."""

    @property
    def key(self) -> str:
        return self.gtin14 or self.printed


class ImportedVariant(msgspec.Struct, frozen=True, kw_only=True):
    source_key: str
    """Unique within the product and stable when the same file is exported again."""
    options: tuple[tuple[str, str], ...] = ()
    """(option name, value) in the product's order; empty for a product without choices."""
    sku: str | None = None
    barcodes: tuple[Barcode, ...] = ()
    price: Decimal | None = None
    stock: Decimal | None = None
    row: int


class ImportedModifier(msgspec.Struct, frozen=True, kw_only=True):
    source_key: str
    name: str
    price: Decimal = Decimal(0)


class ImportedModifierGroup(msgspec.Struct, frozen=True, kw_only=True):
    source_key: str
    name: str
    minimum: int = 0
    maximum: int | None = None
    """None: as many as there are modifiers."""
    modifiers: tuple[ImportedModifier, ...] = ()


class ImportedProduct(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    """The format it was read from: "shopify", "woocommerce", "square", "open_food_facts", "plain"."""
    source_key: str
    """What the source calls it (id or handle); the first thing that re-imports are matched by."""
    also_known_as: tuple[str, ...] = ()
    """Further keys of the same source, for exports that leave the first one out."""
    name: str
    category: tuple[str, ...] = ()
    """Path from the root, as in ("Clothing", "Hoodies"); empty when the source names none."""
    description: str = ""
    taxable: bool | None = None
    tax_hint: str = ""
    """The source's own words on its tax ("reduced-rate", "Sales tax 8.5 %")."""
    option_names: tuple[str, ...] = ()
    variants: tuple[ImportedVariant, ...]
    modifier_groups: tuple[ImportedModifierGroup, ...] = ()
    row: int


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not imported, and why."""

    row: int | None
    reason: str
    column: str = ""
    value: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something imported otherwise than it stood in the file, or left out without harm."""

    row: int | None
    remark: str
    column: str = ""
    value: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    products: tuple[ImportedProduct, ...]
    refusals: tuple[Refusal, ...] = ()
    notices: tuple[Notice, ...] = ()
    currency: str | None = None
    """The currency that the file itself names, if it does."""
    mapping: dict[str, str] | None = None
    """Plain files: the role of each column, as used."""

    @property
    def variants(self) -> tuple[ImportedVariant, ...]:
        return tuple(variant for product in self.products for variant in product.variants)
