"""Money, numbers, dates and times as people read and type them, in a locale and a time zone."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    get_decimal_symbol,
    get_group_symbol,
    parse_decimal,
)

from shared_web.errors import RuleError
from shared_web.language import _, current_locale

# Above this a total could no longer be added up safely in 64 bits, and no shop has such a price.
LARGEST_AMOUNT_CENTS = 99_999_999_99


@cache
def fraction_digits(currency: str) -> int:
    """How many decimals the currency's amounts have: 2 for USD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def to_decimal(cents: int, currency: str) -> Decimal:
    """The amount in major units, exactly."""
    return Decimal(cents).scaleb(-fraction_digits(currency))


def money(cents: int, currency: str, locale: Locale | None = None) -> str:
    """`cents` minor units of `currency` for reading, as in `$4.50` or `4,50 €`."""
    return format_currency(to_decimal(cents, currency), currency, locale=locale or current_locale())


def amount(cents: int, currency: str, locale: Locale | None = None) -> str:
    """`cents` minor units for reading and typing, without the currency sign: `4.50`, `4,50`."""
    digits = fraction_digits(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(to_decimal(cents, currency), format=pattern, locale=locale or current_locale())


def parse_money(text: str, currency: str, locale: Locale | None = None) -> int:
    """Minor units of what a person typed. RuleError says what an amount looks like."""
    locale = locale or current_locale()
    cleaned = _without_currency(text, currency)
    example = amount(450 * 10 ** max(fraction_digits(currency) - 2, 0), currency, locale)
    problem = RuleError(_("Enter an amount such as %(example)s", example=example))
    if not re.fullmatch(r"[-+]?[0-9.,' \u00a0\u202f\u2019]+", cleaned):
        raise problem
    try:
        value = parse_decimal(_plain_or_local(cleaned, locale), locale=locale, strict=True)
    except NumberFormatError:
        raise problem from None
    scaled = value.scaleb(fraction_digits(currency))
    if scaled != scaled.to_integral_value():
        raise problem
    if abs(scaled) > LARGEST_AMOUNT_CENTS:
        largest = amount(LARGEST_AMOUNT_CENTS, currency, locale)
        raise RuleError(_("Enter at most %(largest)s.", largest=largest))
    return int(scaled)


def number(value: int | Decimal, locale: Locale | None = None, *, digits: int | None = None) -> str:
    """The number for reading; with `digits` rounded to so many decimals."""
    rounded = value if digits is None else round(Decimal(value), digits)
    return format_decimal(rounded, locale=locale or current_locale())


def file_size(byte_count: int) -> str:
    """A size for reading: `512 B`, `12 KB`, `3.4 MB`, `71.3 GB`; in thousands, as disks count."""
    if byte_count < 1_000:
        return _("%(count)s B", count=number(byte_count))
    if byte_count < 1_000_000:
        return _("%(count)s KB", count=number(round(byte_count / 1_000)))
    if byte_count < 1_000_000_000:
        return _("%(count)s MB", count=number(Decimal(byte_count) / 1_000_000, digits=1))
    return _("%(count)s GB", count=number(Decimal(byte_count) / 1_000_000_000, digits=1))


def seconds(value: float) -> str:
    """A duration for reading, as exact as matters: `0.04 s`, `16 s`, `3 min`, `2 h`."""
    if value < 10:
        return _("%(count)s s", count=number(Decimal(str(round(value, 2 if value < 1 else 1)))))
    if value < 120:
        return _("%(count)s s", count=number(round(value)))
    if value < 7_200:
        return _("%(count)s min", count=number(round(value / 60)))
    return _("%(count)s h", count=number(round(value / 3_600)))


def percent(millionths: int, locale: Locale | None = None) -> str:
    """A rate in millionths for reading: 88750 is `8.875%`."""
    return (
        format_decimal(Decimal(millionths) / 10_000, format="#,##0.####", locale=locale or current_locale())
        + "%"
    )


def local_datetime(at: datetime, time_zone: str, style: str = "medium") -> str:
    """A UTC moment on the wall clock of `time_zone`; of an hour that comes twice, which of the two."""
    words = format_datetime(_aware(at), style, tzinfo=ZoneInfo(time_zone), locale=current_locale())
    return f"{words} {which_hour(at, time_zone)}".rstrip()


def which_hour(at: datetime, time_zone: str) -> str:
    """The zone's abbreviation (`CEST`, `CET`) when the clock shows this time twice that night; else empty."""
    local = _aware(at).astimezone(ZoneInfo(time_zone))
    is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return (local.tzname() or "") if is_twice else ""


def local_time(at: datetime, time_zone: str, style: str = "short") -> str:
    return format_time(_aware(at), style, tzinfo=ZoneInfo(time_zone), locale=current_locale())


def local_date(on: date, style: str = "medium") -> str:
    return format_date(on, style, locale=current_locale())


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in words: `2 minutes ago`; `just now` below 45 seconds."""
    elapsed = _aware(now) - _aware(at)
    if elapsed < timedelta(seconds=45):
        return _("just now")
    return format_timedelta(-elapsed, add_direction=True, format="long", locale=current_locale())


def business_date(at: datetime, time_zone: str, day_cutoff_minutes: int = 0) -> date:
    """The trading day of a UTC moment: a sale before the cut-off belongs to the day before."""
    local = _aware(at).astimezone(ZoneInfo(time_zone))
    return (local.replace(tzinfo=None) - timedelta(minutes=day_cutoff_minutes)).date()


def business_day_end(now: datetime, time_zone: str, cutoff_minutes: int) -> datetime:
    """When the trading day of `now` ends, in UTC."""
    next_day = business_date(now, time_zone, cutoff_minutes) + timedelta(days=1)
    midnight = datetime.combine(next_day, time(), ZoneInfo(time_zone))
    return (midnight + timedelta(minutes=cutoff_minutes)).astimezone(UTC)


def is_showable(at: datetime) -> bool:
    """Can a wall clock everywhere show the moment? Not in the first and the last year."""
    return MINYEAR < at.year < MAXYEAR


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _without_currency(text: str, currency: str) -> str:
    # The typographic minus is what pages show, so people type and copy it.
    plain = text.replace("−", "-").strip()
    return re.sub(rf"[$€£¥]|{re.escape(currency)}", "", plain, flags=re.IGNORECASE).strip()


def _plain_or_local(text: str, locale: Locale) -> str:
    # `4.50` typed by a German hand means 4,50: a lone point before one or two last digits is no
    # thousands separator in any locale.
    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    if group == "." and decimal not in text and re.fullmatch(r"[-+]?\d+\.\d{1,2}", text):
        return text.replace(".", decimal)
    return text.replace(" ", "\u202f") if group == "\u202f" else text
