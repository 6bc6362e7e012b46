"""Published records in the words of people: what a kind is called, and each field's value to read.

Invariants: secret kinds have no fields here; money is worded in the currency it is meant in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice_web.stores.breaks import breaks_text
from shared_web.formats import money, percent
from shared_web.language import _
from sync_contract import records
from sync_contract.permissions import PERMISSIONS

Words = dict[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """The names of what records refer to, as (kind, key) → name, and the store's currency."""

    currency: str
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def name(self, kind: str, key: str) -> str:
        return self.names.get((kind, key), _("(unknown)")) if key else ""

    def money(self, cents: int) -> str:
        return money(cents, self.currency)


def kind_label(kind: str) -> str:
    """What people call records of this kind."""
    labels = {
        "store_profile": _("Store"),
        "store_settings": _("Store settings"),
        "tax": _("Tax"),
        "category": _("Category"),
        "item": _("Item"),
        "modifier_group": _("Modifier group"),
        "discount": _("Discount"),
        "reason": _("Reason"),
        "tender_type": _("Tender type"),
        "role": _("Role"),
        "employee": _("Employee"),
        "credential": _("PIN"),
    }
    return labels.get(kind, kind)


def describe(kind: str, body: bytes | None, vocabulary: Vocabulary) -> Words:
    """Each field of a body as label → value in words; nothing for a secret or for no record."""
    if body is None or kind in records.SECRET_KINDS:
        return {}
    try:
        record = records.decode(kind, body)
    except records.UnreadableRecord:
        # Published by another release: it can be sent and rolled back, only not explained.
        return {}
    return _DESCRIBERS[kind](record, vocabulary)


def name_in(kind: str, body: bytes | None) -> str:
    """The name that a body carries, or nothing."""
    if body is None or kind in records.SECRET_KINDS:
        return ""
    try:
        return str(getattr(records.decode(kind, body), "name", ""))
    except records.UnreadableRecord:
        return ""


def _store_profile(profile: records.StoreProfile, _vocabulary: Vocabulary) -> Words:
    return {
        _("Name"): profile.name,
        _("Currency"): profile.currency,
        _("Language and region"): profile.locale,
        _("Time zone"): profile.time_zone,
        _("Day ends at"): f"{profile.day_cutoff_minutes // 60}:{profile.day_cutoff_minutes % 60:02}",
        _("Address"): ", ".join(profile.address_lines),
        _("Tax number"): profile.tax_number,
        _("Receipt header"): profile.receipt_header,
        _("Receipt footer"): profile.receipt_footer,
    }


def _store_settings(settings: records.StoreSettings, vocabulary: Vocabulary) -> Words:
    return {
        _("Tills update by themselves after"): _("%(count)s seconds", count=settings.auto_sync_after_s),
        _("PIN length"): str(settings.pin_length),
        _("Lock after"): _("%(count)s seconds", count=settings.idle_lock_s),
        _("Lock after each sale"): _yes_no(settings.lock_after_sale),
        _("Round cash to"): vocabulary.money(settings.cash_rounding_cents),
        _("Breaks"): "; ".join(breaks_text(settings.breaks).splitlines()),
    }


def _tax(tax: records.Tax, vocabulary: Vocabulary) -> Words:
    return {
        _("Name"): tax.name,
        _("Rate"): percent(tax.rate_millionths),
        _("Kind"): _("Included in the price") if tax.is_inclusive else _("Added to the price"),
        _("Tax classes"): ", ".join(vocabulary.name("tax_class", key) for key in tax.tax_classes),
        _("Position"): str(tax.position),
    }


def _category(category: records.Category, _vocabulary: Vocabulary) -> Words:
    return {
        _("Name"): category.name,
        _("Colour"): _tone(category.tone),
        _("Position"): str(category.position),
    }


