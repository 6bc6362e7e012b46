"""The store node's part in the commands of `app.py`: each opens the node's databases for itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep

from sqlalchemy.exc import DatabaseError

from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.dead_letters import export_all
from pos_web.syncing.office_link import (
    KeptLink,
    OfficeLink,
    forget_link,
    office_address,
    pair_node,
    read_link,
)
from pos_web.syncing.served import unsent_in_words
from pos_web.syncing.verify import verify_stores
from pos_web.terminals.restored import open_new_series, series_of
from shared_web.database import opened
from shared_web.database_files import damage_of, file_of
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.document_file import sign, signing_key


def way_to_office(link_file: Path, *, given: str | None) -> str:
    """Where the Back Office of this node is, in a line; `given` is its address in the settings."""
    address = office_address(given) if given else ""
    kept = read_link(link_file)
    if kept is None:
        return "Not paired with a Back Office yet: open the POS, or run python app.py pair."
    return f"Back Office  {address or kept.office}/backoffice"


def pair(
    link_file: Path,
    book_url: str,
    *,
    given: str | None,
    code: str,
    clock: Callable[[], datetime],
    leaves_unsent: bool = False,
) -> KeptLink:
    """Make this computer a store node by a code of the Back Office. Raises RuleError."""
    link = OfficeLink(link_file, BridgeClient(), office=given, clock=clock)
    with opened(book_url) as book:
        return pair_node(book, link, code=code, leaves_unsent=leaves_unsent)


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
            unsent = unsent_in_words(session)
    except DatabaseError:
        # Unreadable: what was in it is lost already, and a restore is the way out.
        return
    if unsent:
        raise RuleError(
            _(
                "Documents have not reached the Back Office (%(unsent)s). Send them first, or run "
                "python app.py export-unsent and add --discard-unsent.",
                unsent=unsent,
            )
        )


def export_unsent(book_url: str, file: Path, *, token: str, now: datetime) -> str:
    """Write the signed file of all that no office has into the new `file`. How much, store by store.

    Raises RuleError. Also while the store node runs.
    """
    if book_url.startswith("sqlite") and not file_of(book_url).exists():
        raise RuleError(_("There is no %(file)s here yet: start Evertill once first.", file="book.sqlite3"))
    with opened(book_url) as book, book.read() as session:
        signed_by = partial(sign, key=signing_key(token))
        content, unsent = export_all(session, now=now, signed_by=signed_by), unsent_in_words(session)
    if content is None:
        raise RuleError(_("Everything is in the Back Office. There is nothing to export."))
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.write(content)
    except OSError as problem:
        raise RuleError(
            _("%(file)s cannot be written: %(problem)s", file=file, problem=problem.strerror)
        ) from None
    return unsent


def series_before_restore(book_url: str) -> dict[str, int]:
    """The series of receipt numbers that the book in place has; nothing of one that cannot be read."""
    if not file_of(book_url).exists():
        return {}
    try:
        with opened(book_url) as book, book.read() as session:
            return series_of(session)
    except DatabaseError:
        return {}


def begin_after_restore(url: str, *, above: dict[str, int], clock: Callable[[], datetime]) -> None:
    """Make a migrated book that was restored, and that nobody serves, fit for its new life.

    `above` as `series_before_restore`. Ends in another second than it began: whoever restores once more opens
    other series.
    """
    now = clock()
    with opened(url) as book, book.write() as session:
        open_new_series(session, above=above, now=now)
        session.commit()
    left = now.replace(microsecond=0) + timedelta(seconds=1) - clock()
    sleep(min(max(left.total_seconds(), 0), 1))


def _damage(file: Path) -> list[str]:
    return [f"{file.name}: {problem}" for problem in damage_of(file)]
