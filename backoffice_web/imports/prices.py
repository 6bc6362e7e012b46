"""Prices as strangers write them, to exact decimals.

Whether a comma or a point marks the decimals is settled once for a whole column, from the values that leave
no doubt; "1.299" alone proves nothing. A value that contradicts its column is refused, never bent.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import msgspec
from babel.core import UnknownLocaleError
from babel.numbers import get_decimal_symbol, is_currency

from backoffice_web.imports.product import StoreFacts
from shared_web.errors import RuleError
from shared_web.formats import fraction_digits
from shared_web.language import _, parse_locale

LARGEST_PRICE = Decimal("99999999.99")
LONGEST_PRICE = 40

# Words that stand where a price is asked at the till.
VARIABLE_WORDS = frozenset(
    (
        "variable",
        "variabel",
        "variabile",
        "variável",
        "variabler preis",
        "variable price",
        "prix variable",
        "precio variable",
        "open",
        "open price",
        "offen",
        "libre",
    )
)
SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP", "EGP", "GIP", "FKP", "SHP", "LBP", "SYP", "SSP"),
    "¥": ("JPY", "CNY"),
    "￥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW", "KPW"),
    "₽": ("RUB",),
    "₺": ("TRY",),
    "₫": ("VND",),
    "₪": ("ILS",),
    "₴": ("UAH",),
    "₦": ("NGN",),
    "฿": ("THB",),
    "zł": ("PLN",),
    "kč": ("CZK",),
    "r$": ("BRL",),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "fr.": ("CHF",),
    # Twenty countries' sign: it contradicts only a store whose money is no kind of dollar or peso.
    "$": (
        *(
            "USD",
            "CAD",
            "AUD",
            "NZD",
            "MXN",
            "SGD",
            "HKD",
            "TWD",
            "ARS",
            "CLP",
            "COP",
            "BRL",
            "UYU",
            "DOP",
            "JMD",
        ),
        *("BBD", "BSD", "BZD", "BMD", "FJD", "GYD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD", "CUP"),
    ),
}

_SPACES_AND_APOSTROPHES = re.compile(r"[\s\u00a0\u202f'’]")
_CODE = re.compile(r"(?<![A-Za-z])([A-Za-z]{3})(?![A-Za-z])")
_PLAIN_NUMBER = re.compile(r"[0-9.,]+")
_GROUPED = r"[0-9]{1,3}(?:\%s[0-9]{3})+"


class VariablePrice(RuleError):
    """The source asks the price at the till, so the file has none."""


class PriceColumn(msgspec.Struct, frozen=True):
    """How one column of one file writes its prices."""

    decimal_mark: str
    store: StoreFacts

    @classmethod
    def of(cls, cells: Iterable[str], store: StoreFacts) -> PriceColumn:
        """Settle the decimal mark by the cells that leave no doubt, else by the store's locale."""
        evidence = Counter(mark for cell in cells if (mark := _evident_mark(_bare(cell))))
        mark = evidence.most_common(1)[0][0] if evidence else _locale_mark(store)
        return cls(mark, store)

    def read(self, cell: str) -> Decimal | None:
        """The price in `cell`, in major units; None for an empty cell.

        Raises VariablePrice for words like "variable" and RuleError for everything else that is no price
        of the store's currency.
        """
        text = cell.strip()
        if not text:
            return None
        if text.casefold() in VARIABLE_WORDS:
            raise VariablePrice(_("The price is asked at the till in the source."))
        _refuse_non_prices(text)
        _refuse_foreign_currency(text, self.store.currency)
        return checked_price(self._number(_bare(text)), self.store.currency)

    def _number(self, bare: str) -> Decimal:
        negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
        digits = bare.strip("()-+")
        grouping = "," if self.decimal_mark == "." else "."
        number = (
            rf"(?:[0-9]+|{_GROUPED % grouping})(?:\{self.decimal_mark}[0-9]*)?|\{self.decimal_mark}[0-9]+"
        )
        if not re.fullmatch(number, digits):
            raise self._unreadable(digits)
        plain = digits.replace(grouping, "").replace(self.decimal_mark, ".")
        value = Decimal(plain.rstrip("."))
        return -value if negative else value

    def _unreadable(self, digits: str) -> RuleError:
        other = "," if self.decimal_mark == "." else "."
        if re.fullmatch(rf"[0-9]+\{other}[0-9]+", digits):
            return RuleError(
                _(
                    "The decimals follow “%(other)s”, but in the rest of the column they follow “%(mark)s”.",
                    other=other,
                    mark=self.decimal_mark,
                )
            )
        return RuleError(_("This is not a price."))