def _item(item: records.Item, vocabulary: Vocabulary) -> Words:
    words = {
        _("Name"): item.name,
        _("Category"): vocabulary.name("category", item.category),
        _("Tax class"): vocabulary.name("tax_class", item.tax_class),
        _("Colour"): _tone(item.tone),
        _("Position"): str(item.position),
        _("Favourite"): _yes_no(item.is_favourite),
        _("Modifier groups"): ", ".join(
            vocabulary.name("modifier_group", key) for key in item.modifier_groups
        ),
    }
    for variant in item.variants:
        words[_of(_("Price"), variant.name)] = vocabulary.money(variant.price_cents)
        words[_of(_("SKU"), variant.name)] = variant.sku
        words[_of(_("Barcodes"), variant.name)] = ", ".join(variant.barcodes)
    return words


def _modifier_group(group: records.ModifierGroup, vocabulary: Vocabulary) -> Words:
    words = {
        _("Name"): group.name,
        _("At least"): str(group.minimum),
        _("At most"): str(group.maximum) if group.maximum else _("No limit"),
        _("Chosen at the start"): ", ".join(m.name for m in group.modifiers if m.is_default),
        _("Order"): ", ".join(m.name for m in group.modifiers),
    }
    for modifier in group.modifiers:
        words[_of(_("Price"), modifier.name)] = vocabulary.money(modifier.price_cents)
    return words


def _discount(discount: records.Discount, vocabulary: Vocabulary) -> Words:
    is_rate = discount.rate_millionths != 0
    return {
        _("Name"): discount.name,
        _("On"): _("the whole order") if discount.scope == "order" else _("one line"),
        _("Reduction"): percent(discount.rate_millionths)
        if is_rate
        else vocabulary.money(discount.amount_cents),
        _("Position"): str(discount.position),
    }


def _reason(reason: records.Reason, _vocabulary: Vocabulary) -> Words:
    return {_("Name"): reason.name, _("For"): reason.purpose, _("Position"): str(reason.position)}


def _tender_type(tender: records.TenderType, _vocabulary: Vocabulary) -> Words:
    is_cash = tender.method == "cash"
    return {
        _("Name"): tender.name,
        _("Kind"): _("Cash") if is_cash else _("Card machine"),
        _("Position"): str(tender.position),
    }


def _role(role: records.Role, _vocabulary: Vocabulary) -> Words:
    held = frozenset(role.permissions)
    logs_off = {_("Log Off After Each Sale"): _yes_no(True)} if role.logs_off_after_sale else {}
    return (
        {_("Name"): role.name}
        | logs_off
        | {_(permission.label): _yes_no(True) for permission in PERMISSIONS if permission.key in held}
    )


def _employee(employee: records.Employee, vocabulary: Vocabulary) -> Words:
    return {
        _("Name"): employee.name,
        _("Role"): vocabulary.name("role", employee.role),
        _("Also works as"): ", ".join(vocabulary.name("role", key) for key in employee.roles[1:]),
        _("Language"): employee.language,
        _("Initial screen"): employee.initial_screen,
        _("Photo"): _("Photo of %(size)s bytes", size=len(employee.photo)) if employee.photo else "",
    }


def _of(label: str, name: str) -> str:
    return f"{label} – {name}" if name else label


def _yes_no(is_so: bool) -> str:
    return _("Yes") if is_so else _("No")


def _tone(tone: str) -> str:
    tones = {
        "drinks": _("Blue"),
        "food": _("Orange"),
        "sweet": _("Pink"),
        "bakery": _("Yellow"),
        "fresh": _("Green"),
        "other": _("Grey"),
        "": _("As its category"),
    }
    return tones.get(tone, tone)


_DESCRIBERS: dict[str, Callable[[Any, Vocabulary], Words]] = {
    "store_profile": _store_profile,
    "store_settings": _store_settings,
    "tax": _tax,
    "category": _category,
    "item": _item,
    "modifier_group": _modifier_group,
    "discount": _discount,
    "reason": _reason,
    "tender_type": _tender_type,
    "role": _role,
    "employee": _employee,
}
