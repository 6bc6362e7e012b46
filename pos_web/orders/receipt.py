"""The receipt as 42 columns of text: one model for the screen, the browser's print and later printers.

All words come from the order as it was rung and from the store's profile as published now.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from pos_web.orders.order import Order, OrderLine
from pos_web.orders.totals import Totals, line_amount, totals_of
from pos_web.payments.payment import Payment
from shared_web.formats import amount, local_datetime, money
from shared_web.language import _
from sync_contract.records import StoreProfile
from sync_contract.uploads import LineTax

COLUMNS = 42
INDENT = "   "

# 8 pt type with a line height of 1.35 is 3.81 mm; the margin keeps the last line off the cutter.
LINE_MM = 3.81
MARGIN_MM = 12


def receipt_lines(
    order: Order,
    payments: Sequence[Payment],
    *,
    profile: StoreProfile,
    terminal_name: str,
    sale_number: str = "",
    is_copy: bool = False,
) -> list[str]:
    """The receipt of a finished order, line by line, none longer than 42 columns.

    `sale_number` is the number of the sale that a refund gives back.
    """
    sums = totals_of(order.lines)
    parts = (
        _head(order, profile, terminal_name, sale_number, is_copy),
        _lines(order),
        _sums(sums, order.currency),
        _payments(payments, order.currency),
        _foot(profile),
    )
    rule = "-" * COLUMNS
    text: list[str] = []
    for part in parts:
        found = list(part)
        text += [*([rule] if text and found else []), *found]
    return text


def page_height_mm(lines: Sequence[str]) -> int:
    """How tall the paper must be, in mm: a page of `80mm auto` does not exist in browsers."""
    return int(len(lines) * LINE_MM + 1) + MARGIN_MM


def _head(
    order: Order, profile: StoreProfile, terminal_name: str, sale_number: str, is_copy: bool
) -> Iterator[str]:
    yield from _centred(profile.name)
    for line in (*profile.address_lines, profile.tax_number, *profile.receipt_header.splitlines()):
        yield from _centred(line)
    yield ""
    if is_copy:
        yield from _centred(_("*** Copy ***"))
    if order.is_refund:
        yield from _centred(_("*** Refund ***"))
        yield from _wrapped(_("Refund of %(number)s", number=sale_number))
        yield from _wrapped(_("Reason: %(reason)s", reason=order.reason))
    assert order.finished_at is not None
    yield from _pair(_("Receipt"), order.number or "")
    yield from _pair(local_datetime(order.finished_at, profile.time_zone, "short"), terminal_name)
    yield from _pair(_("Served by"), order.employee_name)


def _lines(order: Order) -> Iterator[str]:
    for line in order.lines:
        yield from _pair(f"{line.quantity} x {_title(line)}", amount(line_amount(line), order.currency))
        if abs(line.quantity) != 1:
            yield from _wrapped(INDENT + "@ " + amount(line.unit_price_cents, order.currency))
        if line.listed_price_cents is not None:
            listed = amount(line.listed_price_cents, order.currency)
            yield from _wrapped(INDENT + _("instead of %(price)s", price=listed))
        for modifier in line.modifiers:
            yield from _wrapped(INDENT + str(modifier["name"]))


def _title(line: OrderLine) -> str:
    return f"{line.name}, {line.variant_name}" if line.variant_name else line.name


def _sums(sums: Totals, currency: str) -> Iterator[str]:
    if sums.added_taxes:
        yield from _pair(_("Subtotal"), amount(sums.lines_cents, currency))
        for row in sums.added_taxes:
            yield from _pair(_tax(row), amount(row.tax_cents, currency))
    yield from _pair(_("Total").upper(), money(sums.total_cents, currency))
    for row in sums.included_taxes:
        yield from _pair(_("incl. %(tax)s", tax=_tax(row)), amount(row.tax_cents, currency))


def _tax(row: LineTax) -> str:
    return row.name


def _payments(payments: Sequence[Payment], currency: str) -> Iterator[str]:
    for payment in payments:
        yield from _pair(payment.name, amount(payment.tendered_cents, currency))
        if payment.rounding_cents:
            yield from _pair(_("Cash rounding"), amount(payment.rounding_cents, currency))
    change = sum(payment.change_cents for payment in payments)
    if change:
        yield from _pair(_("Change"), amount(change, currency))


def _foot(profile: StoreProfile) -> Iterator[str]:
    for line in profile.receipt_footer.splitlines():
        yield from _centred(line)


def _pair(left: str, right: str) -> Iterator[str]:
    """`left` at the start and `right` at the end; a long left part goes over several lines."""
    room = COLUMNS - len(right) - 1
    rows = textwrap.wrap(left, room, subsequent_indent=INDENT) or [""]
    yield from rows[:-1]
    yield rows[-1].ljust(room) + " " + right


def _centred(text: str) -> Iterator[str]:
    for row in textwrap.wrap(text, COLUMNS):
        yield row.center(COLUMNS).rstrip()


def _wrapped(text: str) -> Iterator[str]:
    indent = text[: len(text) - len(text.lstrip())]
    yield from textwrap.wrap(text.strip(), COLUMNS, initial_indent=indent, subsequent_indent=indent)
