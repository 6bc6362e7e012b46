"""What importing a reading would do to the saved catalog. Reads only; saving plans again and then writes.

Invariants: the same file against the same catalog gives the same plan and fingerprint; a file that was
saved a moment ago plans nothing but "unchanged"; a product is planned whole or refused with a row and a
sentence, and no two products of a file are the same saved item. Stock and descriptions are not imported:
tills show neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec
from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import CategoryDraft, ItemDraft, ModifierGroupDraft
from backoffice_web.catalog.item_rules import check_item
from backoffice_web.catalog.item_words import item_words
from backoffice_web.imports.desired import Wanted, changed_item, new_item
from backoffice_web.imports.findings import shown
from backoffice_web.imports.group_plan import ModifierGroups
from backoffice_web.imports.match import Contradiction, item_of
from backoffice_web.imports.plan_notices import notices_on_file, notices_on_item
from backoffice_web.imports.pricing import PriceTarget
from backoffice_web.imports.product import ImportedProduct, Notice, Reading, Refusal
from backoffice_web.imports.references import NOT_TAXED, Categories, PlannedNames, TaxClasses
from backoffice_web.imports.saved_catalog import SavedCatalog, keys_of
from backoffice_web.publishing.saved_change import changed_fields
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"


@dataclass(frozen=True, kw_only=True)
class PlannedItem:
    """`fields` maps a changed field's label to its words before and after; empty unless changed.

    `before` is what is saved under `item_id`; both are None for a new item.
    """

    state: str
    product: ImportedProduct
    item_id: str | None
    before: ItemDraft | None
    draft: ItemDraft
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unknown_keys: tuple[str, ...] = ()
    """What the source calls it and was never imported for this store under."""


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """`categories` and `groups` map the placeholders (or keys) in the drafts to what has to be saved."""

    store_id: str
    price_list_id: str
    items: tuple[PlannedItem, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]
    categories: Mapping[str, tuple[str | None, CategoryDraft]]
    groups: Mapping[str, tuple[str | None, ModifierGroupDraft]]
    is_tax_class_missing: bool

    def in_state(self, state: str) -> list[PlannedItem]:
        return [item for item in self.items if item.state == state]

    @property
    def fingerprint(self) -> str:
        """Of all that saving would write: another one means that the catalog moved on meanwhile."""
        written = [(item.item_id, item.draft) for item in self.items if item.state != UNCHANGED]
        decided = (written, self.categories, self.groups, len(self.refusals))
        return blake2b(msgspec.msgpack.encode(decided, order="deterministic"), digest_size=16).hexdigest()


def plan(session: Session, reading: Reading, *, store: Store) -> ImportPlan:
    """Compare every product with the saved catalog, for the price list and assortment of `store`.

    The reading must have been made for this store's currency: readers refuse other ones row by row.
    """
    return _Planner(session, reading, store).plan()


class _Planner:
    def __init__(self, session: Session, reading: Reading, store: Store) -> None:
        self.session, self.reading, self.store = session, reading, store
        self.saved = SavedCatalog(session, reading, store_id=store.id)
        self.names = PlannedNames(session, {})
        target = PriceTarget(
            store_id=store.id,
            price_list_id=store.price_list_id,
            currency=store.currency,
            is_only_store=len(self.names.stores) == 1,
        )
        self.wanted = Wanted(
            target=target,
            categories=Categories(session, reading.products),
            tax_classes=TaxClasses(session, store_id=store.id),
            groups=ModifierGroups(session, reading.products, target),
        )
        self.refusals = list(reading.refusals)
        self.notices = list(reading.notices)
        self.taken: dict[str, ImportedProduct] = {}

    def plan(self) -> ImportPlan:
        items = [item for product in self.reading.products if (item := self._planned(product))]
        self.notices += notices_on_file(self.reading, self.wanted)
        used_groups = [key for item in items for key in self._groups_of(item.product)]
        return ImportPlan(
            store_id=self.store.id,
            price_list_id=self.store.price_list_id,
            items=tuple(items),
            refusals=tuple(sorted(self.refusals, key=lambda refusal: refusal.row or 0)),
            notices=tuple(sorted(self.notices, key=lambda notice: notice.row or 0)),
            categories=self.wanted.categories.wanted(item.draft.category_id or "" for item in items),
            groups=self.wanted.groups.wanted(used_groups),
            is_tax_class_missing=any(item.draft.tax_class_id == NOT_TAXED for item in items),
        )

    def _planned(self, product: ImportedProduct) -> PlannedItem | None:
        """The item, or None after the product was refused."""
        try:
            item_id = item_of(product, self.saved)
            self._take(product, item_id)
            draft = self._draft(product, item_id)
            # Given as its own predecessor a draft is not looked up code by code: the maps know already.
            check_item(self.session, draft, item_id=item_id, before=draft)
        except Contradiction as problem:
            self._refuse(problem.row, problem.sentence, value=problem.value)
            return None
        except RuleError as problem:
            self._refuse(product.row, " ".join(dict.fromkeys(problem.fields.values())), value=product.name)
            return None
        return self._compared(product, item_id, draft)

    def _take(self, product: ImportedProduct, item_id: str | None) -> None:
        if item_id is None:
            return
        other = self.taken.setdefault(item_id, product)
        if other is not product:
            sentence = _(
                "Row %(row)s is the same item here, “%(name)s”.",
                row=other.row,
                name=self.saved.drafts[item_id].name,
            )
            raise Contradiction(sentence, row=product.row, value=product.name)

    def _draft(self, product: ImportedProduct, item_id: str | None) -> ItemDraft:
        if item_id is None:
            return new_item(product, self.wanted)
        saved = self.saved.drafts[item_id]
        is_known = any((product.source, key) in self.saved.by_key for key in keys_of(product))
        return changed_item(
            product,
            saved,
            self.wanted,
            is_same_source=is_known or saved.source == product.source,
            is_offered=any((product.source, key) in self.saved.offered for key in keys_of(product)),
        )

    def _compared(self, product: ImportedProduct, item_id: str | None, draft: ItemDraft) -> PlannedItem:
        before = self.saved.drafts[item_id] if item_id else None
        self.notices += notices_on_item(product, before, draft, self.wanted, self.saved)
        fields: Mapping[str, tuple[str, str]] = {}
        if before is not None and before != draft:
            self._learn_names()
            fields = changed_fields(item_words(before, self.names), item_words(draft, self.names))
        return PlannedItem(
            state=NEW if before is None else CHANGED if fields else UNCHANGED,
            product=product,
            item_id=item_id,
            before=before,
            draft=draft,
            fields=fields,
            unknown_keys=tuple(
                key for key in keys_of(product) if (product.source, key) not in self.saved.offered
            ),
        )

    def _learn_names(self) -> None:
        self.names.planned |= {**self.wanted.categories.names, **self.wanted.groups.names}

    def _groups_of(self, product: ImportedProduct) -> Iterable[str]:
        return (key for group in product.modifier_groups if (key := self.wanted.groups.key_of(group)))

    def _refuse(self, row: int, reason: str, *, value: str) -> None:
        self.refusals.append(Refusal(row=row, reason=reason, value=shown(value)))
