"""Reads what people typed: money, whole numbers, rates, times, numbered rows – a complaint for the rest.

Money is parsed strictly in the person's locale and becomes minor units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from backoffice_web.editing import Complaints
from shared_web.errors import RuleError
from shared_web.formats import parse_money
from shared_web.language import _, current_locale

MOST_ROWS = 200


def whole_number(text: str, field: str, complaints: Complaints, *, empty: int = 0) -> int:
    """A number from 0 up; `empty` for nothing."""
    text = text.strip()
    if not text:
        return empty
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        complaints.add(field, _("Enter a whole number."))
        return empty
    return int(text)


def row_label(row: str, field: str) -> str:
    """A field of a row of several: `Large – Price`."""
    return f"{name} – {field}" if (name := row.strip()) else field


def money_or_nothing(text: str, currency: str, field: str, complaints: Complaints) -> int | None:
    """Minor units of `currency`, or None for an empty field."""
    if not text.strip():
        return None
    try:
        return parse_money(text, currency)
    except RuleError as problem:
        complaints.add(field, problem.sentence)
        return None


def rate_millionths(text: str, field: str, complaints: Complaints) -> int:
    """A percentage as typed: `8.875` is 88,750 millionths."""
    problem = _("Enter a percentage such as %(example)s.", example=_plain(Decimal("8.875")))
    try:
        # The typographic minus is what pages show, so people type and copy it.
        plain = text.replace("%", "").replace("−", "-").strip()
        value = parse_decimal(plain, locale=current_locale(), strict=True)
    except NumberFormatError:
        complaints.add(field, problem)
        return 0
    scaled = value * 10_000
    if not value.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > 10_000_000:
        complaints.add(field, problem)
        return 0
    return int(scaled)


def rate_text(millionths: int) -> str:
    """A rate as it is typed into its field."""
    return _plain(Decimal(millionths) / 10_000)


def minutes_of_day(text: str, field: str, complaints: Complaints) -> int:
    """`4:30` is 270 minutes after midnight; nothing is midnight."""
    match = re.fullmatch(r"([0-9]{1,2})(?::([0-5][0-9]))?", text.strip() or "0", re.ASCII)
    if match is None or int(match[1]) > 23:
        complaints.add(field, _("Enter a time between 0:00 and 23:59."))
        return 0
    return int(match[1]) * 60 + int(match[2] or 0)


def date_or_nothing(text: str, field: str, complaints: Complaints) -> date | None:
    """A day as browsers send it, `2026-11-25`, or None for an empty field."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        complaints.add(field, _("Enter a day such as 2026-11-25."))
        return None


def row_numbers(form: Mapping[str, str], prefix: str) -> Iterator[int]:
    """The numbers N of fields `prefix-N-…`, in order; at most 200, whatever somebody sends."""
    pattern = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,6}})-", re.ASCII)
    found = {int(match[1]) for name in form if (match := pattern.match(name))}
    yield from sorted(found)[:MOST_ROWS]


def _plain(value: Decimal) -> str:
    return format_decimal(value, format="0.####", locale=current_locale())
