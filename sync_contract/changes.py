"""The change stream that a store pulls: one JSON line each for header, records, and the end.

Invariants: records come in (version, kind, key) order, each (kind, key) compacted to its newest
body; a page ends either with `More` (ask again after that triple) or with `Trailer`. Without a
trailer the stream is not complete and must not be applied. Bodies pass through as the published
bytes, never re-encoded.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from sync_contract.owned import Command

MEDIA_TYPE = "application/x-ndjson"
_NULL = b"null"


class Header(msgspec.Struct, frozen=True, kw_only=True, tag="header"):
    """`since` is the version that the changes build on; 0 with `is_full` for the whole set."""

    contract: int = 1
    store: str
    epoch: str
    since: int
    is_full: bool = False


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="record"):
    """One record's newest body, as the published bytes; null is a tombstone."""

    kind: str
    key: str
    version: int
    raw: msgspec.Raw = msgspec.field(name="body")

    @property
    def body(self) -> bytes | None:
        """The published bytes; None for a tombstone."""
        body = bytes(self.raw)
        return None if body == _NULL else body


class More(msgspec.Struct, frozen=True, kw_only=True, tag="more"):
    """This page ends here; the next one starts after (version, kind, key)."""

    version: int
    kind: str
    key: str


class PublicationNote(msgspec.Struct, frozen=True, kw_only=True):
    """Who published what, for the people at the till."""

    version: int
    at: datetime
    by: str
    note: str = ""
    count: int = 0
    is_urgent: bool = False


class Trailer(msgspec.Struct, frozen=True, kw_only=True, tag="trailer"):
    """`digest` is that of the store's whole published set at version `to`; `count` its records."""

    to: int
    count: int
    digest: str
    publications: tuple[PublicationNote, ...] = ()


Line = Header | Change | More | Trailer


class UnreadableStream(ValueError):
    """A line of the stream is not one of ours, or lines come in an impossible order."""


def encode_line(line: Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def change_lines(records: Iterable[tuple[int, str, str, bytes | None]]) -> bytes:
    """A line for each (version, kind, key, body), which goes in as it is; one call for many is faster."""
    return _ENCODER.encode_lines(
        [
            Change(kind=kind, key=key, version=version, raw=msgspec.Raw(_NULL if body is None else body))
            for version, kind, key, body in records
        ]
    )


def decode_line(line: bytes) -> Line:
    """Raises UnreadableStream."""
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableStream(str(problem)) from problem


def decode_lines(block: bytes) -> list[Line]:
    """All the lines of `block`, which holds whole ones; one call for many is half the time.

    Raises UnreadableStream.
    """
    try:
        return _DECODER.decode_lines(block)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableStream(str(problem)) from problem


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class TerminalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal of the store as the office knows it. `code` prefixes its receipt numbers.

    `registration` grows whenever a browser is registered or sent away: only the newest one counts.
    """

    id: str
    name: str
    code: str
    is_registered: bool = False
    registration: int = 0


class ShiftCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody in the office mended a shift: its whole state. The newest `sequence` of a shift counts.

    `clocked_out_at` None: the office leaves the end to the Time Clock.
    """

    sequence: int
    shift: str
    employee: str
    employee_name: str
    role: str = ""
    role_name: str = ""
    business_date: date
    clocked_in_at: datetime
    clocked_out_at: datetime | None = None
    by: str = ""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What the office answers to `status?since=V`: is there something new, and how much."""

    store: str
    epoch: str
    version: int
    change_count: int = 0
    authors: tuple[str, ...] = ()
    is_urgent: bool = False
    # Highest receipt counter the office holds, per "terminal/series": a restored node starts above it.
    receipt_marks: dict[str, int] = {}
    terminals: tuple[TerminalEntry, ...] = ()
    is_demo: bool = False
    # Those after the sequence that was asked for, oldest first; a store that is far behind asks again.
    corrections: tuple[ShiftCorrection, ...] = ()
    # What the office itself runs, for the tills' Support page.
    office_version: str = ""
    # What the office wants changed of store-owned things, oldest first.
    commands: tuple[Command, ...] = ()
    # The revision of the store-owned things that the office has: a restored node counts on above it.
    owned_revision: int = 0
    # That of the store's whole set at `version`, which two copies of one office may both have published.
    digest: str = ""


class StoreEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A store that this node serves."""

    id: str
    name: str
    epoch: str
    is_demo: bool = False
    terminals: tuple[TerminalEntry, ...] = ()


class TillReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one terminal shows now; `seen_at` is its last sign of life, `address` where that came from.

    `shown_at` is since when it shows the version, None when an older node does not say.
    """

    terminal: str
    shown_version: int
    has_open_order: bool = False
    seen_at: datetime
    address: str = ""
    shown_at: datetime | None = None


class SyncReport(msgspec.Struct, frozen=True, kw_only=True):
    """One sync of a store's history. Times in ms, sizes in bytes; `outcome` and `reason` as the node says."""

    uuid: str
    started_at: datetime
    started_by: str
    is_manual: bool = False
    is_full: bool = False
    from_version: int
    to_version: int
    change_count: int = 0
    byte_count: int = 0
    duration_ms: int = 0
    outcome: str
    reason: str = ""


class NodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a store node reports after each sync and with each heartbeat.

    `sent_at` is the node's clock, by which the office reads all its other times; `heard_version` the newest
    version that it knows of, since `heard_at`; `syncs` those of its history that it has not told of yet.
    """

    store: str
    version: int
    digest: str
    applied_at: datetime | None = None
    outcome: str = ""
    started_by: str = ""
    duration_ms: int = 0
    outbox_length: int = 0
    outbox_oldest_at: datetime | None = None
    # Documents that the office refused and nobody has looked after yet.
    refused_count: int = 0
    tills: tuple[TillReport, ...] = ()
    sent_at: datetime | None = None
    heard_version: int = 0
    heard_at: datetime | None = None
    syncs: tuple[SyncReport, ...] = ()
