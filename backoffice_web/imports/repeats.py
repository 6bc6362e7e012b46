"""What may stand in a file only once: a product's key, a variant's options, a SKU, a barcode.

The first one keeps it. A repeated SKU or barcode is dropped with a notice, since the variant itself is
good; a repeated variant is refused, since nothing tells which of the two prices is meant.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backoffice_web.imports.findings import Findings
from backoffice_web.imports.product import Barcode, ImportedProduct, ImportedVariant, Reading
from shared_web.errors import RuleError
from shared_web.language import _


def finish(
    source: str,
    products: Iterable[ImportedProduct],
    findings: Findings,
    *,
    currency: str | None = None,
    mapping: dict[str, str] | None = None,
) -> Reading:
    """The reading of `products` without repeats. RuleError if the file held nothing to import or refuse."""
    seen = _Seen(findings)
    kept = tuple(product for product in map(seen.first_only, products) if product.variants)
    if not kept and not findings.refusals:
        raise RuleError(_("There are no items in this file."))
    return Reading(
        format=source,
        products=kept,
        refusals=tuple(sorted(findings.refusals, key=lambda refusal: refusal.row or 0)),
        notices=tuple(sorted(findings.notices, key=lambda notice: notice.row or 0)),
        currency=currency,
        mapping=mapping,
    )


class _Seen:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.products: dict[str, int] = {}
        self.skus: dict[str, ImportedVariant] = {}
        self.barcodes: dict[str, ImportedVariant] = {}

    def first_only(self, product: ImportedProduct) -> ImportedProduct:
        if product.source_key in self.products:
            self.findings.refuse(
                product.row,
                _("This item was already in row %(row)s.", row=self.products[product.source_key]),
                value=product.name,
            )
            return msgspec.structs.replace(product, variants=())
        self.products[product.source_key] = product.row
        different = self._without_same_options(product.variants)
        return msgspec.structs.replace(product, variants=tuple(map(self._with_own_codes, different)))

    def _without_same_options(self, variants: Iterable[ImportedVariant]) -> list[ImportedVariant]:
        first: dict[tuple[tuple[str, str], ...], ImportedVariant] = {}
        for variant in variants:
            options = tuple((name.casefold(), value.casefold()) for name, value in variant.options)
            earlier = first.setdefault(options, variant)
            if earlier is not variant:
                self.findings.refuse(
                    variant.row,
                    _("Row %(row)s already has this item with the same options.", row=earlier.row),
                    value=", ".join(value for _name, value in variant.options),
                )
        return list(first.values())

    def _with_own_codes(self, variant: ImportedVariant) -> ImportedVariant:
        return msgspec.structs.replace(
            variant, sku=self._own_sku(variant), barcodes=tuple(self._own_barcodes(variant))
        )

    def _own_sku(self, variant: ImportedVariant) -> str | None:
        if variant.sku is None:
            return None
        owner = self.skus.setdefault(variant.sku, variant)
        if owner is variant:
            return variant.sku
        self.findings.remark(
            variant.row,
            _("Row %(row)s already has this SKU, so it was left out here.", row=owner.row),
            value=variant.sku,
        )
        return None

    def _own_barcodes(self, variant: ImportedVariant) -> Iterable[Barcode]:
        for barcode in variant.barcodes:
            owner = self.barcodes.setdefault(barcode.key, variant)
            if owner is variant:
                yield barcode
            else:
                self.findings.remark(
                    variant.row,
                    _("Row %(row)s already has this barcode, so it was left out here.", row=owner.row),
                    value=barcode.printed,
                )
