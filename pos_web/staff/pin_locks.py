"""Who or which terminal is locked after wrong PINs, and letting them try again at once."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.staff.identify import ANY_BADGE, ANY_PIN
from pos_web.staff.journal import PinFailure
from pos_web.staff.person import Person, people
from pos_web.staff.record import note
from pos_web.staff.sign_in import wait_s
from pos_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from shared_web.language import _


class NotLocked(RuleError):
    """The time is over, or somebody else has unlocked it."""


class PinLock(msgspec.Struct, frozen=True, kw_only=True):
    """`person` is empty when a terminal is locked for all, `terminal` when a person is everywhere."""

    terminal_id: str
    terminal: str
    employee: str
    person: str
    wait_s: int


def pin_locks(book: Session, replica: Session, *, store_id: str, now: datetime) -> list[PinLock]:
    """What is locked in the store now, the longest first."""
    names = {person.employee: person.name for person in people(replica, store_id=store_id)}
    names |= {ANY_BADGE: _("Badges"), ANY_PIN: _("PINs without a name")}
    failures = book.scalars(select(PinFailure).where(PinFailure.store_id == store_id)).all()
    locks = [_lock(book, failure, names, now) for failure in failures if wait_s(failure, now)]
    return sorted(locks, key=lambda lock: -lock.wait_s)


def unlock(
    book: Session, *, store_id: str, terminal_id: str, employee: str, at: str, by: Person, now: datetime
) -> None:
    """Let whoever is locked try again; noted in the journal. `at` is where it is done. Raises NotLocked."""
    failure = book.get(PinFailure, (store_id, terminal_id, employee), with_for_update=True)
    if failure is None or not wait_s(failure, now):
        raise NotLocked(_("This is not locked any more."))
    book.delete(failure)
    note(
        book,
        store_id=store_id,
        terminal_id=at,
        by=by,
        action="session.unlock",
        details={"employee": employee, "locked_terminal": terminal_id},
        now=now,
    )


def _lock(book: Session, failure: PinFailure, names: dict[str, str], now: datetime) -> PinLock:
    terminal = book.get(Terminal, failure.terminal_id) if failure.terminal_id else None
    return PinLock(
        terminal_id=failure.terminal_id,
        terminal=terminal.name if terminal is not None else "",
        employee=failure.employee_id,
        person=names.get(failure.employee_id, ""),
        wait_s=wait_s(failure, now),
    )
