"""What the office refused of its stores, for a person to look at: the sentence, and the bytes as they came.

Invariants: a refused document counts for nothing; it is listed once however often it comes, and leaves
the list when the office has it after all, or when somebody dismisses it. A dismissal is of these very bytes:
others under the UUID are listed again. A store cannot fill the office: there is a limit for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import ForeignKey, LargeBinary, Select, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base
from backoffice_web.ledger.sale import UploadedDocument
from backoffice_web.publishing.saved_change import SavedChange, note_changes
from shared_web.database import Key
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.uploads import Document, Order, Receipt, UnreadableDocument, decode_document

MOST_PER_STORE = 1_000
LARGEST_KEPT = 64 * 1024  # bytes
LONGEST_REASON = 200


class NotRefused(RuleError):
    """It is in the ledger by now, or somebody else has dismissed it."""


class RefusedDocument(Base):
    """`key` is the document's UUID, or the hash of one that has none. Dismissed ones are not listed."""

    __tablename__ = "refused_documents"

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Key, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]
    dismissed_by: Mapped[str] = mapped_column(String(80), default="")
    dismissal: Mapped[str] = mapped_column(Text, default="")


@dataclass(frozen=True)
class Refusal:
    """A refused document as the list shows it; amounts in minor units, None where it cannot be read.

    `is_held`: the ledger has a document under its UUID, with other content.
    """

    store_id: str
    key: str
    name: str
    total_cents: int | None
    currency: str
    reason: str
    times: int
    last_at: datetime
    is_held: bool


def note_refused(
    session: Session, *, store_id: str, content: bytes, receipt: Receipt, now: datetime
) -> Receipt:
    """Remember this refusal. Returns the receipt to answer: settled, where it was dismissed before."""
    key = receipt.uuid or sha256(content).hexdigest()
    known = session.get(RefusedDocument, (store_id, key))
    if known is None:
        if _count(session, [store_id]) < MOST_PER_STORE:
            session.add(_new(store_id, key, content, receipt, now))
            session.flush()
        return receipt
    if known.dismissed_at is not None and known.content == content[:LARGEST_KEPT]:
        return msgspec.structs.replace(receipt, is_settled=True, reason=_dismissed(known))
    known.reason, known.last_at, known.times = receipt.reason, now, known.times + 1
    known.content = content[:LARGEST_KEPT]
    known.dismissed_at, known.dismissed_by, known.dismissal = None, "", ""
    return receipt


def forget_refused(session: Session, *, uuids: Sequence[str]) -> None:
    """The office has these after all, whichever store they came through."""
    if uuids:
        session.execute(delete(RefusedDocument).where(RefusedDocument.key.in_(uuids)))


def dismiss(
    session: Session, *, store_id: str, key: str, reason: str, is_known_missing: bool, by: str, now: datetime
) -> None:
    """Take a refused document off the list for a `reason`, which the journal keeps.

    `is_known_missing`: whoever does it knows that the ledger has nothing of it; without that, what is nowhere
    is not dismissed. Raises NotRefused and RuleError.
    """
    # Locked, should an upload that the office can keep come at this very moment.
    row = session.get(RefusedDocument, (store_id, key), with_for_update=True)
    refusal = find_refusal(session, store_id=store_id, key=key)
    assert row is not None
    cleaned = " ".join("".join(letter if letter.isprintable() else " " for letter in reason).split())
    problems = {}
    if not cleaned:
        problems["reason"] = _("Enter a reason.")
    elif len(cleaned) > LONGEST_REASON:
        problems["reason"] = _("Use at most %(count)s characters.", count=LONGEST_REASON)
    if not (refusal.is_held or is_known_missing):
        problems["is_known_missing"] = _("Say that you know that it is not in the ledger.")
    if problems:
        raise RuleError(next(iter(problems.values())), fields=problems)
    row.dismissed_at, row.dismissed_by, row.dismissal = now, by[:80], cleaned
    change = SavedChange(
        kind="refused_document",
        key=key,
        label=refusal.name[:200],
        action="dismissed",
        fields={"Reason": (refusal.reason, cleaned)},
        store_id=store_id,
    )
    note_changes(session, [change], stores=[], by=by, now=now)


def refusals(session: Session, *, store_ids: Sequence[str]) -> list[Refusal]:
    """What these stores have that the office refused, newest first."""
    found = _listed().where(RefusedDocument.store_id.in_(store_ids))
    rows = session.execute(found.order_by(RefusedDocument.last_at.desc(), RefusedDocument.key))
    return [_refusal(row, held) for row, held in rows]


def find_refusal(session: Session, *, store_id: str, key: str) -> Refusal:
    """One of them. Raises NotRefused."""
    one = _listed().where(RefusedDocument.store_id == store_id, RefusedDocument.key == key)
    found = session.execute(one).one_or_none()
    if found is None:
        raise NotRefused(_("This document is not refused any more. Look again."))
    row, held = found
    return _refusal(row, held)


def count_refused(session: Session, *, store_ids: Sequence[str]) -> int:
    return _count(session, store_ids)


def _count(session: Session, store_ids: Sequence[str]) -> int:
    found = select(func.count()).select_from(RefusedDocument)
    listed = (RefusedDocument.store_id.in_(store_ids), RefusedDocument.dismissed_at.is_(None))
    return session.scalar(found.where(*listed)) or 0


def _listed() -> Select[RefusedDocument, str]:
    """Each with the UUID under which the ledger has another document, if it has one."""
    held = UploadedDocument.uuid
    return (
        select(RefusedDocument, held)
        .outerjoin(UploadedDocument, held == RefusedDocument.key)
        .where(RefusedDocument.dismissed_at.is_(None))
    )


def _new(store_id: str, key: str, content: bytes, receipt: Receipt, now: datetime) -> RefusedDocument:
    return RefusedDocument(
        store_id=store_id,
        key=key,
        content=content[:LARGEST_KEPT],
        reason=receipt.reason,
        first_at=now,
        last_at=now,
    )


def _dismissed(row: RefusedDocument) -> str:
    return _(
        "%(person)s has dismissed this document in the Back Office: %(reason)s",
        person=row.dismissed_by,
        reason=row.dismissal,
    )


def _refusal(row: RefusedDocument, held: str | None) -> Refusal:
    try:
        document = decode_document(row.content)
    except (UnreadableDocument, RecursionError):
        document = None
    order = document if isinstance(document, Order) else None
    return Refusal(
        store_id=row.store_id,
        key=row.key,
        name=_name(document) or _short(row.key),
        total_cents=order.total_cents if order is not None else None,
        currency=order.currency if order is not None else "",
        reason=row.reason,
        times=row.times,
        last_at=row.last_at,
        is_held=held is not None,
    )


def _name(document: Document | None) -> str:
    return document.number if isinstance(document, Order) else getattr(document, "action", "")


def _short(key: str) -> str:
    return key if len(key) <= 16 else f"{key[:8]}…"
