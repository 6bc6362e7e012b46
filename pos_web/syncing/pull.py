"""Fetches what the store lacks into a spool file, page by page, and judges whether it may be applied.

Invariants: nothing is written to a database here, and nothing is fetched while one is being written;
a stream without a trailer is not complete and is never handed on; a broken connection is resumed after
the last whole record as long as that brings anything new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from tempfile import SpooledTemporaryFile

from pos_web.syncing.bridge_client import BridgeClient, Damaged, MustRefetch, Offline, Refused, Triple
from shared_web.pages_first import give_way
from sync_contract.changes import Change, Header, Line, More, Trailer, UnreadableStream, decode_lines
from sync_contract.contract import CONTRACT, is_spoken
from sync_contract.digest import from_hex

IN_MEMORY = 1 << 20  # bytes: a usual delta never touches the disk
BATCH = 500


@dataclass(frozen=True)
class Applied:
    """What the replica holds now; version 0 with empty texts before the first sync."""

    version: int = 0
    epoch: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Pulled:
    """A complete stream. `batches` gives its changes, in order, as often as needed.

    `few`: the changes as they were read, where they are few; the others are read again from the spool.
    """

    header: Header
    trailer: Trailer
    byte_count: int
    few: Sequence[Change] | None
    _spool: SpooledTemporaryFile[bytes]

    def batches(self, size: int = BATCH) -> Iterator[Sequence[Change]]:
        """Up to `size` changes at a time."""
        if self.few is not None:
            for start in range(0, len(self.few), size):
                yield self.few[start : start + size]
            return
        self._spool.seek(0)
        while lines := list(islice(self._spool, size)):
            give_way()
            if changes := [line for line in decode_lines(b"".join(lines)) if isinstance(line, Change)]:
                yield changes

    def records(self) -> Iterator[Change]:
        for batch in self.batches():
            yield from batch


class Verdict(Enum):
    """How a complete stream relates to what the store sells from."""

    NEWER = "newer"
    EQUAL = "equal"
    OLDER = "older"
    DAMAGED = "damaged"


def judge(applied: Applied, header: Header, trailer: Trailer) -> Verdict:
    """May a complete stream be applied on `applied`? Pure.

    EQUAL: nothing to do. OLDER: the office is behind the store, so only a person may decide.
    DAMAGED: it contradicts itself or does not build on what the store has.
    """
    if trailer.to < header.since or trailer.count < 0 or not _is_digest(trailer.digest):
        return Verdict.DAMAGED
    builds_on = (header.since, header.epoch) == (applied.version, applied.epoch)
    if not header.is_full and not builds_on:
        return Verdict.DAMAGED
    if header.is_full and header.since != 0:
        return Verdict.DAMAGED
    if trailer.to < applied.version:
        return Verdict.OLDER
    if trailer.to > applied.version or header.epoch != applied.epoch:
        return Verdict.NEWER if trailer.to > 0 else Verdict.EQUAL
    if trailer.digest == applied.digest or trailer.to == 0:
        return Verdict.EQUAL
    # The same version with another content: only the whole set can mend the store's.
    return Verdict.NEWER if header.is_full else Verdict.DAMAGED


@contextmanager
def pull(
    client: BridgeClient, *, store_id: str, applied: Applied, meanwhile: Callable[[], None] | None = None
) -> Iterator[Pulled]:
    """The complete stream that follows `applied` (a bare `Applied()` asks for the full set).

    `meanwhile` is called while the first page is awaited, and ends the pull by what it raises.
    Raises Offline, Refused, MustRefetch and UnreadableStream; the spool is gone afterwards.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        reader = _Reader(store_id, applied, spool)
        while reader.trailer is None:
            before = reader.after
            try:
                with client.changes(
                    store_id,
                    since=applied.version,
                    # Of a full set, the later pages must be of the office that sent the first.
                    epoch=reader.epoch,
                    digest=applied.digest,
                    after=reader.after,
                    meanwhile=meanwhile if reader.after is None else None,
                ) as blocks:
                    reader.read_page(blocks)
            except Damaged:
                # Of a page that fails its checksum nobody knows which lines are right.
                raise
            except Offline:
                if reader.after == before:
                    raise
                # The end of a page counts once the page is whole.
                reader.trailer = None
            else:
                if reader.trailer is None and reader.after == before:
                    raise Offline("the stream broke off before its end")
        assert reader.header is not None  # read_page demands it before everything else
        yield Pulled(reader.header, reader.trailer, reader.byte_count, reader.few, spool)


class _Reader:
    """Checks the order of the lines and spools them as they come."""

    def __init__(self, store_id: str, applied: Applied, spool: SpooledTemporaryFile[bytes]) -> None:
        self._store_id = store_id
        self._applied = applied
        self._spool = spool
        self.header: Header | None = None
        self.trailer: Trailer | None = None
        self.byte_count = 0
        self.few: list[Change] | None = []
        self._newest: Change | None = None

    @property
    def epoch(self) -> str:
        return self.header.epoch if self.header is not None else self._applied.epoch

    @property
    def after(self) -> Triple | None:
        """The last whole record that came."""
        newest = self._newest
        return None if newest is None else (newest.version, newest.kind, newest.key)

    def read_page(self, blocks: Iterator[bytes]) -> None:
        is_open = is_ended = False
        for block in blocks:
            for line in decode_lines(block):
                if is_ended:
                    raise UnreadableStream("a line follows the end of the page")
                if not is_open:
                    is_open = True
                    self._open_page(line)
                elif isinstance(line, Change):
                    self._follow(line)
                else:
                    is_ended = True
                    self._close_page(line)
            # The page's first and last line come along: `Pulled.batches` leaves them out.
            self._spool.write(block)
            self.byte_count += len(block)
            if self.few is None:
                give_way()

    def _open_page(self, header: Line) -> None:
        if not isinstance(header, Header):
            raise UnreadableStream("the page does not begin with its header")
        if not is_spoken(header.contract):
            raise Refused(f"the office speaks contract {header.contract}, this store speaks {CONTRACT}")
        if header.store != self._store_id:
            raise UnreadableStream(f"the stream is for store {header.store}")
        if self.header is None:
            self.header = header
        elif header != self.header:
            # Restored or replaced between two pages: what is spooled belongs to another history.
            raise MustRefetch(self._store_id)

    def _follow(self, change: Change) -> None:
        if self._newest is not None and change.version < self._newest.version:
            raise UnreadableStream("the records are not in order")
        self._newest = change
        if self.few is not None:
            self.few.append(change)
            if len(self.few) > BATCH:
                self.few = None

    def _close_page(self, end: Line) -> None:
        if isinstance(end, Trailer):
            self.trailer = end
        elif isinstance(end, More):
            triple = (end.version, end.kind, end.key)
            if self.after != triple:
                raise UnreadableStream("the page ends after a record that it does not hold")
        else:
            raise UnreadableStream("a second header inside the page")


def _is_digest(text: str) -> bool:
    try:
        return from_hex(text) >= 0
    except ValueError:
        return False
