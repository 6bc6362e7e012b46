"""One frozen struct per published kind, and the one serializer for all of them.

Invariants: a record is known by (store, kind, key); the key is not part of the body; `encode` is
canonical (same struct, same bytes); unknown fields of a newer office are ignored when read and
survive, because the replica keeps the received bytes.
Money is in minor units of the store's currency, rates are in millionths (8.875 % = 88,750).
"""

from __future__ import annotations

from hashlib import scrypt
from typing import Any, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What every published kind has in common: nothing but being canonical."""


class StoreProfile(Record, frozen=True, kw_only=True):
    """Who the store is; key = store id. `day_cutoff_minutes` after midnight starts a new trading day."""

    name: str
    currency: str
    locale: str
    time_zone: str
    day_cutoff_minutes: int = 0
    address_lines: tuple[str, ...] = ()
    tax_number: str = ""
    receipt_header: str = ""
    receipt_footer: str = ""


class BreakType(msgspec.Struct, frozen=True, kw_only=True):
    """A break that people may take at the Time Clock."""

    name: str
    minutes: int
    is_paid: bool = False


USUAL_BREAKS = (
    BreakType(name="Rest Break", minutes=15, is_paid=True),
    BreakType(name="Meal Break", minutes=30),
)


class StoreSettings(Record, frozen=True, kw_only=True):
    """How the store's tills behave; key = store id. `_s` fields are seconds."""

    auto_sync_after_s: int = 15
    pin_length: int = 4
    idle_lock_s: int = 120
    lock_after_sale: bool = False
    cash_rounding_cents: int = 1
    breaks: tuple[BreakType, ...] = USUAL_BREAKS


class Tax(Record, frozen=True, kw_only=True):
    """A tax of one store. Inclusive: already in the price; additive: added on top."""

    name: str
    rate_millionths: int
    is_inclusive: bool
    tax_classes: tuple[str, ...] = ()
    position: int = 0


class Category(Record, frozen=True, kw_only=True):
    name: str
    tone: str = "other"
    position: int = 0


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A sellable form of an item; `name` is empty when the item has only one."""

    key: str
    name: str = ""
    price_cents: int
    sku: str = ""
    barcodes: tuple[str, ...] = ()


class Item(Record, frozen=True, kw_only=True):
    """`modifier_groups` are keys in the order in which they are asked."""

    name: str
    category: str = ""
    tax_class: str = ""
    tone: str = "other"
    position: int = 0
    is_favourite: bool = False
    variants: tuple[Variant, ...]
    modifier_groups: tuple[str, ...] = ()


class Modifier(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    name: str
    price_cents: int = 0
    is_default: bool = False


class ModifierGroup(Record, frozen=True, kw_only=True):
    """A choice on a line: at least `minimum`, at most `maximum` modifiers (0 = no limit)."""

    name: str
    minimum: int = 0
    maximum: int = 1
    modifiers: tuple[Modifier, ...] = ()


class Discount(Record, frozen=True, kw_only=True):
    """A priced reduction: `rate_millionths` or `amount_cents`, whichever is not zero."""

    name: str
    scope: str = "order"
    rate_millionths: int = 0
    amount_cents: int = 0
    position: int = 0


class Reason(Record, frozen=True, kw_only=True):
    """Why something was done; `purpose` is refund, void, comp, paid_in, paid_out or no_sale."""

    purpose: str
    name: str
    position: int = 0


class TenderType(Record, frozen=True, kw_only=True):
    """A means of payment; `method` is cash or card_machine (the standalone card machine)."""

    name: str
    method: str
    position: int = 0


class Role(Record, frozen=True, kw_only=True):
    """`permissions` are keys of `sync_contract.permissions`.

    `logs_off_after_sale`: its people enter the PIN anew after each sale, whatever the store says.
    """

    name: str
    permissions: tuple[str, ...] = ()
    logs_off_after_sale: bool = False


INITIAL_SCREENS = ("order", "orders", "operations")


class Employee(Record, frozen=True, kw_only=True):
    """A person of this store, without secrets.

    Their permissions are those of `role`, unless they clocked in with another of `roles`: every role in
    which they may work, `role` first; empty when that is the only one. `initial_screen`, one of
    INITIAL_SCREENS, is where the till lands after the PIN; empty means order. `photo` is a small JPEG.
    """

    name: str
    role: str
    language: str = ""
    roles: tuple[str, ...] = ()
    initial_screen: str = ""
    photo: bytes = b""


class Credential(Record, frozen=True, kw_only=True):
    """How an employee (same key) proves who they are. Never shown, never diffed, never exported.

    `pin_hash` is argon2; `pin_digest` a keyed HMAC of the PIN (uniqueness). `badge_digest` and `pin_lookup`
    are the badge number and the PIN stretched with `badge_salt`, which all credentials share: a till finds
    the owner with them. PINs that were set before there was `pin_lookup` have none.
    """

    pin_hash: str = ""
    pin_digest: str = ""
    badge_digest: str = ""
    badge_salt: str = ""
    pin_lookup: str = ""


def stretched_badge(number: str, *, salt: str) -> str:
    """What a badge number becomes: slow to compute, so that a stolen replica does not tell the numbers.

    scrypt with 16 MiB (n = 2**14, r = 8, p = 1), as hexadecimal digits.
    """
    return scrypt(number.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


def stretched_pin(pin: str, *, salt: str) -> str:
    """What a PIN becomes, likewise; a badge with the same digits becomes something else."""
    return stretched_badge(f"pin\0{pin}", salt=salt)


KINDS: dict[str, type[Record]] = {
    "store_profile": StoreProfile,
    "store_settings": StoreSettings,
    "tax": Tax,
    "category": Category,
    "item": Item,
    "modifier_group": ModifierGroup,
    "discount": Discount,
    "reason": Reason,
    "tender_type": TenderType,
    "role": Role,
    "employee": Employee,
    "credential": Credential,
}

# Records of these kinds are never shown in diffs, journals, histories, exports or bundles.
SECRET_KINDS = frozenset({"credential"})

# A publication that holds one of these is applied at once, not after the store's short period.
URGENT_KINDS = frozenset({"role", "employee", "credential"})

R = TypeVar("R", bound=Record)


class UnreadableRecord(ValueError):
    """The body is not what its kind promises."""


def encode(record: Record) -> bytes:
    """The canonical body of a record: compact JSON in field order."""
    return msgspec.json.encode(record)


def decode(kind: str, body: bytes) -> Any:
    """The struct that `body` holds. Raises UnreadableRecord for an unknown kind or a damaged body."""
    try:
        return _DECODERS[kind].decode(body)
    except KeyError:
        raise UnreadableRecord(f"unknown kind {kind!r}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise UnreadableRecord(f"{kind}: {problem}") from problem


def kind_of(record_type: type[R]) -> str:
    return _NAMES[record_type]


_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}
_NAMES: dict[type[Record], str] = {struct: kind for kind, struct in KINDS.items()}
