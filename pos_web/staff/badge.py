"""Signing in by a scanned badge: whose it is, without the enterprise's secret and without guessing.

Invariants: unknown badges count like wrong PINs, per terminal, as if they were one person's; the number is
never kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.published import remember
from pos_web.catalog.replica import ReplicaRecord
from pos_web.staff.person import person_of
from pos_web.staff.sign_in import SignIn, admit
from shared_web.language import _
from sync_contract.records import Credential, decode, stretched_badge

# Under this name unknown badges are counted; no employee has it, keys are hexadecimal.
ANYBODY = "badge"
LONGEST = 64


def sign_in_by_badge(
    book: Session, replica: Session, *, store_id: str, terminal_id: str, number: str, now: datetime
) -> SignIn:
    """The person whose badge has this number; counts an unknown one in the book."""

    # Slow on purpose, so it is done before the book is locked.
    owner = _owner_of(replica, store_id, number)
    return admit(
        book,
        store_id=store_id,
        terminal_id=terminal_id,
        counted_as=ANYBODY,
        person=person_of(replica, store_id=store_id, employee=owner) if owner else None,
        sentence=_("Nobody here has this badge."),
        now=now,
    )


def _owner_of(replica: Session, store_id: str, number: str) -> str:
    owners = remember(replica, store_id=store_id, what="badges", compute=lambda: _read(replica, store_id))
    if not 0 < len(number) <= LONGEST or not number.isascii():
        return ""
    # All credentials of an enterprise share a salt, so that this is slow once and not once for each person.
    for salt in sorted({salt for salt, _digest in owners}):
        if owner := owners.get((salt, stretched_badge(number, salt=salt))):
            return owner
    return ""


def _read(replica: Session, store_id: str) -> dict[tuple[str, str], str]:
    """(salt, digest) → employee."""
    found = replica.execute(
        select(ReplicaRecord.key, ReplicaRecord.body).where(
            ReplicaRecord.store_id == store_id, ReplicaRecord.kind == "credential"
        )
    ).all()
    credentials: list[tuple[str, Credential]] = [(key, decode("credential", body)) for key, body in found]
    return {(one.badge_salt, one.badge_digest): key for key, one in credentials if one.badge_digest}
