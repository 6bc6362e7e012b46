"""The store node's part in `verify` and `restore`: on databases that nobody serves at the moment."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import DatabaseError

from pos_web.syncing.outbox import waiting
from pos_web.syncing.served import served_store_ids
from pos_web.syncing.verify import verify_stores
from pos_web.terminals.restored import open_new_series, series_of
from shared_web.database import Database
from shared_web.database_files import damage_of, file_of
from shared_web.errors import RuleError
from shared_web.language import ngettext


def verify_node(book_url: str, replica_url: str) -> list[str]:
    """What is wrong with the store node's databases, in sentences. Also while they are in use."""
    for url in (book_url, replica_url):
        if url.startswith("sqlite") and (problems := _damage(file_of(url))):
            return problems
    book, replica = Database(book_url), Database(replica_url)
    try:
        with book.read() as reading, replica.read() as selling:
            return verify_stores(reading, selling)
    finally:
        book.dispose()
        replica.dispose()


def check_nothing_unsent(book_url: str) -> None:
    """Raises RuleError while the book holds what no office has: a restore would lose it."""
    if book_url.startswith("sqlite") and not file_of(book_url).exists():
        return
    book = Database(book_url)
    try:
        with book.read() as session:
            unsent = [waiting(session, store_id=store_id) for store_id in served_store_ids(session)]
    except DatabaseError:
        # Unreadable: what was in it is lost already, and a restore is the way out.
        return
    finally:
        book.dispose()
    count = sum(each.length + each.refused for each in unsent)
    if count:
        raise RuleError(
            ngettext(
                "%(count)s document of this store has not reached the Back Office. Send or export it first, "
                "or add --discard-unsent.",
                "%(count)s documents of this store have not reached the Back Office. Send or export them "
                "first, or add --discard-unsent.",
                count,
            )
        )


def series_before_restore(book_url: str) -> dict[str, int]:
    """The series of receipt numbers that the book in place has; nothing of one that cannot be read."""
    if not file_of(book_url).exists():
        return {}
    book = Database(book_url)
    try:
        with book.read() as session:
            return series_of(session)
    except DatabaseError:
        return {}
    finally:
        book.dispose()


def begin_after_restore(url: str, *, above: dict[str, int]) -> None:
    """Make a migrated book that was restored fit for its new life; `above` as `series_before_restore`."""
    book = Database(url)
    with book.write() as session:
        open_new_series(session, above=above)
        session.commit()
    book.dispose()


def _damage(file: Path) -> list[str]:
    return [f"{file.name}: {problem}" for problem in damage_of(file)]
