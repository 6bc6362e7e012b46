"""Finished documents that go up from a store to the office, and the office's receipts for them.

Invariants: a document gets its UUID when it begins; the bytes that are kept in the outbox are the
bytes that are sent; the office keeps each UUID once. A document is one JSON line.
Amounts are minor units of `currency`; refunds are documents of their own with negative amounts.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec


class LineTax(msgspec.Struct, frozen=True, kw_only=True):
    """A tax as it was when the line was rung: `base_cents` is the net it was computed on."""

    tax: str
    name: str
    rate_millionths: int
    is_inclusive: bool
    base_cents: int
    tax_cents: int


class LineModifier(msgspec.Struct, frozen=True, kw_only=True):
    modifier: str
    name: str
    price_cents: int


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """`unit_price_cents` includes the modifiers; `total_cents` = quantity × unit price.

    `listed_price_cents` is the unit price it was rung at, where it was sold at another for `override_reason`.
    """

    uuid: str
    item: str
    variant: str
    name: str
    variant_name: str = ""
    category: str = ""
    quantity: int
    unit_price_cents: int
    total_cents: int
    modifiers: tuple[LineModifier, ...] = ()
    taxes: tuple[LineTax, ...] = ()
    version: int
    listed_price_cents: int | None = None
    override_reason: str = ""


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_cents` settles the order; tendered − change = amount + cash rounding."""

    uuid: str
    tender_type: str
    name: str
    method: str
    amount_cents: int
    tendered_cents: int
    change_cents: int = 0
    rounding_cents: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True, tag="order", tag_field="kind"):
    """A finished order: a sale, or the refund of one (`refund_of` is the sale's UUID)."""

    contract: int = 1
    uuid: str
    store: str
    terminal: str
    number: str
    # terminal code, series and counter of the receipt number, so that marks can be compared
    series: str
    counter: int
    is_refund: bool = False
    refund_of: str = ""
    reason: str = ""
    employee: str
    employee_name: str
    opened_at: datetime
    finished_at: datetime
    business_date: date
    currency: str
    subtotal_cents: int
    tax_cents: int
    total_cents: int
    lines: tuple[OrderLine, ...]
    taxes: tuple[LineTax, ...] = ()
    payments: tuple[Payment, ...] = ()
    version: int


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True, tag="journal_entry", tag_field="kind"):
    """Who did what at a till, for the office's journal; `approver` allowed it where they might not alone."""

    contract: int = 1
    uuid: str
    store: str
    terminal: str
    employee: str
    employee_name: str
    at: datetime
    action: str
    details: dict[str, str] = {}
    approver: str = ""
    approver_name: str = ""


class TimePunch(msgspec.Struct, frozen=True, kw_only=True, tag="time_punch", tag_field="kind"):
    """One press at the Time Clock. All presses of one shift name it by `shift`, made at its clock-in.

    `business_date` is that of the clock-in. The names of the break are those of that moment; its length
    `break_minutes` is what was planned.
    """

    contract: int = 1
    uuid: str
    store: str
    terminal: str
    employee: str
    employee_name: str
    shift: str
    event: Literal["clock_in", "break_begin", "break_end", "clock_out"]
    at: datetime
    business_date: date
    role: str = ""
    role_name: str = ""
    break_name: str = ""
    break_minutes: int = 0
    is_paid: bool = False


Document = Order | JournalEntry | TimePunch


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The office's answer for one document. A refused one carries the reason as a sentence.

    A duplicate carries one where what the office has differs in a text. `is_settled`: of a refused document,
    somebody at the office has decided that nothing more is to be done with it.
    """

    uuid: str
    outcome: Literal["accepted", "duplicate", "refused"]
    reason: str = ""
    is_settled: bool = False


class UnreadableDocument(ValueError):
    """The bytes are not a document that this side knows."""


def encode_document(document: Document) -> bytes:
    """The bytes that are kept and sent; no line feed inside."""
    return msgspec.json.encode(document)


def decode_document(line: bytes) -> Document:
    """Raises UnreadableDocument."""
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableDocument(str(problem)) from problem


_DECODER: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
