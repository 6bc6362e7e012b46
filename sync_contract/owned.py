"""Store-owned things: what a store's book masters, mirrored up for the office to see.

Invariants: the store alone changes them; a change of any counts the store's one `revision` up, and the
changed record keeps that number; the office changes one by a `Command` that carries the revision of the
record that its author saw (0: there was none); a command is carried out once, known by its UUID; a change
leaves alone what its body does not name, and keeps what it names and this release does not know.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, Literal

import msgspec

SOLD_OUT, TERMINAL_SETTINGS = "sold_out", "terminal_settings"
THEMES = ("auto", "light", "dark")
TEXT_SIZES = ("normal", "large", "largest")
LONGEST_PREFIX = 8
LARGEST_SET = 5_000
# Two keys and what is between them.
LONGEST_KEY = 129
# Before the key of a modifier on the 86 list: no key of an item has a colon.
_MODIFIER = "modifier:"


class SoldOut(msgspec.Struct, frozen=True, kw_only=True):
    """An item, one form of it, or a modifier is on the 86 list; `name` is as it was then.

    The key is that of `sold_out_key` or `sold_out_modifier_key`.

    `until` is when it comes back by itself, in UTC; None: when somebody brings it back.
    """

    name: str
    until: datetime | None = None


class TerminalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is a matter of one device; key = terminal id. `volume` is in percent.

    `scanner_prefix` are the characters that this terminal's scanner types before each code. `language` is
    empty for the store's.
    """

    theme: str = "auto"
    text_size: str = "normal"
    has_sounds: bool = True
    volume: int = 50
    scanner_prefix: str = ""
    language: str = ""


Owned = SoldOut | TerminalSettings
KINDS: dict[str, type[Owned]] = {SOLD_OUT: SoldOut, TERMINAL_SETTINGS: TerminalSettings}


class OwnedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One store-owned thing as its store has it; `body` is that of its kind."""

    kind: str
    key: str
    revision: int
    body: msgspec.Raw
    changed_by: str
    changed_at: datetime


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody in the office wants changed. `body` null takes the record away."""

    uuid: str
    kind: str
    key: str
    revision: int
    body: msgspec.Raw
    by: str
    at: datetime


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a command. stale: the record had moved on; refused: `reason` says why."""

    uuid: str
    outcome: Literal["done", "stale", "refused"]
    at: datetime
    reason: str = ""


class OwnedSet(msgspec.Struct, frozen=True, kw_only=True):
    """All store-owned things of a store at its `revision`, and answers to commands."""

    store: str
    revision: int
    records: tuple[OwnedRecord, ...] = ()
    answers: tuple[CommandAnswer, ...] = ()


class UnreadableOwned(ValueError):
    """The body is not what its kind promises."""


def sold_out_key(item: str, variant: str = "") -> str:
    return f"{item}/{variant}" if variant else item


def sold_out_modifier_key(modifier: str) -> str:
    return f"{_MODIFIER}{modifier}"


def modifier_of_key(key: str) -> str:
    """The modifier that a key of the 86 list is about; empty when it is about an item."""
    return key.removeprefix(_MODIFIER) if key.startswith(_MODIFIER) else ""


def encode_owned(owned: Owned | msgspec.Raw) -> bytes:
    """The canonical body: compact JSON in field order. One that came as bytes stays as it is."""
    return msgspec.json.encode(owned)


def laid_over(present: bytes | None, change: bytes) -> bytes:
    """The body after `change`, whose author's release may not know all that is in `present`.

    Field by field, as bytes; `change` alone where nothing is that could be read. Raises UnreadableOwned.
    """
    try:
        fields = _FIELDS.decode(change)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableOwned(str(problem)) from problem
    try:
        return msgspec.json.encode((_FIELDS.decode(present) if present else {}) | fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.encode(fields)


def decode_owned(kind: str, body: bytes) -> Any:
    """The struct in `body`, its values in range. Raises UnreadableOwned."""
    try:
        found = _DECODERS[kind].decode(body)
    except KeyError:
        raise UnreadableOwned(f"unknown kind {kind!r}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableOwned(f"{kind}: {problem}") from problem
    if isinstance(found, SoldOut) and found.until is not None and not is_moment(found.until):
        raise UnreadableOwned(f"{kind}: until is no moment")
    if isinstance(found, TerminalSettings) and (wrong := wrong_fields(found)):
        raise UnreadableOwned(f"{kind}: {', '.join(wrong)} out of range")
    return found


def is_moment(at: datetime) -> bool:
    """Does it tell its time zone, and can a wall clock everywhere show it? Not in the first and last year."""
    return at.tzinfo is not None and MINYEAR < at.year < MAXYEAR


def wrong_fields(settings: TerminalSettings) -> list[str]:
    """The names of the fields whose values are out of range."""
    prefix = settings.scanner_prefix
    fits = {
        "theme": settings.theme in THEMES,
        "text_size": settings.text_size in TEXT_SIZES,
        "volume": 0 <= settings.volume <= 100,
        "scanner_prefix": len(prefix) <= LONGEST_PREFIX
        and prefix.isascii()
        and (not prefix or prefix.isprintable()),
        "language": len(settings.language) <= 12,
    }
    return [name for name, is_right in fits.items() if not is_right]


_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DECODERS = {kind: msgspec.json.Decoder(struct) for kind, struct in KINDS.items()}
