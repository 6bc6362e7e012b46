"""Saves a price list; a new one may start with another list's prices, a few percent up or down.

Invariants: the currency is fixed once there are prices in it or a store sells by the list; prices are
copied between lists of one currency only; copying changes nothing at the tills, because no store sells
by a list that is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.numbers import is_currency
from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from backoffice_web.catalog.item import Item, Variant, VariantPrice
from backoffice_web.catalog.modifier_group import Modifier, ModifierGroup, ModifierPrice
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.database import new_key
from backoffice_web.editing import Complaints, action_between, name_is_taken, open_for_edit
from backoffice_web.publishing.saved_change import changed_fields, note_change
from backoffice_web.publishing.upsert import chunks, table_of
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.formats import LARGEST_AMOUNT_CENTS, percent
from shared_web.language import _
from sync_contract.money import divide_half_up

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PriceListDraft:
    """A new list starts with the prices of `copy_from` and `change_millionths` of them (50,000: 5 % more)."""

    name: str
    currency: str
    copy_from: str = ""
    change_millionths: int = 0
    is_archived: bool = False


def draft_of_price_list(row: PriceList) -> PriceListDraft:
    return PriceListDraft(name=row.name, currency=row.currency)


def save_price_list(
    session: Session,
    draft: PriceListDraft,
    *,
    price_list_id: str | None = None,
    revision: int | None = None,
    by: str,
    now: datetime,
) -> PriceList:
    """Create a price list or change one. Raises RuleError with fields, StaleEdit, NoSuchRecord."""
    row = open_for_edit(session, PriceList, price_list_id, revision=revision) if price_list_id else None
    before = draft_of_price_list(row) if row is not None else None
    _check(session, draft, row)
    fields = changed_fields(
        price_list_words(session, before) if before else {}, price_list_words(session, draft)
    )
    if row is None:
        row = PriceList(id=new_key())
        session.add(row)
    row.name, row.currency = draft.name.strip(), draft.currency
    session.flush()
    if before is None and draft.copy_from:
        _copy_prices(session, draft, row.id)
    note_change(
        session, kind="price_list", key=row.id, label=row.name, action=action_between(before, draft),
        fields=fields, stores=[], by=by, now=now,
    )  # fmt: skip
    return row


def price_list_words(session: Session, draft: PriceListDraft) -> dict[str, str]:
    words = {_("Name"): draft.name, _("Currency"): draft.currency}
    source = session.get(PriceList, draft.copy_from) if draft.copy_from else None
    if source is not None:
        words[_("Prices copied from")] = source.name
        words[_("Changed by")] = percent(draft.change_millionths)
    return words


def is_currency_fixed(session: Session, price_list_id: str) -> bool:
    """Are there prices in the list's currency already, or a store that sells by it?"""
    uses = (
        exists().where(VariantPrice.price_list_id == price_list_id),
        exists().where(ModifierPrice.price_list_id == price_list_id),
        exists().where(Store.price_list_id == price_list_id),
    )
    return any(session.scalar(select(use)) for use in uses)


def _check(session: Session, draft: PriceListDraft, row: PriceList | None) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if name_is_taken(session, PriceList, draft.name, row.id if row is not None else None):
        complaints.add("name", _("Another price list has this name."))
    if not is_currency(draft.currency):
        complaints.add("currency", _("Choose a currency, such as USD or EUR."))
    elif row is not None and row.currency != draft.currency and is_currency_fixed(session, row.id):
        complaints.add("currency", _("There are prices in %(currency)s already.", currency=row.currency))
    if row is None:
        _check_copy(session, draft, complaints)
    complaints.raise_if_any()


def _check_copy(session: Session, draft: PriceListDraft, complaints: Complaints) -> None:
    source = session.get(PriceList, draft.copy_from) if draft.copy_from else None
    if draft.copy_from and source is None:
        complaints.add("copy_from", _("Choose one from the list."))
    elif source is not None and source.currency != draft.currency:
        sentence = _("Its prices are in %(currency)s. Choose a list in the new one's currency.")
        complaints.add("copy_from", sentence % {"currency": source.currency})
    elif source is None and draft.change_millionths:
        complaints.add("copy_from", _("Choose the list whose prices to copy."))
    if draft.change_millionths < -MILLION:
        complaints.add("change", _("A price cannot be less than nothing."))


def _copy_prices(session: Session, draft: PriceListDraft, price_list_id: str) -> None:
    source = draft.copy_from
    for prices, owner in ((VariantPrice, "variant_id"), (ModifierPrice, "modifier_id")):
        table = table_of(prices)
        found = session.execute(
            select(table.c[owner], table.c.price_cents).where(table.c.price_list_id == source)
        ).all()
        _insert(session, table, owner, found, draft.change_millionths, price_list_id)
    _count_saves(session, price_list_id)


def _insert(
    session: Session, table: Any, owner: str, found: Sequence[Any], change: int, price_list_id: str
) -> None:
    rows = [
        {owner: key, "price_list_id": price_list_id, "price_cents": _changed(cents, change)}
        for key, cents in found
    ]
    for chunk in chunks(rows):
        session.execute(insert(table), list(chunk))


def _changed(cents: int, change_millionths: int) -> int:
    """Halves of a cent round away from nothing."""
    price = divide_half_up(cents * (MILLION + change_millionths), MILLION)
    if abs(price) > LARGEST_AMOUNT_CENTS:
        sentence = _("Some prices would be too large.")
        raise RuleError(sentence, fields={"change": sentence})
    return price


def _count_saves(session: Session, price_list_id: str) -> None:
    """Editors that were opened before do not know the new prices: their forms would take them away."""
    priced: Iterable[tuple[Any, Any]] = (
        (
            Item,
            select(Variant.item_id)
            .join(VariantPrice, VariantPrice.variant_id == Variant.id)
            .where(VariantPrice.price_list_id == price_list_id),
        ),
        (
            ModifierGroup,
            select(Modifier.group_id)
            .join(ModifierPrice, ModifierPrice.modifier_id == Modifier.id)
            .where(ModifierPrice.price_list_id == price_list_id),
        ),
    )
    for model, keys in priced:
        table = table_of(model)
        session.execute(update(table).where(table.c.id.in_(keys)).values(revision=table.c.revision + 1))
    session.expire_all()
