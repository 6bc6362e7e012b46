"""What an item must fulfil before it can be saved, each rule with a sentence beside its field."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.category import TONES
from backoffice_web.catalog.draft import ItemDraft, VariantDraft
from backoffice_web.catalog.item import Barcode, Item, Variant
from backoffice_web.editing import Complaints
from shared_web.language import _


def check_item(
    session: Session, draft: ItemDraft, *, item_id: str | None, before: ItemDraft | None = None
) -> None:
    """Raises RuleError; its fields are named as in the editor's form (`variants-0-sku`).

    What has to be unique is looked up only where it differs from `before`: bulk edits stay fast.
    """
    complaints = Complaints()
    complaints.check_name(draft.name, longest=200)
    if draft.tone not in ("", *TONES):
        complaints.add("tone", _("Choose one of the colours."))
    if not draft.variants:
        complaints.add("variants", _("An item needs at least one variant."))
    _check_variants(draft.variants, complaints)
    if before is None or _codes(before) != _codes(draft):
        _check_skus(session, draft.variants, item_id, complaints)
        _check_barcodes(session, draft.variants, item_id, complaints)
    complaints.raise_if_any()


def _codes(draft: ItemDraft) -> list[tuple[str, tuple[str, ...]]]:
    return [(variant.sku, tuple(code.gtin for code in variant.barcodes)) for variant in draft.variants]


def _check_variants(variants: Iterable[VariantDraft], complaints: Complaints) -> None:
    variants = list(variants)
    seen: set[str] = set()
    for index, variant in enumerate(variants):
        field = f"variants-{index}-name"
        name = variant.name.strip().casefold()
        if len(variants) > 1 and not name:
            complaints.add(field, _("Name each variant, as in Small and Large."))
        elif name and name in seen:
            complaints.add(field, _("Another variant of this item has this name."))
        seen.add(name)
        if any(cents < 0 for cents in (*variant.prices.values(), *variant.store_prices.values())):
            complaints.add(f"variants-{index}-price", _("A price cannot be less than nothing."))


def _check_skus(
    session: Session, variants: Iterable[VariantDraft], item_id: str | None, complaints: Complaints
) -> None:
    wanted = {variant.sku for variant in variants if variant.sku}
    if not wanted:
        return
    taken: dict[str, str] = dict(
        session.execute(
            select(Variant.sku, Item.name)
            .join(Item, Item.id == Variant.item_id)
            .where(Variant.sku.in_(wanted), Variant.item_id != (item_id or ""))
        ).all()  # type: ignore[arg-type]
    )
    seen: set[str] = set()
    for index, variant in enumerate(variants):
        field = f"variants-{index}-sku"
        if variant.sku in taken:
            complaints.add(field, _("%(item)s has this SKU already.", item=taken[variant.sku]))
        elif variant.sku and variant.sku in seen:
            complaints.add(field, _("Another variant of this item has this SKU."))
        seen.add(variant.sku)


def _check_barcodes(
    session: Session, variants: Iterable[VariantDraft], item_id: str | None, complaints: Complaints
) -> None:
    wanted = {barcode.gtin for variant in variants for barcode in variant.barcodes}
    if not wanted:
        return
    taken = dict(
        session.execute(
            select(Barcode.gtin, Item.name)
            .join(Variant, Variant.id == Barcode.variant_id)
            .join(Item, Item.id == Variant.item_id)
            .where(Barcode.gtin.in_(wanted), Variant.item_id != (item_id or ""))
        ).all()
    )
    seen: set[str] = set()
    for index, variant in enumerate(variants):
        for barcode in variant.barcodes:
            field = f"variants-{index}-barcodes"
            if barcode.gtin in taken:
                sentence = _(
                    "%(item)s has the barcode %(code)s.", item=taken[barcode.gtin], code=barcode.code
                )
                complaints.add(field, sentence)
            elif barcode.gtin in seen:
                complaints.add(field, _("The barcode %(code)s is here twice.", code=barcode.code))
            seen.add(barcode.gtin)
