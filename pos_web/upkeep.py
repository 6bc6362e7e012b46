"""The store node's part in the commands of `app.py`: each opens the node's databases for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.office_link import (
    KeptLink,
    OfficeLink,
    forget_link,
    office_address,
    pair_node,
    read_link,
)
from pos_web.syncing.outbox import unsent_count
from pos_web.syncing.verify import verify_stores
from pos_web.terminals.restored import open_new_series, series_of
from shared_web.database import opened
from shared_web.database_files import damage_of, file_of
from shared_web.errors import RuleError
from shared_web.language import _, ngettext


def way_to_office(link_file: Path, *, given: str | None) -> str:
    """Where the Back Office of this node is, in a line; `given` is its address in the settings."""
    address = office_address(given) if given else ""
    kept = read_link(link_file)
    if kept is None:
        return "Not paired with a Back Office yet: open the POS, or run python app.py pair."
    return f"Back Office  {address or kept.office}/backoffice"


def pair(
    link_file: Path, book_url: str, *, given: str | None, code: str, clock: Callable[[], datetime]
) -> KeptLink:
    """Make this computer a store node by a code of the Back Office. Raises RuleError."""
    link = OfficeLink(link_file, BridgeClient(), office=given, clock=clock)
    with opened(book_url) as book:
        return pair_node(book, link, code=code)


def unpair(link_file: Path) -> KeptLink:
    """Make this computer no store node any more; the link that it had. RuleError when it had none."""
    kept = read_link(link_file)
    if kept is None:
        raise RuleError(_("This computer is not paired with a Back Office."))
    forget_link(link_file)
    return kept


def verify(book_url: str, replica_url: str) -> list[str]:
    """What is wrong with the store node's databases, in sentences. Also while they are in use."""
    for url in (book_url, replica_url):
        if url.startswith("sqlite") and (problems := _damage(file_of(url))):
            return problems
    with (
        opened(book_url) as book,
        opened(replica_url) as replica,
        book.read() as reading,
        replica.read() as selling,
    ):
        return verify_stores(reading, selling)


def check_nothing_unsent(book_url: str) -> None:
    """Raises RuleError while the book holds what no office has: it would be lost."""
    if book_url.startswith("sqlite") and not file_of(book_url).exists():
        return
    try:
        with opened(book_url) as book, book.read() as session:
            count = unsent_count(session)
    except DatabaseError:
        # Unreadable: what was in it is lost already, and a restore is the way out.
        return
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
    try:
        with opened(book_url) as book, book.read() as session:
            return series_of(session)
    except DatabaseError:
        return {}


def begin_after_restore(url: str, *, above: dict[str, int]) -> None:
    """Make a migrated book that was restored, and that nobody serves, fit for its new life.

    `above` as `series_before_restore`.
    """
    with opened(url) as book, book.write() as session:
        open_new_series(session, above=above)
        session.commit()


def _damage(file: Path) -> list[str]:
    return [f"{file.name}: {problem}" for problem in damage_of(file)]
