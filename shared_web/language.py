"""Which language the current request (or job) speaks, without any web framework.

Sentences are written in English and translated through Babel catalogs in `shared_web/translations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import UnknownLocaleError
from babel.support import NullTranslations, Translations

TRANSLATIONS = Path(__file__).parent / "translations"
DEFAULT_LOCALE = "en_US"
# Languages that every sentence can be shown in; a region decides how numbers and dates look.
SPOKEN = ("en-US", "en-GB", "en-CA", "en-AU", "en-NZ", "en-IE", "en-IN", "en-ZA")

_locale: ContextVar[str] = ContextVar("evertill_locale", default=DEFAULT_LOCALE)


def _(message: str, **placeholders: object) -> str:
    """`message` in the current language, its `%(name)s` placeholders filled in."""
    translated = _translations(_locale.get()).ugettext(message)
    return translated % placeholders if placeholders else translated


def ngettext(singular: str, plural: str, count: int, **placeholders: object) -> str:
    """The form of the sentence that fits `count`; `%(count)s` is always available."""
    return counted(singular, plural, count) % {"count": count, **placeholders}


def counted(singular: str, plural: str, count: int) -> str:
    """The form that fits `count`, its placeholders not filled in yet."""
    return _translations(_locale.get()).ungettext(singular, plural, count)


def current_locale() -> Locale:
    return parse_locale(_locale.get())


@cache
def languages() -> tuple[str, ...]:
    """The languages that all sentences can be said in: English, and those with a catalog."""
    translated = {path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/evertill.mo")}
    return tuple(sorted({"en"} | translated))


def localised(tag: str, language: str) -> str:
    """The locale `tag` of a store, in another language where there is one: de_CH in English is en_CH."""
    own = parse_locale(tag)
    if language not in languages() or own.language == language:
        return tag
    wished = f"{language}_{own.territory}" if own.territory else language
    return wished if parse_locale(wished).language == language else language


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Speak the locale `tag` (as in `de_DE`) inside the block."""
    token = _locale.set(tag)
    try:
        yield
    finally:
        _locale.reset(token)


def speak(tag: str) -> None:
    """Speak the locale `tag` for the rest of this request's context."""
    _locale.set(tag)


@cache
def parse_locale(tag: str) -> Locale:
    """The Babel locale of `tag`; the default for a tag that Babel does not know."""
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LOCALE)


@cache
def _translations(tag: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [tag, tag.split("_")[0]], domain="evertill")
