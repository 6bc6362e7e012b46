"""Writes one accepted document into the ledger's tables.

Invariants: the bytes are kept as they came, whatever the columns clip; what looks odd is flagged in a
sentence, never corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.attendance.record_punch import record_punch
from backoffice_web.catalog.item import Variant
from backoffice_web.ledger.sale import ReceiptMark, Sale, SaleLine, SalePayment, UploadedDocument
from backoffice_web.ledger.till_words import till_words
from backoffice_web.publishing.journal_chain import Entry, append, new_entry
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.formats import is_showable
from shared_web.language import _
from sync_contract.uploads import Document, JournalEntry, Order, OrderLine, TimePunch

# Ten trillion in the smallest coin. A column holds more, but then a day's sum no longer fits into 64 bits.
LARGEST = 10**15


class Unstorable(ValueError):
    """A number or a moment of the document is beyond what a database can hold and add up."""


def record_document(session: Session, document: Document, content: bytes, *, now: datetime) -> None:
    """Keep the document and what is read out of it. Raises Unstorable, or what the database raises."""
    kind = str(document.__struct_config__.tag)
    kept = UploadedDocument(
        uuid=document.uuid, store_id=document.store, kind=kind, content=content, received_at=now
    )
    session.add(kept)
    # Before all else: should another worker keep the same UUID at this moment, it is this that fails.
    session.flush()
    if isinstance(document, Order):
        session.add(_sale(session, document, now))
        _raise_mark(session, document)
    elif isinstance(document, TimePunch):
        record_punch(session, document, at=_utc(document.at))
    else:
        append(session, [_journal_entry(session, document)])
    session.flush()


def _sale(session: Session, order: Order, now: datetime) -> Sale:
    _check_numbers(order)
    return Sale(
        uuid=order.uuid,
        store_id=order.store,
        terminal_id=_clip(order.terminal, 64),
        number=_clip(order.number, 40),
        series=_clip(order.series, 40),
        counter=order.counter,
        is_refund=order.is_refund,
        refund_of=_clip(order.refund_of, 64),
        reason=_clip(order.reason, 1_000),
        employee_id=_clip(order.employee, 64),
        employee_name=_clip(order.employee_name, 80),
        finished_at=_utc(order.finished_at),
        business_date=order.business_date,
        currency=_clip(order.currency, 3),
        subtotal_cents=order.subtotal_cents,
        tax_cents=order.tax_cents,
        total_cents=order.total_cents,
        version=order.version,
        flag=" ".join(_oddities(session, order)),
        received_at=now,
        lines=[_line(position, line) for position, line in enumerate(order.lines)],
        payments=[
            SalePayment(
                position=position,
                name=_clip(payment.name, 80),
                method=_clip(payment.method, 20),
                amount_cents=payment.amount_cents,
                tendered_cents=payment.tendered_cents,
                change_cents=payment.change_cents,
            )
            for position, payment in enumerate(order.payments)
        ],
    )


def _line(position: int, line: OrderLine) -> SaleLine:
    name = f"{line.name} – {line.variant_name}" if line.variant_name else line.name
    return SaleLine(
        position=position,
        item_id=_clip(line.item, 64),
        variant_id=_clip(line.variant, 64),
        name=_clip(name, 410),
        category=_clip(line.category, 80),
        quantity=line.quantity,
        unit_price_cents=line.unit_price_cents,
        total_cents=line.total_cents,
        tax_cents=sum(tax.tax_cents for tax in line.taxes),
        version=line.version,
    )


def _oddities(session: Session, order: Order) -> Iterator[str]:
    """Why somebody should look at this sale."""
    if unknown := _unknown_items(session, order):
        yield _("Unknown item: %(names)s.", names=", ".join(unknown)[:400])
    additive = sum(tax.tax_cents for tax in order.taxes if not tax.is_inclusive)
    if order.total_cents != sum(line.total_cents for line in order.lines) + additive:
        yield _("The total is not the sum of its lines and taxes.")
    store = session.get_one(Store, order.store)
    # Cash may be rounded to the smallest coin.
    unsettled = order.total_cents - sum(payment.amount_cents for payment in order.payments)
    if abs(unsettled) >= max(store.cash_rounding_cents, 1):
        yield _("The payments do not settle the total.")
    if order.currency != store.currency:
        yield _("Sold in %(currency)s, which is not the store's currency.", currency=_clip(order.currency, 3))
    if _is_number_taken(session, order):
        yield _("Another sale has the same receipt number.")


def _unknown_items(session: Session, order: Order) -> list[str]:
    names = {line.variant: line.name for line in order.lines}
    known = set(session.scalars(select(Variant.id).where(Variant.id.in_([_clip(v, 64) for v in names]))))
    return [_clip(name, 80) for variant, name in names.items() if variant not in known]


def _is_number_taken(session: Session, order: Order) -> bool:
    # Whichever terminal gave it: two that had one code, one after the other, must not print it twice.
    number = _clip(order.number, 40)
    taken = select(Sale.uuid).where(Sale.number == number, Sale.store_id == order.store)
    return session.scalar(taken.limit(1)) is not None


def _raise_mark(session: Session, order: Order) -> None:
    key = (order.store, _clip(order.terminal, 64), _clip(order.series, 40))
    mark = session.get(ReceiptMark, key, with_for_update=True)
    if mark is None:
        session.add(ReceiptMark(store_id=key[0], terminal_id=key[1], series=key[2], counter=order.counter))
    elif order.counter > mark.counter:
        mark.counter = order.counter


def _journal_entry(session: Session, entry: JournalEntry) -> Entry:
    terminal_id = _clip(entry.terminal, 64)
    terminal = session.get(Terminal, terminal_id)
    return new_entry(
        at=_utc(entry.at),
        by=_clip(entry.employee_name, 80),
        action=_clip(entry.action, 40),
        kind="pos",
        key=terminal_id,
        label=terminal.name if terminal is not None else "",
        after=_clip(till_words(session, entry), 4_000),
        store_id=entry.store,
    )


def _check_numbers(order: Order) -> None:
    if any(abs(number) > LARGEST for number in _numbers(msgspec.to_builtins(order))):
        raise Unstorable("a number beyond all sales")


def _numbers(value: object) -> Iterator[int]:
    """Every whole number in the document, however deep: each of them is shown somewhere."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner)
    elif isinstance(value, int):
        yield value


def _clip(text: str, longest: int) -> str:
    # PostgreSQL takes no NUL in a text, SQLite shows nothing after it.
    return text.replace("\x00", "")[:longest]


def _utc(moment: datetime) -> datetime:
    """A moment without a zone is taken as UTC: a sale is not refused for its clock."""
    if not is_showable(moment):
        raise Unstorable("a moment that no wall clock can show")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
