"""Changes many items at once: archive, move, price, where they are sold. Saved, not published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backoffice_web.catalog.draft import ItemDraft, VariantDraft, draft_of_item
from backoffice_web.catalog.item import Item, Variant
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.save_item import write_item
from backoffice_web.publishing.saved_change import SavedChange, note_changes
from backoffice_web.publishing.upsert import chunks
from shared_web.errors import RuleError
from shared_web.formats import LARGEST_AMOUNT_CENTS
from shared_web.language import _
from sync_contract.money import divide_half_up

Change = Callable[[ItemDraft], ItemDraft]
WAYS = ("percent", "amount", "set")
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """`way`: percent (`value` in millionths), amount or set (`value` in minor units of the list)."""

    price_list_id: str
    way: str
    value: int

    def new_price(self, cents: int | None) -> int | None:
        """The price afterwards; an item without one gets one only by `set`. Halves round away from 0."""
        if self.way == "set":
            return self.value
        if cents is None:
            return None
        if self.way == "amount":
            return cents + self.value
        return divide_half_up(cents * (MILLION + self.value), MILLION)


@dataclass(frozen=True)
class PricePreview:
    item_id: str
    name: str
    before: int | None
    after: int


def archived(is_archived: bool) -> Change:
    return lambda draft: replace(draft, is_archived=is_archived)


def moved(category_id: str | None) -> Change:
    return lambda draft: replace(draft, category_id=category_id)


def sold(store_id: str, is_sold: bool) -> Change:
    """Sold in one store, or not; what holds for the other stores stays."""

    def change(draft: ItemDraft) -> ItemDraft:
        others = {key: value for key, value in draft.sold_in.items() if key != store_id}
        if is_sold != draft.is_sold_everywhere:
            others[store_id] = is_sold
        return replace(draft, sold_in=others)

    return change


def priced(price: PriceChange) -> Change:
    def change(draft: ItemDraft) -> ItemDraft:
        return replace(draft, variants=tuple(_priced(variant, price) for variant in draft.variants))

    return change


def change_items(
    session: Session, keys: Sequence[str], change: Change, *, by: str, now: datetime
) -> list[SavedChange]:
    """Apply `change` to each item; returns what really changed. Raises RuleError, then nothing is."""
    names = Names(session)
    saved: list[SavedChange] = []
    for item in _load(session, keys):
        _item, told = write_item(session, change(draft_of_item(item)), item=item, now=now, names=names)
        if told is not None:
            saved.append(told)
    note_changes(session, saved, stores=None, by=by, now=now)
    session.flush()
    return saved


def preview_prices(session: Session, keys: Sequence[str], price: PriceChange) -> list[PricePreview]:
    """Each variant whose price in the list would change. Raises RuleError for a price below nothing."""
    found: list[PricePreview] = []
    for item in _load(session, keys):
        for variant in draft_of_item(item).variants:
            before = variant.prices.get(price.price_list_id)
            after = price.new_price(before)
            if after is None or after == before:
                continue
            name = f"{item.name} · {variant.name}" if variant.name else item.name
            _check(name, after)
            found.append(PricePreview(item.id, name, before, after))
    return found


def _priced(variant: VariantDraft, price: PriceChange) -> VariantDraft:
    after = price.new_price(variant.prices.get(price.price_list_id))
    if after is None:
        return variant
    _check(variant.name, after)
    return replace(variant, prices={**variant.prices, price.price_list_id: after})


def _check(name: str, cents: int) -> None:
    if cents < 0:
        raise RuleError(_("The price of %(name)s would be less than nothing.", name=name))
    if cents > LARGEST_AMOUNT_CENTS:
        raise RuleError(_("The price of %(name)s would be too large.", name=name))


def _load(session: Session, keys: Sequence[str]) -> Iterator[Item]:
    """The items with everything that a draft needs, in a handful of statements per 500 of them."""
    for chunk in chunks(list(dict.fromkeys(keys))):
        yield from session.scalars(
            select(Item)
            .where(Item.id.in_(chunk))
            .order_by(Item.name, Item.id)
            .with_for_update()
            .options(
                selectinload(Item.store_items),
                selectinload(Item.group_links),
                selectinload(Item.variants).options(
                    selectinload(Variant.prices),
                    selectinload(Variant.store_prices),
                    selectinload(Variant.barcodes),
                ),
            )
        ).all()
