"""What an order comes to. Rules: docs/pricing.md, sections 2 to 4. All amounts in minor units."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pos_web.orders.order import Order, OrderLine
from pos_web.orders.tax import Taxed, add_up, rung_taxes, tax_line
from sync_contract.uploads import LineTax


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """subtotal + tax = total; `lines_cents` is the sum of the amounts printed beside the lines."""

    lines_cents: int = 0
    subtotal_cents: int = 0
    tax_cents: int = 0
    total_cents: int = 0
    taxes: tuple[LineTax, ...] = ()

    @property
    def added_taxes(self) -> tuple[LineTax, ...]:
        return tuple(row for row in self.taxes if not row.is_inclusive)

    @property
    def included_taxes(self) -> tuple[LineTax, ...]:
        return tuple(row for row in self.taxes if row.is_inclusive)


def line_amount(line: OrderLine) -> int:
    """quantity × unit price, as printed beside the line."""
    return line.quantity * line.unit_price_cents


def taxed_line(line: OrderLine) -> Taxed:
    return tax_line(line_amount(line), rung_taxes(line.taxes))


def totals_of(lines: Sequence[OrderLine]) -> Totals:
    taxed = [taxed_line(line) for line in lines]
    return Totals(
        lines_cents=sum(line_amount(line) for line in lines),
        subtotal_cents=sum(each.net_cents for each in taxed),
        tax_cents=sum(each.tax_cents for each in taxed),
        total_cents=sum(each.gross_cents for each in taxed),
        taxes=add_up([row for each in taxed for row in each.taxes]),
    )


def refresh(order: Order) -> Totals:
    """Write the totals of the order's lines into the order."""
    totals = totals_of(order.lines)
    order.subtotal_cents = totals.subtotal_cents
    order.tax_cents = totals.tax_cents
    order.total_cents = totals.total_cents
    return totals
