"""What PINs and badges must fulfil: of the stores' length, and nobody else's where the person works."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.editing import Complaints
from backoffice_web.people.badge import LONGEST_BADGE, SHORTEST_BADGE, digest_badge
from backoffice_web.people.employee import Credential, Employee
from backoffice_web.people.employee_draft import Secrets
from backoffice_web.people.pin import digest_pin
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from shared_web.language import _


def check_credentials(
    session: Session, row: Employee | None, stores: list[Store], secrets: Secrets, complaints: Complaints
) -> None:
    """Complains of `pin`, `badge` and `stores`."""
    kept = row.credentials[0] if row is not None and row.credentials else None
    _check_pin_form(session, kept, stores, secrets, complaints)
    _check_badge_form(stores, secrets, complaints)
    if {"pin", "badge", "stores"} & complaints.fields.keys():
        return
    pin = pin_digest(session, secrets, kept)
    if _is_taken(session, row, stores, Credential.pin_digest, pin):
        complaints.add("pin", _("Pin already exists"))
    if _is_taken(session, row, stores, Credential.badge_digest, badge_digest(session, secrets, kept)):
        complaints.add("badge", _("Somebody else has this badge."))


def pin_digest(session: Session, secrets: Secrets, kept: Credential | None) -> str | None:
    """The digest of the new PIN, or of the one that is kept."""
    if secrets.pin:
        return digest_pin(secrets.pin, secret=session.get_one(Enterprise, 1).pin_secret)
    return kept.pin_digest if kept is not None else None


def badge_digest(session: Session, secrets: Secrets, kept: Credential | None) -> str | None:
    """The digest of the new badge, or of the one that is kept; None when it is taken away."""
    if secrets.badge is None:
        return kept.badge_digest if kept is not None else None
    return digest_badge(session, secrets.badge) if secrets.badge else None


def _check_pin_form(
    session: Session, kept: Credential | None, stores: list[Store], secrets: Secrets, complaints: Complaints
) -> None:
    lengths = sorted({store.pin_length for store in stores})
    pin = secrets.pin or ""
    if len(lengths) > 1:
        complaints.add("stores", _("These stores ask for PINs of different lengths. Choose one of them."))
    elif pin and lengths and not (pin.isascii() and pin.isdigit() and len(pin) == lengths[0]):
        complaints.add("pin", _("Enter %(count)s digits.", count=lengths[0]))
    elif pin and not lengths:
        complaints.add("stores", _("Choose the stores where this PIN is good."))
    elif not pin and lengths and not _can_do_without(session, kept, lengths[0], secrets):
        complaints.add("pin", _("Enter a PIN of %(count)s digits.", count=lengths[0]))


def _can_do_without(session: Session, kept: Credential | None, length: int, secrets: Secrets) -> bool:
    """Is there a PIN that fits, or a badge instead of one?"""
    if kept is not None and kept.pin_digest:
        store = session.get(Store, kept.store_id)
        return store is not None and store.pin_length == length
    return bool(secrets.badge or (secrets.badge is None and kept is not None and kept.badge_digest))


def _check_badge_form(stores: list[Store], secrets: Secrets, complaints: Complaints) -> None:
    badge = secrets.badge
    if not badge:
        return
    if not (badge.isascii() and badge.isprintable() and SHORTEST_BADGE <= len(badge) <= LONGEST_BADGE):
        complaints.add(
            "badge",
            _(
                "Scan the badge, or enter %(least)s to %(most)s letters and digits.",
                least=SHORTEST_BADGE,
                most=LONGEST_BADGE,
            ),
        )
    elif not stores:
        complaints.add("stores", _("Choose the stores where this badge is good."))


def _is_taken(
    session: Session, row: Employee | None, stores: list[Store], column: Any, digest: str | None
) -> bool:
    if not digest:
        return False
    taken = select(Credential.id).where(
        column == digest,
        Credential.store_id.in_([store.id for store in stores]),
        Credential.employee_id != (row.id if row is not None else ""),
    )
    return session.scalar(taken.limit(1)) is not None