def checked_price(value: Decimal, currency: str) -> Decimal:
    """`value` if it can be a price in `currency`; RuleError says why not."""
    if value < 0:
        raise RuleError(_("A price can't be negative."))
    if value > LARGEST_PRICE:
        raise RuleError(_("This price is too large."))
    digits = fraction_digits(currency)
    exact = value.quantize(Decimal(1).scaleb(-digits))
    if exact != value:
        raise RuleError(
            _(
                "This price has more decimals than %(currency)s has (%(digits)s).",
                currency=currency,
                digits=digits,
            )
        )
    return exact


def refuse_other_currency(currency: str, store: StoreFacts) -> None:
    if currency.upper() != store.currency:
        raise RuleError(
            _(
                "The price is in %(currency)s, but the store sells in %(store_currency)s.",
                currency=currency.upper()[:10],
                store_currency=store.currency,
            )
        )


def _refuse_non_prices(text: str) -> None:
    if text.startswith(("=", "@")):
        raise RuleError(_("This is a formula, not a price. Paste the values and export the file again."))
    if len(text) > LONGEST_PRICE:
        raise RuleError(_("This is not a price."))
    if re.search(r"[0-9][eE][+-]?[0-9]", text):
        raise RuleError(
            _("A spreadsheet has shortened this number. Format the column as text and export again.")
        )
    # str.isdigit() is true for ², ① and the like; only category Nd is a digit of a number.
    if any(character.isnumeric() and unicodedata.category(character) != "Nd" for character in text):
        raise RuleError(_("This is not a price."))


def _refuse_foreign_currency(text: str, store_currency: str) -> None:
    for code in _CODE.findall(text):
        if is_currency(code.upper()) and code.upper() != store_currency:
            refuse_other_currency(code, StoreFacts(currency=store_currency))
    folded = text.casefold()
    sign = next((sign for sign in sorted(SYMBOLS, key=len, reverse=True) if sign in folded), None)
    if sign and store_currency not in SYMBOLS[sign]:
        raise RuleError(
            _(
                "The price is in %(currency)s, but the store sells in %(store_currency)s.",
                currency=sign,
                store_currency=store_currency,
            )
        )


def _bare(text: str) -> str:
    """Sign, ASCII digits and marks only: currency, spaces and Swiss apostrophes removed."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    folded = unicodedata.normalize("NFC", text).casefold()
    for sign in SYMBOLS:
        folded = folded.replace(sign, "")
    without_codes = _CODE.sub(lambda found: "" if is_currency(found[1].upper()) else found[1], folded)
    compact = _SPACES_AND_APOSTROPHES.sub("", without_codes)
    return "".join(_plain_character(character) for character in compact)


def _plain_character(character: str) -> str:
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return {"٫": ".", "٬": ",", "．": ".", "，": ",", "−": "-", "–": "-"}.get(character, character)


def _evident_mark(bare: str) -> str | None:
    """The decimal mark that `bare` proves, or None where it could be read both ways."""
    digits = bare.strip("()-+")
    if not re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", digits):
        return None
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if points > 1 or commas > 1:
        return "," if points else "."
    if not points and not commas:
        return None
    mark = "." if points else ","
    whole, fraction = digits.split(mark)
    is_ambiguous = len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if is_ambiguous else mark


def _locale_mark(store: StoreFacts) -> str:
    try:
        mark = get_decimal_symbol(parse_locale(store.locale))
    except (UnknownLocaleError, ValueError):
        return "."
    return mark if mark in (".", ",") else "."
