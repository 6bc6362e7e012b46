"""The item editor's fields as texts: filled from a draft, or from what was posted, and read into a draft.

Invariant: whatever somebody typed is kept as it was typed, also when it cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft
from backoffice_web.catalog.names import Names
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import money_or_nothing, row_label, row_numbers, whole_number
from backoffice_web.imports.barcodes import DamagedBarcode, read_barcodes
from shared_web.formats import amount
from shared_web.language import _

Posted = MultiDict[str, str]


@dataclass(frozen=True, kw_only=True)
class VariantTexts:
    """`prices` by price list id, `store_prices` by store id."""

    id: str = ""
    name: str = ""
    sku: str = ""
    barcodes: str = ""
    prices: Mapping[str, str] = field(default_factory=dict)
    store_prices: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_store_prices(self) -> bool:
        return any(self.store_prices.values())


@dataclass(frozen=True, kw_only=True)
class ItemTexts:
    """`stores` are the ids of the stores where the item is ticked as sold."""

    name: str = ""
    category_id: str = ""
    tax_class_id: str = ""
    tone: str = ""
    position: str = ""
    is_favourite: bool = False
    is_sold_everywhere: bool = True
    stores: frozenset[str] = frozenset()
    modifier_groups: tuple[str, ...] = ()
    variants: tuple[VariantTexts, ...] = (VariantTexts(),)

    def with_row_added(self) -> ItemTexts:
        return replace(self, variants=(*self.variants, VariantTexts()))

    def without_row(self, index: int) -> ItemTexts:
        kept = tuple(row for number, row in enumerate(self.variants) if number != index)
        return replace(self, variants=kept or (VariantTexts(),))

    def labels(self, names: Names) -> dict[str, str]:
        """What the fields are called where a sentence about one stands away from it."""
        labels = {"name": _("Name"), "position": _("Position")}
        for index, row in enumerate(self.variants):
            own = {"name": _("Variant"), "sku": _("SKU"), "barcodes": _("Barcodes")}
            own |= {f"price-{key}": f"{_('Price')}, {names.price_list(key)}" for key in names.price_lists}
            own |= {
                f"store_price-{key}": f"{_('Price')}, {store.name}" for key, store in names.stores.items()
            }
            labels |= {
                f"variants-{index}-{field}": row_label(row.name, words) for field, words in own.items()
            }
        return labels


def texts_of_item(draft: ItemDraft, names: Names) -> ItemTexts:
    sold = {key for key in names.stores if draft.sold_in.get(key, draft.is_sold_everywhere)}
    return ItemTexts(
        name=draft.name,
        category_id=draft.category_id or "",
        tax_class_id=draft.tax_class_id or "",
        tone=draft.tone,
        position=str(draft.position),
        is_favourite=draft.is_favourite,
        is_sold_everywhere=draft.is_sold_everywhere,
        stores=frozenset(sold),
        modifier_groups=draft.modifier_groups,
        variants=tuple(_texts_of_variant(variant, names) for variant in draft.variants) or (VariantTexts(),),
    )


def new_item_texts(names: Names) -> ItemTexts:
    return ItemTexts(stores=frozenset(names.stores))


def posted_item(form: Posted, names: Names) -> ItemTexts:
    return ItemTexts(
        name=form.get("name", ""),
        category_id=form.get("category_id", ""),
        tax_class_id=form.get("tax_class_id", ""),
        tone=form.get("tone", ""),
        position=form.get("position", ""),
        is_favourite="is_favourite" in form,
        is_sold_everywhere="is_sold_everywhere" in form,
        stores=frozenset(form.getlist("stores")) & names.stores.keys(),
        modifier_groups=tuple(dict.fromkeys(form.getlist("modifier_groups"))),
        variants=tuple(_posted_variant(form, number, names) for number in row_numbers(form, "variants"))
        or (VariantTexts(),),
    )


def read_item(texts: ItemTexts, names: Names, *, before: ItemDraft | None) -> ItemDraft:
    """The draft that the texts describe; what the editor does not show is kept from `before`.

    Raises RuleError with a sentence for each field that cannot be read.
    """
    complaints = Complaints()
    known = {variant.id: variant for variant in before.variants} if before else {}
    draft = ItemDraft(
        name=texts.name.strip(),
        category_id=_known(texts.category_id, names.category, "category_id", complaints),
        tax_class_id=_known(texts.tax_class_id, names.tax_class, "tax_class_id", complaints),
        tone=texts.tone,
        position=whole_number(texts.position, "position", complaints),
        is_favourite=texts.is_favourite,
        is_archived=before.is_archived if before else False,
        is_sold_everywhere=texts.is_sold_everywhere,
        sold_in={
            store: store in texts.stores
            for store in names.stores
            if (store in texts.stores) != texts.is_sold_everywhere
        },
        modifier_groups=tuple(key for key in texts.modifier_groups if names.group(key)),
        variants=tuple(
            _read_variant(row, index, names, known.get(row.id), complaints)
            for index, row in enumerate(texts.variants)
        ),
        source=before.source if before else None,
        source_key=before.source_key if before else None,
    )
    complaints.raise_if_any()
    return draft


def _texts_of_variant(variant: VariantDraft, names: Names) -> VariantTexts:
    return VariantTexts(
        id=variant.id or "",
        name=variant.name,
        sku=variant.sku,
        barcodes=", ".join(barcode.code for barcode in variant.barcodes),
        prices={key: amount(cents, names.price_lists[key].currency) for key, cents in variant.prices.items()},
        store_prices={
            key: amount(cents, names.stores[key].currency)
            for key, cents in variant.store_prices.items()
            if key in names.stores
        },
    )


def _posted_variant(form: Posted, number: int, names: Names) -> VariantTexts:
    prefix = f"variants-{number}-"
    return VariantTexts(
        id=form.get(f"{prefix}id", ""),
        name=form.get(f"{prefix}name", ""),
        sku=form.get(f"{prefix}sku", ""),
        barcodes=form.get(f"{prefix}barcodes", ""),
        prices={key: form.get(f"{prefix}price-{key}", "") for key in names.price_lists},
        store_prices={key: form.get(f"{prefix}store_price-{key}", "") for key in names.stores},
    )


def _read_variant(
    row: VariantTexts, index: int, names: Names, known: VariantDraft | None, complaints: Complaints
) -> VariantDraft:
    prefix = f"variants-{index}-"
    prices = {
        key: money_or_nothing(text, names.price_lists[key].currency, f"{prefix}price-{key}", complaints)
        for key, text in row.prices.items()
    }
    store_prices = {
        key: money_or_nothing(text, names.stores[key].currency, f"{prefix}store_price-{key}", complaints)
        for key, text in row.store_prices.items()
    }
    if len(row.sku.strip()) > 80:
        complaints.add(f"{prefix}sku", _("Use at most %(count)s characters.", count=80))
    if len(row.name.strip()) > 200:
        complaints.add(f"{prefix}name", _("Use at most %(count)s characters.", count=200))
    return VariantDraft(
        id=known.id if known else None,
        name=row.name.strip(),
        sku=row.sku.strip(),
        barcodes=_read_barcodes(row.barcodes, f"{prefix}barcodes", complaints),
        prices=_given(prices, prefix + "price", complaints),
        store_prices=_given(store_prices, prefix + "store_price", complaints),
        source_key=known.source_key if known else None,
    )


def _given(prices: Mapping[str, int | None], field: str, complaints: Complaints) -> dict[str, int]:
    given = {key: cents for key, cents in prices.items() if cents is not None}
    for key, cents in given.items():
        if cents < 0:
            complaints.add(f"{field}-{key}", _("A price cannot be less than nothing."))
    return given


def _read_barcodes(text: str, field: str, complaints: Complaints) -> tuple[BarcodeDraft, ...]:
    found: list[BarcodeDraft] = []
    try:
        findings = read_barcodes(text)
    except DamagedBarcode as problem:
        complaints.add(field, problem.sentence)
        return ()
    for code, finding in findings:
        if finding.barcode is None:
            complaints.add(field, _("%(code)s is no barcode. Compare it with the label.", code=code[:40]))
        else:
            found.append(BarcodeDraft(code=finding.barcode.printed, gtin=finding.barcode.key))
    return tuple(found)


def _known(key: str, name_of: Callable[[str], str], field: str, complaints: Complaints) -> str | None:
    if not key:
        return None
    if not name_of(key):
        complaints.add(field, _("Choose one from the list."))
        return None
    return key
