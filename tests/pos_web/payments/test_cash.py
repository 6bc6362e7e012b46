"""Cash: quick amounts, change due and rounding to the smallest coin."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_web.orders.tax import RungTax, tax_line
from pos_web.payments.cash import apply_cash, cash_due, quick_amounts
from sync_contract.money import share_out
from tests.shared_data import shared_file


@pytest.mark.parametrize(
    ("due", "currency", "offers"),
    [
        (1630, "EUR", [1630, 1700, 2000, 5000]),
        (2630, "EUR", [2630, 2700, 3000, 5000]),
        (420, "USD", [420, 500, 1000, 2000]),
        (2000, "EUR", [2000, 5000, 10000, 20000]),
        (13000, "USD", [13000, 20000]),
        (1234, "JPY", [1234, 1300, 2000, 5000]),
        (1234, "KWD", [1234, 2000, 5000, 10000]),
        (0, "EUR", [0, 500, 1000, 2000]),
    ],
)
def test_quick_amounts_are_what_people_hand_over(due, currency, offers):
    assert quick_amounts(due, currency) == offers


def test_quick_amounts_start_with_what_cash_can_pay():
    assert quick_amounts(1572, "CHF", step_cents=5)[0] == 1570


@pytest.mark.parametrize(
    ("tendered", "due", "step", "amount", "change", "rounding"),
    [
        pytest.param(2000, 1630, 1, 1630, 370, 0, id="change comes back"),
        pytest.param(1630, 1630, 1, 1630, 0, 0, id="exact"),
        pytest.param(1000, 1630, 1, 1000, 0, 0, id="a part"),
        pytest.param(1575, 1573, 5, 1573, 0, 2, id="rounded up"),
        pytest.param(2000, 1572, 5, 1572, 430, -2, id="rounded down, then change"),
        pytest.param(1000, 1573, 5, 1000, 0, 0, id="a part is not rounded"),
        pytest.param(1573, 1573, 5, 1573, 0, 0, id="exact small coins are not rounded"),
        pytest.param(0, 2, 5, 2, 0, -2, id="nothing is left to pay"),
    ],
)
def test_cash_settles_by_the_table(tendered, due, step, amount, change, rounding):
    part = apply_cash(tendered, due_cents=due, step_cents=step)
    assert (part.amount_cents, part.change_cents, part.rounding_cents) == (amount, change, rounding)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.sampled_from([1, 5, 10, 50, 100]))
def test_tendered_less_change_is_amount_and_rounding(tendered, due, step):
    part = apply_cash(tendered, due_cents=due, step_cents=step)
    assert part.tendered_cents - part.change_cents == part.amount_cents + part.rounding_cents
    assert 0 <= part.amount_cents <= due
    assert part.change_cents >= 0
    assert 2 * abs(part.rounding_cents) <= step


@given(st.integers(0, 10**7), st.sampled_from(["EUR", "USD", "JPY", "KWD", "XAF"]))
def test_each_quick_amount_pays_and_exact_is_first(due, currency):
    offers = quick_amounts(due, currency)
    assert offers[0] == due
    assert offers == sorted(set(offers))


def vectors(kind):
    return [
        v for v in json.loads(shared_file("tax_vectors.json").read_text())["vectors"] if v["kind"] == kind
    ]


def cents(text):
    return Decimal(text) * 100


def test_other_peoples_cash_rounding_agrees():
    """Half-up to the step, from whole minor units. Left out: amounts that are not whole cents to begin with
    (a total never is one here) and half-even or truncating modes."""
    fitting = [
        v
        for v in vectors("cash_round_amount")
        if v["input"]["mode"] == "half_up" and cents(v["input"]["amount"]) % 1 == 0
    ]
    assert len(fitting) > 10
    for vector in fitting:
        amount, step = int(cents(vector["input"]["amount"])), int(cents(vector["input"]["step"]))
        assert cash_due(amount, step) == cents(vector["expected"]["amount"]), vector["id"]


def test_other_peoples_cash_sales_agree():
    """Left out: the policy that rounds the whole order, also what is paid by card (docs/pricing.md 5), and
    sales without any cash."""
    fitting = [
        v
        for v in vectors("cash_rounding_sale")
        if v["input"]["policy"] == "cash_only"
        and [p["amount"] for p in v["input"]["payments"] if p["method"] == "cash"] == ["rest"]
    ]
    assert fitting
    for vector in fitting:
        given_, wanted = vector["input"], vector["expected"]
        lines = [
            tax_line(
                int(cents(line["price"]) * int(line["qty"])),
                [
                    RungTax(
                        tax="t",
                        name="t",
                        rate_millionths=int(Decimal(line["tax_rate"]) * 10_000),
                        is_inclusive=line["included"],
                    )
                ],
            )
            for line in given_["lines"]
        ]
        total = sum(line.gross_cents for line in lines)
        by_card = sum(int(cents(p["amount"])) for p in given_["payments"] if p["method"] != "cash")
        step = int(cents(given_["step"]))
        due = total - by_card
        part = apply_cash(cash_due(due, step), due_cents=due, step_cents=step)
        assert total == cents(wanted["total"]), vector["id"]
        assert part.rounding_cents == cents(wanted["rounding"]), vector["id"]
        assert by_card + part.tendered_cents == cents(wanted["amount_paid"]), vector["id"]


def test_other_peoples_allocations_agree():
    """Left out: weights that are all zero, which `share_out` refuses (nothing says whose the amount is)."""
    for vector in vectors("allocation"):
        if not any(Decimal(weight) for weight in vector["input"]["weights"]):
            continue
        step = Decimal(vector["input"]["step"])
        total = int(Decimal(vector["input"]["total"]) / step)
        parts = share_out(total, [int(Decimal(weight) * 100) for weight in vector["input"]["weights"]])
        assert sum(parts) == total, vector["id"]
        if vector["expected"]["parts"]:
            assert [part * step for part in parts] == [Decimal(p) for p in vector["expected"]["parts"]], (
                vector["id"]
            )
