"""Whose badge or PIN is it? Found without the enterprise's secret, and without trying everybody's.

What is slow here is slow on purpose: do it before the book is locked.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.published import remember
from pos_web.catalog.replica import ReplicaRecord
from pos_web.staff.sign_in import is_right
from sync_contract.records import Credential, decode, stretched_badge, stretched_pin

LONGEST_BADGE = 64
LONGEST_PIN = 8

# (salt, digest) → employee.
Owners = dict[tuple[str, str], str]


def owner_of_badge(replica: Session, *, store_id: str, number: str) -> str:
    """The employee with this badge; nobody is an empty key."""
    if not number.isascii() or not 0 < len(number) <= LONGEST_BADGE:
        return ""
    credentials = _credentials(replica, store_id)
    owners = {(one.badge_salt, one.badge_digest): key for key, one in credentials if one.badge_digest}
    return _found(owners, lambda salt: stretched_badge(number, salt=salt))


def owner_of_pin(replica: Session, *, store_id: str, pin: str) -> str:
    """The employee with this PIN, which nobody shares in a store; nobody is an empty key."""
    if not (pin.isascii() and pin.isdigit() and len(pin) <= LONGEST_PIN):
        return ""
    credentials = _credentials(replica, store_id)
    owners = {(one.badge_salt, one.pin_lookup): key for key, one in credentials if one.pin_lookup}
    older = ((key, one) for key, one in credentials if one.pin_hash and not one.pin_lookup)
    return _found(owners, lambda salt: stretched_pin(pin, salt=salt)) or next(
        (key for key, one in older if is_right(one.pin_hash, pin)), ""
    )


def _found(owners: Owners, stretched: Callable[[str], str]) -> str:
    # All credentials of an enterprise share a salt, so that this is slow once and not once for each person.
    salts = sorted({salt for salt, _digest in owners})
    return next((owners[found] for salt in salts if (found := (salt, stretched(salt))) in owners), "")


def _credentials(replica: Session, store_id: str) -> list[tuple[str, Credential]]:
    return remember(replica, store_id=store_id, what="credentials", compute=lambda: _read(replica, store_id))


def _read(replica: Session, store_id: str) -> list[tuple[str, Credential]]:
    found = replica.execute(
        select(ReplicaRecord.key, ReplicaRecord.body).where(
            ReplicaRecord.store_id == store_id, ReplicaRecord.kind == "credential"
        )
    ).all()
    return [(key, decode("credential", body)) for key, body in found]
