"""Who is it? By their name and PIN, by the PIN alone, or by a badge.

Invariants: badges and PINs of nobody count like wrong PINs, per terminal, as if they were one person's;
neither is kept, and no answer tells which ones there are.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.staff.owner import owner_of_badge, owner_of_pin
from pos_web.staff.person import person_of
from pos_web.staff.sign_in import SignIn, admit, sign_in
from pos_web.time_clock.on_shift import on_shift
from shared_web.language import _

# Under these names what belongs to nobody is counted; no employee has them, keys are hexadecimal.
ANY_BADGE, ANY_PIN = "badge", "pin"


def identify(
    book: Session,
    replica: Session,
    *,
    store_id: str,
    terminal_id: str,
    employee: str = "",
    pin: str = "",
    badge: str = "",
    now: datetime,
) -> SignIn:
    """Whoever has the `badge`; else `employee`, if it is their `pin`; without a name whoever has the PIN."""
    if employee and not badge:
        return sign_in(
            book, replica, store_id=store_id, terminal_id=terminal_id, employee=employee, pin=pin, now=now
        )
    # Slow on purpose, so it is done before the book is locked.
    if badge:
        owner = owner_of_badge(replica, store_id=store_id, number=badge)
    else:
        owner = owner_of_pin(replica, store_id=store_id, pin=pin)
    person = person_of(replica, store_id=store_id, employee=owner)
    return admit(
        book,
        store_id=store_id,
        terminal_id=terminal_id,
        counted_as=ANY_BADGE if badge else ANY_PIN,
        person=on_shift(book, replica, person, store_id=store_id) if person is not None else None,
        sentence=_("Nobody here has this badge.") if badge else "",
        is_guessable=not badge,
        now=now,
    )
