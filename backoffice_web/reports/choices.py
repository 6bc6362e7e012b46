"""Currencies, regions, time zones and languages to choose from."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import list_currencies

from shared_web.language import SPOKEN, current_locale

# First in the list, because most stores that open here need one of them.
COMMON_CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "SEK", "NOK", "DKK", "PLN", "JPY", "MXN")
REGIONS = (
    "en_US", "en_GB", "en_CA", "en_AU", "en_NZ", "en_IE", "en_IN", "en_ZA", "de_DE", "de_AT", "de_CH",
    "fr_FR", "fr_BE", "fr_CH", "fr_CA", "es_ES", "es_MX", "es_US", "it_IT", "nl_NL", "nl_BE", "pt_PT",
    "pt_BR", "pl_PL", "cs_CZ", "sv_SE", "nb_NO", "da_DK", "fi_FI", "el_GR", "tr_TR", "ja_JP", "ar_AE",
    "he_IL",
)  # fmt: skip


def currency_choices() -> list[tuple[str, str]]:
    """(code, "EUR · Euro") pairs, the common ones first."""
    names = current_locale().currencies
    others = sorted(code for code in list_currencies(current_locale()) if code not in COMMON_CURRENCIES)
    return [(code, f"{code} · {names.get(code, code)}") for code in (*COMMON_CURRENCIES, *others)]


def region_choices(chosen: str = "") -> list[tuple[str, str]]:
    """(tag, name in its own language) pairs; `chosen` is among them, however rare it is."""
    rare = [chosen] if chosen and chosen not in REGIONS else []
    return [(tag, _own_name(tag)) for tag in (*REGIONS, *rare)]


def language_choices() -> list[tuple[str, str]]:
    """(tag, name) pairs of what every sentence can be shown in."""
    return [(tag, _own_name(tag.replace("-", "_"))) for tag in SPOKEN]


def time_zone_choices(chosen: str = "") -> list[tuple[str, str]]:
    """(zone, its name with spaces) pairs; `chosen` is among them, however rare it is."""
    zones = _time_zones()
    rare = [chosen] if chosen and chosen not in zones else []
    return [(zone, zone.replace("_", " ")) for zone in (*zones, *rare)]


@cache
def _time_zones() -> tuple[str, ...]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return (*zones, "UTC")


@cache
def _own_name(tag: str) -> str:
    try:
        return Locale.parse(tag).get_display_name() or tag
    except (UnknownLocaleError, ValueError):
        return tag
