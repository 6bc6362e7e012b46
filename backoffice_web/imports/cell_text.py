"""Cells to clean text: names, descriptions, keys, yes and no. Nothing here ever raises."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

NAME_LENGTH = 200
SHORT_NAME_LENGTH = 80
DESCRIPTION_LENGTH = 2000
KEY_LENGTH = 200

YES = frozenset(
    ("y", "yes", "true", "1", "x", "ja", "oui", "si", "sí", "sì", "sim", "tak", "wahr", "vrai", "on")
)
NO = frozenset(
    ("n", "no", "false", "0", "nein", "non", "não", "nie", "nee", "falsch", "faux", "off", "none", "-")
)

# Format characters turn the reading direction of what follows, or can't be seen at all: they go. The joiners
# and the tags stay: Persian words, family emoji and the flag of Scotland are written with them.
_REMOVED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Cn", "Co"))
_KEPT_FORMATS = frozenset(("\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))))
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|table)\b[^<>]*>", re.IGNORECASE)
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")


def clean(text: str) -> str:
    """One trimmed line without control characters, in the composed form that searches compare."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = "".join(_visible(character) for character in unicodedata.normalize("NFC", text))
    return " ".join(visible.split())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    is_hidden = unicodedata.category(character) in _REMOVED_CATEGORIES and character not in _KEPT_FORMATS
    return "" if is_hidden else character


def shortened(text: str, length: int = NAME_LENGTH) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def without_html(text: str) -> str:
    """The words of a piece of HTML. The result is text again, not safe HTML: templates escape it."""
    without_scripts = _SCRIPT.sub(" ", text[: 20 * DESCRIPTION_LENGTH])
    spaced = _BLOCK_TAG.sub(" ", without_scripts)
    return clean(html.unescape(_TAG.sub("", spaced)))


def stable_key(*parts: str) -> str:
    """A key of cleaned `parts`, never longer than the column it is saved in."""
    key = "/".join(clean(part) for part in parts)
    if len(key) <= KEY_LENGTH:
        return key
    fingerprint = blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"{key[: KEY_LENGTH - 25]}~{fingerprint}"


def code_text(text: str) -> str:
    """A SKU or code without what spreadsheets wrap around it: `="00123"` and a leading apostrophe."""
    stripped = clean(text)
    wrapped = re.fullmatch(r'="([^"]*)"', stripped)
    if wrapped:
        stripped = wrapped[1].strip()
    return stripped.removeprefix("'").strip()


def yes_or_no(text: str) -> bool | None:
    """None for an empty cell or a word that is neither."""
    word = clean(text).casefold()
    if word in YES:
        return True
    return False if word in NO else None


def category_path(parts: Iterable[str]) -> tuple[str, ...]:
    """Cleaned category names from the root, without empty ones."""
    return tuple(shortened(name, SHORT_NAME_LENGTH) for part in parts if (name := clean(part)))
