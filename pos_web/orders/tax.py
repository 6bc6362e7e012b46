"""The taxes of one line, in integers. The rules and their reasons: docs/pricing.md, section 3.

Invariants: net + taxes = gross; the taxes of a negative amount are exactly those of the positive
one with the opposite sign; nothing is rounded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from sync_contract.money import divide_half_up
from sync_contract.uploads import LineTax

MILLION = 1_000_000


class RungTax(msgspec.Struct, frozen=True, kw_only=True):
    """A tax as it was when the line was rung: `tax` is its key, the rate is in millionths."""

    tax: str
    name: str
    rate_millionths: int
    is_inclusive: bool


class Taxed(msgspec.Struct, frozen=True, kw_only=True):
    """A taxed amount: gross = net + all taxes, in minor units."""

    net_cents: int
    taxes: tuple[LineTax, ...]
    gross_cents: int

    @property
    def tax_cents(self) -> int:
        return self.gross_cents - self.net_cents


def tax_line(amount_cents: int, taxes: Sequence[RungTax]) -> Taxed:
    """The taxes of a line whose amount (quantity × unit price, minor units) is `amount_cents`.

    Inclusive taxes are taken out of the amount, additive ones are computed on the net and added.
    """
    inclusive = [tax for tax in taxes if tax.is_inclusive]
    whole = MILLION + sum(tax.rate_millionths for tax in inclusive)
    contained = {tax.tax: divide_half_up(amount_cents * tax.rate_millionths, whole) for tax in inclusive}
    net = amount_cents - sum(contained.values())
    rows = tuple(_row(tax, net, contained) for tax in taxes)
    return Taxed(net_cents=net, taxes=rows, gross_cents=net + sum(row.tax_cents for row in rows))


def add_up(rows: Sequence[LineTax]) -> tuple[LineTax, ...]:
    """One row per tax. Sums of the lines' taxes, never computed anew, so that they add up to the total."""
    sums: dict[tuple[str, str, int, bool], tuple[int, int]] = {}
    for row in rows:
        known = (row.tax, row.name, row.rate_millionths, row.is_inclusive)
        base, tax = sums.get(known, (0, 0))
        sums[known] = (base + row.base_cents, tax + row.tax_cents)
    return tuple(
        LineTax(
            tax=key, name=name, rate_millionths=rate, is_inclusive=inclusive, base_cents=base, tax_cents=tax
        )
        for (key, name, rate, inclusive), (base, tax) in sums.items()
    )


def kept_taxes(taxes: Sequence[RungTax]) -> list[dict[str, Any]]:
    """The taxes as an order line keeps them."""
    return [msgspec.structs.asdict(tax) for tax in taxes]


def rung_taxes(kept: Sequence[dict[str, Any]]) -> tuple[RungTax, ...]:
    """The taxes that an order line has kept."""
    return tuple(RungTax(**tax) for tax in kept)


def _row(tax: RungTax, net: int, contained: dict[str, int]) -> LineTax:
    cents = contained[tax.tax] if tax.is_inclusive else divide_half_up(net * tax.rate_millionths, MILLION)
    return LineTax(
        tax=tax.tax,
        name=tax.name,
        rate_millionths=tax.rate_millionths,
        is_inclusive=tax.is_inclusive,
        base_cents=net,
        tax_cents=cents,
    )
