"""The change stream of a store: what it lacks, as the bytes that were published, one page at a time.

Invariants: a page and its trailer are read from one snapshot; the cost grows with the changes, never
with the catalog; bodies pass through untouched; a store whose history is not ours gets no delta.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, tuple_

from backoffice_web.bridge.status import publications_after
from backoffice_web.publishing.publication import Publication, PublishedHead, PublishedRecord
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.enterprise import Enterprise
from sync_contract import digest
from sync_contract.changes import Header, More, PublicationNote, Trailer, change_lines, encode_line

PAGE = 10_000
# Lines that are made in one go: some 60 kB of a catalog.
BLOCK = 250
Triple = tuple[int, str, str]
_heads, _enterprise = table_of(PublishedHead), table_of(Enterprise)
# The digest of the version that a delta builds on; none if it was never published.
_BASE = select(Publication.digest).where(
    Publication.store_id == bindparam("store"), Publication.version == bindparam("since")
)
# Asked with every request, so it is built once.
_HEAD = (
    select(
        _enterprise.c.epoch,
        _BASE.scalar_subquery().label("base"),
        _heads.c.version,
        _heads.c.digest,
        _heads.c.record_count,
    )
    .select_from(_enterprise)
    .outerjoin(_heads, _heads.c.store_id == bindparam("store"))
    .where(_enterprise.c.id == 1)
)

_records = table_of(PublishedRecord)
_triple = (_records.c.version, _records.c.kind, _records.c.key)
_PAGE = (
    select(*_triple, _records.c.body)
    .where(_records.c.store_id == bindparam("store"))
    .order_by(*_triple)
    .limit(bindparam("limit"))
)
_FULL = _PAGE.where(_records.c.body.is_not(None))
_DELTA = _PAGE.where(_records.c.version > bindparam("since"))
_NEXT_PAGE = _PAGE.where(tuple_(*_triple) > tuple_(bindparam("version"), bindparam("kind"), bindparam("key")))


class MustRefetch(Exception):
    """No changes can be built on what the store says it has: it must take the whole set."""


@dataclass(frozen=True)
class Position:
    """What the store has (`since` 0: nothing), and the last record of the page before."""

    since: int
    epoch: str = ""
    digest: str = ""
    after: Triple | None = None


def change_stream(
    reading: Connection, *, store_id: str, position: Position, page: int = PAGE
) -> Iterator[bytes]:
    """One page of the stream, some lines at a time, from the snapshot that `reading` has until it is closed.

    Checks first and raises MustRefetch; reading on afterwards raises nothing of ours.
    """
    head = _head(reading, store_id, position.since)
    if position.after is None and _is_up_to_date(head, position):
        return iter([_header(head, position), encode_line(_trailer(head, ()))])
    _check(head, position)
    return _blocks(reading, head, position, page)


@dataclass(frozen=True)
class _Head:
    """The newest version of the store, in the epoch of this office.

    `base`: the digest of the version that was asked about, None if there is no such version.
    """

    store_id: str
    epoch: str
    base: str | None
    version: int
    digest: str
    record_count: int


def _head(reading: Connection, store_id: str, since: int) -> _Head:
    row = reading.execute(_HEAD, {"store": store_id, "since": since}).one()
    if row.version is None:
        return _Head(store_id, row.epoch, None, 0, digest.to_hex(digest.EMPTY), 0)
    return _Head(store_id, *row)


def _is_up_to_date(head: _Head, position: Position) -> bool:
    # What most stores hear most of the time, so it costs one statement.
    has = (position.since, position.epoch, position.digest)
    return position.since > 0 and has == (head.version, head.epoch, head.digest)


def _check(head: _Head, position: Position) -> None:
    if position.since == 0:
        # Between two pages of a full set the office may have been restored from a backup.
        if position.after is not None and position.epoch not in ("", head.epoch):
            raise MustRefetch
        return
    is_ours = (position.epoch, position.digest) == (head.epoch, head.base)
    if not is_ours or position.since > head.version:
        raise MustRefetch


def _header(head: _Head, position: Position) -> bytes:
    is_full = position.since == 0
    return encode_line(Header(store=head.store_id, epoch=head.epoch, since=position.since, is_full=is_full))


def _blocks(reading: Connection, head: _Head, position: Position, page: int) -> Iterator[bytes]:
    yield _header(head, position)
    query, asked = _query(position)
    # One more than the page has room for tells whether another page follows.
    asked |= {"store": head.store_id, "limit": page + 1}
    rows = reading.execute(query, asked, execution_options={"yield_per": BLOCK})
    count, last = 0, None
    for some in rows.partitions():
        count += len(some)
        if fitting := some if count <= page else some[:-1]:
            last = fitting[-1]
            yield change_lines(fitting)
    if count > page and last is not None:
        yield encode_line(More(version=last.version, kind=last.kind, key=last.key))
        return
    newer = publications_after(reading, store_id=head.store_id, since=position.since)
    yield encode_line(_trailer(head, newer))


def _query(position: Position) -> tuple[Select[Any], dict[str, Any]]:
    """The statement of this page, and what it asks for beside the store."""
    if position.after is not None:
        # Tombstones too, even in a full set: the record may have been live on the page before.
        return _NEXT_PAGE, dict(zip(("version", "kind", "key"), position.after, strict=True))
    if position.since == 0:
        return _FULL, {}
    return _DELTA, {"since": position.since}


def _trailer(head: _Head, newer: Sequence[Any]) -> Trailer:
    return Trailer(
        to=head.version,
        count=head.record_count,
        digest=head.digest,
        publications=tuple(
            PublicationNote(
                version=publication.version,
                at=publication.at,
                by=publication.by,
                note=publication.note,
                count=publication.change_count,
                is_urgent=publication.is_urgent,
            )
            for publication in newer
        ),
    )
