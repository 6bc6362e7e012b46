"""Signing in with a PIN, and the back-off after wrong ones.

Invariants: the answer never tells whether a person has a PIN; five wrong PINs in a row lock the
person out at this terminal for 30 s, five more for 60 s, doubling up to 15 min; a right one clears it.
Guessing around that is slowed too: many wrong PINs at one terminal, whoever they were for, lock the
terminal, and many for one person, wherever, lock the person; a right PIN clears neither, a quiet hour or
a manager does (`pin_locks.py`). All of it is in the book, so a restart forgets nothing.
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
from pos_web.staff.record import note
from pos_web.time_clock.on_shift import on_shift
from shared_web.database import one_after_another
from shared_web.language import _, ngettext
from sync_contract.records import decode

TRIES = 5
# Of everybody at one terminal, or of one person at every terminal: a busy day has honest mistakes.
WIDE_TRIES = 20
QUIET = timedelta(hours=1)
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)


class SignIn(msgspec.Struct, frozen=True):
    """Either the person, in the role of their shift, or a sentence why not; `wait_s` > 0 while locked out.

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
    """Check `pin` of `employee`; counts a wrong one in the book, and notes a lock in the journal."""
    # Slow on purpose, so it is done before the book is locked: other tills ring meanwhile.
    person = person_of(replica, store_id=store_id, employee=employee)
    is_theirs = is_right(_pin_hash(replica, store_id, employee), pin)
    # Tries at once are counted one after the other, also the very first ones.
    one_after_another(book, f"pins {store_id}")
    failures = [
        _failure(book, store_id, *key, now=now)
        for key in ((terminal_id, employee), (terminal_id, ""), ("", employee))
    ]
    _forget_quiet(failures[1:], now)
    wait = max(wait_s(failure, now) for failure in failures)
    if wait:
        return SignIn(None, _wait_sentence(wait), wait)
    if person is not None and is_theirs:
        failures[0].count = 0
        return SignIn(on_shift(book, replica, person, store_id=store_id))
    # Of a key that is nobody's only the terminal counts; the words and the time are the same.
    counted = failures if person is not None else failures[1:2]
    wait = max(_count(book, failure, now) for failure in counted)
    if wait and person is not None:
        _note_lock(book, person, store_id=store_id, terminal_id=terminal_id, wait=wait, now=now)
    left = TRIES - failures[0].count % TRIES if person is not None else TRIES - 1
    return SignIn(None, _wait_sentence(wait) if wait else _wrong(left), wait)


def admit(
    book: Session,
    *,
    store_id: str,
    terminal_id: str,
    counted_as: str,
    person: Person | None,
    sentence: str = "",
    is_guessable: bool = False,
    now: datetime,
) -> SignIn:
    """Let `person` in, unless too many were wrong before.

    None is counted, by name and by terminal, and refused with `sentence` or with the tries that are left.
    Where guessing is possible whoever is locked out counts as nobody: no answer tells that it was right.
    """
    one_after_another(book, f"pins {store_id}")
    if is_guessable and person is not None and _is_locked_out(book, person, store_id, terminal_id, now):
        person = None
    failures = [_failure(book, store_id, terminal_id, name, now=now) for name in (counted_as, "")]
    _forget_quiet(failures[1:], now)
    wait = max(wait_s(failure, now) for failure in failures)
    if wait:
        return SignIn(None, _wait_sentence(wait), wait)
    if person is not None:
        failures[0].count = 0
        return SignIn(person)
    wait = max(_count(book, failure, now) for failure in failures)
    if wait:
        _note_lock(book, _somebody(), store_id=store_id, terminal_id=terminal_id, wait=wait, now=now)
        return SignIn(None, _wait_sentence(wait), wait)
    return SignIn(None, sentence or _wrong(TRIES - failures[0].count % TRIES))


def is_right(pin_hash: str, pin: str) -> bool:
    """Is it the PIN behind the hash? Takes the same time where there is none."""
    try:
        return _hasher().verify(pin_hash or _nobodys_hash(), pin) and bool(pin_hash)
    except (VerificationError, InvalidHashError):
        return False


def tries_of(failure: PinFailure) -> int:
    """How many wrong PINs lock: few for a person at a terminal, more where several mistakes come together."""
    return TRIES if failure.terminal_id and failure.employee_id else WIDE_TRIES


def wait_s(failure: PinFailure, now: datetime) -> int:
    """Whole seconds until the next try is allowed."""
    tries = tries_of(failure)
    if failure.count == 0 or failure.count % tries:
        return 0
    lock = min(FIRST_LOCK * 2 ** min(failure.count // tries - 1, 10), LONGEST_LOCK)
    left = min(failure.last_at + lock - now, lock).total_seconds()
    return max(int(-(-left // 1)), 0)


def _is_locked_out(book: Session, person: Person, store_id: str, terminal_id: str, now: datetime) -> bool:
    failures = [_failure(book, store_id, where, person.employee, now=now) for where in (terminal_id, "")]
    _forget_quiet(failures[1:], now)
    return any(wait_s(failure, now) for failure in failures)


def _failure(book: Session, store_id: str, terminal_id: str, employee: str, *, now: datetime) -> PinFailure:
    """The counter as it stands, locked; a new one is only written when something is counted."""
    key = {"store_id": store_id, "terminal_id": terminal_id, "employee_id": employee}
    found = book.get(PinFailure, tuple(key.values()), with_for_update=True)
    if found is None:
        return PinFailure(**key, count=0)
    # Counted by a clock that was ahead: its lock begins now, instead of lasting until that moment comes.
    found.last_at = min(found.last_at, now)
    return found


def _forget_quiet(failures: list[PinFailure], now: datetime) -> None:
    for failure in failures:
        if failure.count and now - failure.last_at > QUIET:
            failure.count = 0


def _count(book: Session, failure: PinFailure, now: datetime) -> int:
    book.add(failure)
    failure.count += 1
    failure.last_at = now
    return wait_s(failure, now)


def _note_lock(
    book: Session, person: Person, *, store_id: str, terminal_id: str, wait: int, now: datetime
) -> None:
    note(
        book,
        store_id=store_id,
        terminal_id=terminal_id,
        by=person,
        action="session.lock_out",
        details={"seconds": str(wait)},
        now=now,
    )


def _somebody() -> Person:
    """Whoever tries badges or PINs without a name."""
    return Person(
        employee="", name=_("Somebody"), role="", role_name="", language="", permissions=frozenset()
    )


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


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("")
