"""Follows the journal's hash chain from its start and names the first entry that does not fit. Reads only."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.journal import JournalEntry, JournalHead, JournalLink
from backoffice_web.publishing.journal_chain import HEAD, START, Entry, canonical, hash_after


def verify_journal(session: Session) -> list[str]:
    """What is wrong with the journal, in a sentence; empty when every entry is as it was written."""
    return list(_problems(session))[:1]


def _problems(session: Session) -> Iterator[str]:
    number, former = 0, START
    # PostgreSQL reads by a cursor, which must not stay open when the reading ends early.
    with closing(_links(session)) as links:
        for link, entry in links:
            number += 1
            if link.number != number:
                yield f"the journal is broken: entry {number} is missing"
                return
            if entry is None:
                yield f"the journal is broken at entry {number}: it was deleted"
                return
            former = hash_after(former, canonical(entry))
            if former != link.hash:
                yield f"the journal is broken at entry {number} ({_words(entry)}): it is not what was written"
                return
    head = session.get(JournalHead, HEAD)
    if (number, former) != ((head.number, head.hash) if head is not None else (0, START)):
        yield f"the journal is broken: it ends at entry {number}, and was longer or other than that"
    unlinked = (session.scalar(select(func.count(JournalEntry.id))) or 0) - number
    if unlinked:
        yield f"the journal is broken: {unlinked} entries were written beside the chain"


def _links(session: Session) -> Generator[tuple[Any, Entry | None], None, None]:
    columns = [getattr(JournalEntry, name) for name in Entry.__annotations__]
    found = session.execute(
        select(JournalLink.number, JournalLink.hash, *columns)
        .outerjoin(JournalEntry, JournalEntry.id == JournalLink.entry_id)
        .order_by(JournalLink.number),
        execution_options={"yield_per": 1_000},
    )
    with found as rows:
        for row in rows:
            yield row, cast(Entry, dict(row._mapping)) if row.id is not None else None


def _words(entry: Entry) -> str:
    return f"{entry['at']:%Y-%m-%d %H:%M:%S} UTC, {entry['by']}, {entry['action']} {entry['label']}"
