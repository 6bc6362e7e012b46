"""Cash: what to offer as quick amounts, what cash settles, what goes back. Rules: docs/pricing.md, section 5.

All amounts are minor units of the order's currency.
"""

from __future__ import annotations

import msgspec

from shared_web.formats import fraction_digits
from sync_contract.money import divide_half_up

# Notes in circulation, in whole units. Other currencies: see `_usual_notes`.
NOTES: dict[str, tuple[int, ...]] = {
    "AUD": (5, 10, 20, 50, 100),
    "CAD": (5, 10, 20, 50, 100),
    "CHF": (10, 20, 50, 100, 200),
    "CZK": (100, 200, 500, 1000, 2000),
    "DKK": (50, 100, 200, 500),
    "EUR": (5, 10, 20, 50, 100, 200),
    "GBP": (5, 10, 20, 50),
    "JPY": (1000, 5000, 10000),
    "NOK": (50, 100, 200, 500),
    "PLN": (10, 20, 50, 100, 200),
    "SEK": (20, 50, 100, 200, 500),
    "USD": (5, 10, 20, 50, 100),
}

MOST_QUICK_AMOUNTS = 4


class CashPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a handful of cash does: tendered − change = amount + rounding."""

    amount_cents: int
    tendered_cents: int
    change_cents: int
    rounding_cents: int


def cash_due(due_cents: int, step_cents: int) -> int:
    """`due_cents` as cash can pay it: rounded half-up to the store's smallest step (1 = not rounded)."""
    step = max(step_cents, 1)
    return divide_half_up(due_cents, step) * step


def apply_cash(tendered_cents: int, *, due_cents: int, step_cents: int = 1) -> CashPart:
    """What `tendered_cents` settles of `due_cents`, and the change due.

    Less than what is due is a part of it. Only cash that settles the rest is rounded.
    """
    payable = cash_due(due_cents, step_cents)
    if tendered_cents >= payable:
        return CashPart(
            amount_cents=due_cents,
            tendered_cents=tendered_cents,
            change_cents=tendered_cents - payable,
            rounding_cents=payable - due_cents,
        )
    # Exact small coins (due 15.73, step 0.05) settle it without any rounding.
    return CashPart(
        amount_cents=min(tendered_cents, due_cents),
        tendered_cents=tendered_cents,
        change_cents=max(tendered_cents - due_cents, 0),
        rounding_cents=0,
    )


def quick_amounts(due_cents: int, currency: str, *, step_cents: int = 1) -> list[int]:
    """What people usually hand over for `due_cents`, exact first: 16.30 → 16.30, 17, 20, 50."""
    payable = cash_due(due_cents, step_cents)
    unit = 10 ** fraction_digits(currency)
    notes = [note * unit for note in NOTES.get(currency, _usual_notes(currency))]
    # A currency without decimals has no "next whole unit"; its hundreds play that part.
    whole = unit if unit > 1 else 100
    offers = [payable, _up_to(payable, whole), _up_to(payable, notes[0])]
    offers += [note for note in notes if note >= payable] or [_up_to(payable, notes[-1])]
    return sorted(set(offers))[:MOST_QUICK_AMOUNTS]


def _up_to(cents: int, step: int) -> int:
    return -(-cents // step) * step


def _usual_notes(currency: str) -> tuple[int, ...]:
    # Most currencies have a 1-2-5 series; without decimals their notes start about a thousand times higher.
    scale = 1 if fraction_digits(currency) else 1000
    return tuple(note * scale for note in (5, 10, 20, 50, 100))
