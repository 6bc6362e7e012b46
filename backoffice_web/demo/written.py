"""Reads the demo's three files into structs; a word that a file should not hold is an error.

Amounts are in minor units (cents), rates in millionths.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = Path(__file__).parent


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all of these structs have in common."""


class WrittenItem(Written, frozen=True, kw_only=True):
    """`usd`, `eur` and `own` hold one amount, or one for each of the `sizes`."""

    name: str
    sku: str
    sizes: str = ""
    usd: int | list[int] | None = None
    eur: int | list[int] | None = None
    asks: list[str] = []
    article: int | None = None
    only: str | None = None
    own: dict[str, int | list[int]] = {}
    favourite: bool = False
    tone: str = ""
    tax_class: str | None = msgspec.field(default=None, name="class")


class WrittenCategory(Written, frozen=True, kw_only=True):
    name: str
    tone: str
    tax_class: str = msgspec.field(name="class")
    items: list[WrittenItem]


class WrittenCatalog(Written, frozen=True, kw_only=True):
    """`sizes`: for each list of sizes the (name, end of the SKU) pairs."""

    sizes: dict[str, list[tuple[str, str]]]
    category: list[WrittenCategory]


class WrittenChoice(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One line of a group: what it adds in cents of USD and EUR, and whether it is chosen beforehand."""

    name: str
    usd: int
    eur: int
    is_default: bool = False


class WrittenGroup(Written, frozen=True, kw_only=True):
    """`choose`: at least, at most."""

    name: str
    choose: tuple[int, int]
    choices: list[WrittenChoice]


class WrittenChoices(Written, frozen=True, kw_only=True):
    group: dict[str, WrittenGroup]


class WrittenTax(Written, frozen=True, kw_only=True):
    name: str
    rate: int
    inclusive: bool
    classes: list[str]


class WrittenTerminal(Written, frozen=True, kw_only=True):
    name: str
    code: str


class WrittenStore(Written, frozen=True, kw_only=True):
    name: str
    price_list: str
    currency: str
    locale: str
    time_zone: str
    address: str
    tax_number: str
    receipt_header: str
    receipt_footer: str
    terminals: list[WrittenTerminal]
    taxes: list[WrittenTax]


class WrittenPerson(Written, frozen=True, kw_only=True):
    """`has_account`: signs in to the Back Office, by the e-mail and password of the installation."""

    name: str
    role: str
    pin: str
    stores: list[str]
    has_account: bool = False


class WrittenDiscount(Written, frozen=True, kw_only=True):
    name: str
    scope: str = "order"
    rate: int = 0
    amount: int = 0
    store: str | None = None


class WrittenBusiness(Written, frozen=True, kw_only=True):
    enterprise: str
    tax_classes: dict[str, str]
    store: dict[str, WrittenStore]
    person: list[WrittenPerson]
    discount: list[WrittenDiscount]
    reasons: dict[str, list[str]]


T = TypeVar("T", WrittenBusiness, WrittenCatalog, WrittenChoices)


def read_business() -> WrittenBusiness:
    return _read("business.toml", WrittenBusiness)


def read_catalog() -> WrittenCatalog:
    return _read("catalog.toml", WrittenCatalog)


def read_choices() -> WrittenChoices:
    return _read("choices.toml", WrittenChoices)


def _read(file: str, struct: type[T]) -> T:
    return msgspec.toml.decode((FOLDER / file).read_bytes(), type=struct)
