"""Finished documents as a store would send them."""

from __future__ import annotations

from datetime import date

from sync_contract.uploads import JournalEntry, LineTax, Order, OrderLine, Payment, encode_document
from tests.backoffice_web.builders import DOWNTOWN, NOON


def order_bytes(**fields):
    return encode_document(order(**fields))


def order(
    *,
    uuid="sale-1",
    store=DOWNTOWN,
    terminal="register-1",
    counter=1,
    total=450,
    quantity=1,
    tax=0,
    item="flat-white",
    name="Flat white",
    method="cash",
    tender="Cash",
    at=NOON,
    on=date(2025, 3, 14),
    **fields,
):
    """A sale of `quantity` of one item for `total` cents with `tax` cents on top."""
    taxes = (
        (
            LineTax(
                tax="sales-tax",
                name="Sales tax",
                rate_millionths=88_750,
                is_inclusive=False,
                base_cents=total,
                tax_cents=tax,
            ),
        )
        if tax
        else ()
    )
    line = OrderLine(
        uuid=f"{uuid}-line",
        item=item,
        variant=f"{item}-0",
        name=name,
        category="drinks",
        quantity=quantity,
        unit_price_cents=total // quantity,
        total_cents=total,
        taxes=taxes,
        version=1,
    )
    payment = Payment(
        uuid=f"{uuid}-payment",
        tender_type=method,
        name=tender,
        method=method,
        amount_cents=total + tax,
        tendered_cents=total + tax,
    )
    usual = {
        "uuid": uuid,
        "store": store,
        "terminal": terminal,
        "number": f"1-1-{counter:06}",
        "series": "1",
        "counter": counter,
        "employee": "cara",
        "employee_name": "Cara Cashier",
        "opened_at": at,
        "finished_at": at,
        "business_date": on,
        "currency": "USD",
        "subtotal_cents": total,
        "tax_cents": tax,
        "total_cents": total + tax,
        "lines": (line,),
        "taxes": taxes,
        "payments": (payment,),
        "version": 1,
    }
    return Order(**{**usual, **fields})


def refund(*, uuid="refund-1", of="sale-1", total=450, **fields):
    """The whole refund of a sale."""
    return order(
        uuid=uuid,
        total=-total,
        is_refund=True,
        refund_of=of,
        reason="Faulty or damaged",
        **{"counter": 2, **fields},
    )


def journal_entry(*, uuid="entry-1", store=DOWNTOWN, action="signed_in", **fields):
    usual = {
        "uuid": uuid,
        "store": store,
        "terminal": "register-1",
        "employee": "cara",
        "employee_name": "Cara Cashier",
        "at": NOON,
        "action": action,
    }
    return JournalEntry(**{**usual, **fields})
