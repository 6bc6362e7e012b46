"""Noting in the store's journal what the signed-in person does at this terminal, in this request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from sqlalchemy.orm import Session

from pos_web import current
from pos_web.approvals.use import give_back
from pos_web.staff.record import note

NOTHING: Mapping[str, str] = MappingProxyType({})


def note_here(book: Session, action: str, details: Mapping[str, str] = NOTHING) -> None:
    """Note it in the transaction of what is done; the caller commits."""
    terminal = current.the_terminal()
    note(
        book,
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        by=current.person(),
        action=action,
        details=dict(details),
        now=current.now(),
    )


def note_alone(action: str, details: Mapping[str, str] = NOTHING) -> None:
    """Note what changes nothing in the book. An approval that the request goes by is spent here."""
    with current.book_write() as book:
        note_here(book, action, details)
        book.commit()


@contextmanager
def noted_when_done(action: str, details: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Around asking the office for something: call what it yields when the office has done it.

    An approval that the request goes by is spent meanwhile; not done, it is good once more.
    """
    approval, is_done = current.claim_approval(), False

    def done() -> None:
        nonlocal is_done
        is_done = True

    try:
        yield done
    finally:
        with current.book_write() as book:
            if is_done:
                book.info["approval"] = approval
                note_here(book, action, details)
            elif approval is not None:
                give_back(book, approval)
            book.commit()
