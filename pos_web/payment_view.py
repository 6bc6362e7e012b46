"""What the payment screen shows for an address: the tender, what was typed, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.catalog import published
from pos_web.database import new_uuid
from pos_web.order_answers import the_panel
from pos_web.orders.panel import Panel
from pos_web.payments.cash import CashPart, apply_cash, cash_due, quick_amounts
from shared_web.errors import RuleError
from shared_web.formats import amount, fraction_digits, parse_money
from shared_web.language import _

CASH, CARD = "cash", "card"
LONGEST_KEY = 64


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """`received` is the text of the field; `part` what it would settle, None while it is not an amount."""

    panel: Panel
    tender: str
    key: str
    payable_cents: int
    quick: list[int]
    received: str
    received_cents: int
    part: CashPart | None
    error: str

    @property
    def fraction_digits(self) -> int:
        return fraction_digits(self.panel.currency)

    @property
    def may_take(self) -> bool:
        return self.part is not None and not self.error and bool(self.panel.lines)


def payment_view(
    book: Session, replica: Session, asked: Mapping[str, str], *, error: str = ""
) -> PaymentView:
    """Read `tender`, `received` and `key` of a request; without them cash, exactly, and a new key."""
    shown = the_panel(book, replica)
    step = published.settings(replica, store_id=current.store_id()).cash_rounding_cents
    tender = CARD if asked.get("tender") == CARD else CASH
    payable = cash_due(shown.due_cents, step) if tender == CASH else shown.due_cents
    received, cents, problem = _received(asked, payable, shown.currency)
    part = apply_cash(cents, due_cents=shown.due_cents, step_cents=step) if tender == CASH else _card(cents)
    if tender == CARD and cents > shown.due_cents:
        problem = problem or _("A card pays at most what is due.")
    return PaymentView(
        panel=shown,
        tender=tender,
        key=asked.get("key", "")[:LONGEST_KEY] or new_uuid(),
        payable_cents=payable,
        quick=quick_amounts(shown.due_cents, shown.currency, step_cents=step),
        received=received,
        received_cents=cents,
        part=None if problem else part,
        error=error or problem,
    )


def _received(asked: Mapping[str, str], payable: int, currency: str) -> tuple[str, int, str]:
    """The text, its minor units, and what is wrong with it; what is due when nothing was typed."""
    text = asked.get("received", "").strip()[:40]
    if not text:
        return amount(payable, currency), payable, ""
    try:
        return text, max(parse_money(text, currency), 0), ""
    except RuleError as problem:
        return text, 0, problem.sentence


def _card(cents: int) -> CashPart:
    return CashPart(amount_cents=cents, tendered_cents=cents, change_cents=0, rounding_cents=0)
