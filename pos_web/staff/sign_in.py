"""Signing in with a PIN, and the back-off after wrong ones.

Invariants: the answer never tells whether a person has a PIN; five wrong PINs in a row lock the
person out at this terminal for 30 s, five more for 60 s, doubling up to 15 min; a right one clears it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from pos_web.catalog.replica import ReplicaRecord
from pos_web.staff.journal import PinFailure
from pos_web.staff.person import Person, person_of
from shared_web.language import _, ngettext
from sync_contract.records import decode

TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)


class SignIn(msgspec.Struct, frozen=True):
    """Either the person, or a sentence why not; `wait_s` > 0 while they are locked out.

    Not an exception: the counted failure must be committed.
    """

    person: Person | None
    sentence: str = ""
    wait_s: int = 0


def sign_in(
    book: Session,
    replica: Session,
    *,
    store_id: str,
    terminal_id: str,
    employee: str,
    pin: str,
    now: datetime,
) -> SignIn:
    """Check `pin` of `employee`; counts a wrong one in the book."""
    failure = book.get(PinFailure, (store_id, terminal_id, employee), with_for_update=True)
    wait = _wait(failure, now)
    if wait:
        return SignIn(None, _wait_sentence(wait), wait)
    person = person_of(replica, store_id=store_id, employee=employee)
    is_right = _is_right(_pin_hash(replica, store_id, employee), pin)
    if person is not None and is_right:
        if failure is not None:
            book.delete(failure)
        return SignIn(person)
    if person is None:
        # Nobody of that key: nothing to count, but the same words and the same time.
        return SignIn(None, _wrong(TRIES - 1))
    return _count(book, failure, store_id=store_id, terminal_id=terminal_id, employee=employee, now=now)


def _count(
    book: Session,
    failure: PinFailure | None,
    *,
    store_id: str,
    terminal_id: str,
    employee: str,
    now: datetime,
) -> SignIn:
    if failure is None:
        failure = PinFailure(store_id=store_id, terminal_id=terminal_id, employee_id=employee, count=0)
        book.add(failure)
    failure.count += 1
    failure.last_at = now
    wait = _wait(failure, now)
    return SignIn(None, _wait_sentence(wait) if wait else _wrong(TRIES - failure.count % TRIES), wait)


def _wait(failure: PinFailure | None, now: datetime) -> int:
    """Whole seconds until the next try is allowed."""
    if failure is None or failure.count == 0 or failure.count % TRIES:
        return 0
    lock = min(FIRST_LOCK * 2 ** min(failure.count // TRIES - 1, 10), LONGEST_LOCK)
    left = (failure.last_at + lock - now).total_seconds()
    return max(int(-(-left // 1)), 0)


def _wrong(left: int) -> str:
    return ngettext("Wrong PIN. %(count)s try left.", "Wrong PIN. %(count)s tries left.", left)


def _wait_sentence(seconds: int) -> str:
    if seconds > 90:
        return _("Too many wrong PINs. Try again in %(count)s minutes.", count=-(-seconds // 60))
    return ngettext(
        "Too many wrong PINs. Try again in %(count)s second.",
        "Too many wrong PINs. Try again in %(count)s seconds.",
        seconds,
    )


def _pin_hash(replica: Session, store_id: str, employee: str) -> str:
    record = replica.get(ReplicaRecord, (store_id, "credential", employee))
    return str(decode("credential", record.body).pin_hash) if record is not None else ""


def _is_right(pin_hash: str, pin: str) -> bool:
    # Without a PIN the same work is done on a hash that nothing matches, so that time tells nothing.
    try:
        return _hasher().verify(pin_hash or _nobodys_hash(), pin) and bool(pin_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("")
