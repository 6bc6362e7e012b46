"""Reads what a node asked or sent. Anything else than what is meant is refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from backoffice_web.bridge.changes import Position, Triple
from shared_web.language import _
from sync_contract.changes import NodeReport, SyncReport
from sync_contract.owned import KINDS, LONGEST_KEY, OwnedSet, UnreadableOwned, decode_owned
from sync_contract.pairing import Code, NodeCode
from sync_contract.readers import reader
from sync_contract.store_edit import StoreEdit

# Versions and counters are 32-bit everywhere that matters; no store publishes two billion times.
LARGEST_NUMBER = 2**31 - 1
LONGEST_WORD = 64
MOST_DOCUMENTS = 2_000
_REPORT, _OWNED = reader(NodeReport), reader(OwnedSet)
_STORE_EDIT, _CODE, _NODE_CODE = reader(StoreEdit), reader(Code), reader(NodeCode)
AnyCode = TypeVar("AnyCode", bound=Code)


class BadRequest(Exception):
    """The request does not follow the contract; the sentence says where."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def version(arguments: Mapping[str, str], name: str) -> int:
    """A version number, 0 or more."""
    text = arguments.get(name, "")
    # Not int() at once: it also reads "١٢", " 1_0 " and a million digits.
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST_NUMBER):
        raise BadRequest(_("%(name)s must be a version number.", name=name))
    return int(text)


def position(arguments: Mapping[str, str]) -> Position:
    """What the store has. A store that has something says by which epoch and digest."""
    since = version(arguments, "since")
    epoch, digest = _word(arguments, "epoch"), _word(arguments, "digest")
    if since > 0 and not (epoch and digest):
        raise BadRequest(_("epoch and digest are missing."))
    return Position(since=since, epoch=epoch, digest=digest, after=_after(arguments, since))


def documents(content: bytes) -> Sequence[bytes]:
    """The lines of an upload, as they are."""
    lines = [line.rstrip(b"\r") for line in content.split(b"\n")]
    found = [line for line in lines if line.strip()]
    if len(found) > MOST_DOCUMENTS:
        raise BadRequest(_("Send at most %(count)s documents at once.", count=MOST_DOCUMENTS))
    return found


def report(content: bytes, store_id: str) -> NodeReport:
    try:
        found = _REPORT.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(_("This report cannot be read.")) from None
    if found.store != store_id:
        raise BadRequest(_("This report is about another store."))
    counts = (
        found.version,
        found.duration_ms,
        found.outbox_length,
        found.refused_count,
        found.heard_version,
    )
    shown = (till.shown_version for till in found.tills)
    numbers = (*counts, *shown, *(number for sync in found.syncs for number in _numbers_of(sync)))
    if not all(0 <= number <= LARGEST_NUMBER for number in numbers):
        raise BadRequest(_("This report has a number that cannot be."))
    return found


def _numbers_of(sync: SyncReport) -> tuple[int, ...]:
    return (sync.from_version, sync.to_version, sync.change_count, sync.byte_count, sync.duration_ms)


def owned(content: bytes, store_id: str) -> OwnedSet:
    try:
        found = _OWNED.decode(content)
        for record in found.records:
            if record.kind in KINDS:
                decode_owned(record.kind, bytes(record.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnreadableOwned):
        raise BadRequest(_("These store-owned things cannot be read.")) from None
    if found.store != store_id:
        raise BadRequest(_("These store-owned things are another store's."))
    numbers = (found.revision, *(record.revision for record in found.records))
    keys = [(record.kind, record.key) for record in found.records]
    are_keys_sound = len(set(keys)) == len(keys) and all(
        0 < len(kind) <= 20 and 0 < len(key) <= LONGEST_KEY and f"{kind}{key}".isprintable()
        for kind, key in keys
    )
    if not (all(0 <= number <= LARGEST_NUMBER for number in numbers) and are_keys_sound):
        raise BadRequest(_("These store-owned things have a number or key that cannot be."))
    words = (*(each.changed_by for each in found.records), *(each.reason for each in found.answers))
    if any("\x00" in word for word in (*words, *(each.uuid for each in found.answers))):
        raise BadRequest(_("These store-owned things cannot be read."))
    return found


def store_edit(content: bytes, store_id: str) -> StoreEdit:
    try:
        found = _STORE_EDIT.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(_("These settings cannot be read.")) from None
    numbers = (found.wanted.auto_sync_after_s, found.wanted.idle_lock_s)
    if found.store != store_id or "\x00" in found.employee + found.approver:
        raise BadRequest(_("These settings are another store's."))
    if not all(0 <= number <= LARGEST_NUMBER for number in numbers):
        raise BadRequest(_("These settings have a number that cannot be."))
    return found


def code(content: bytes) -> str:
    """The code that somebody registers a terminal with."""
    return _with_code(_CODE, content).code


def node_code(content: bytes) -> NodeCode:
    """The code that somebody pairs a store node with."""
    return _with_code(_NODE_CODE, content)


def _with_code(decoder: msgspec.json.Decoder[AnyCode], content: bytes) -> AnyCode:
    try:
        found = decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(_("Send the code as JSON.")) from None
    if not found.code.strip():
        raise BadRequest(_("Enter the code."))
    return found


def _word(arguments: Mapping[str, str], name: str) -> str:
    word = arguments.get(name, "")
    if len(word) > LONGEST_WORD or not word.isprintable():
        raise BadRequest(_("%(name)s cannot be read.", name=name))
    return word


def _after(arguments: Mapping[str, str], since: int) -> Triple | None:
    if not arguments.get("after"):
        return None
    number, kind, key = (*arguments["after"].split(",", 2), "", "")[:3]
    last = version({"after": number}, "after")
    if not (kind and key) or last <= since:
        raise BadRequest(_("%(name)s cannot be read.", name="after"))
    return last, _word({"after": kind}, "after"), _word({"after": key}, "after")
