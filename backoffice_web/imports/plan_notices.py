"""What a person should know about a plan, beside what is new, changed and refused."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice_web.catalog.draft import ItemDraft
from backoffice_web.imports.desired import Wanted
from backoffice_web.imports.product import ImportedProduct, Notice, Reading
from backoffice_web.imports.saved_catalog import SavedCatalog
from shared_web.language import _


def notices_on_file(reading: Reading, wanted: Wanted) -> Iterator[Notice]:
    """Once for the whole file."""
    if any(variant.stock for variant in reading.variants):
        yield Notice(row=None, remark=_("Stock levels are not imported."))
    if any(product.description for product in reading.products):
        yield Notice(row=None, remark=_("Descriptions were left out: tills do not show them."))
    seen: set[str] = set()
    for product in reading.products:
        hint = product.tax_hint
        if hint and product.taxable is not False and hint not in seen and not wanted.tax_classes.knows(hint):
            seen.add(hint)
            yield Notice(
                row=product.row,
                remark=_("No tax class here has this name: new items get the default class."),
                value=hint,
            )


def notices_on_item(
    product: ImportedProduct, before: ItemDraft | None, after: ItemDraft, wanted: Wanted, saved: SavedCatalog
) -> Iterator[Notice]:
    for group in product.modifier_groups:
        if wanted.groups.key_of(group) is None:
            yield Notice(
                row=product.row,
                remark=_("There is no modifier group of this name here, so it was not linked."),
                value=group.name,
            )
    if before is None:
        if product.name in saved.names_taken:
            yield Notice(
                row=product.row,
                remark=_("Another item has this name already; this one comes in beside it."),
                value=product.name,
            )
        return
    if before.is_archived:
        yield Notice(row=product.row, remark=_("This item is archived here and stays so."), value=before.name)
    store_id, price_list_id = wanted.target.store_id, wanted.target.price_list_id
    listed = {one.id: one.prices.get(price_list_id) for one in before.variants}
    for one in after.variants:
        if store_id in one.store_prices and one.prices.get(price_list_id) != listed.get(one.id):
            yield Notice(
                row=product.row,
                remark=_("The store's own price of this item stays, and wins over the imported one."),
                value=after.name,
            )
