"""Dead letters: documents that the office refused, and what a person can do about them.

Invariants: a document keeps its UUID whatever is done; only texts that a person typed can be corrected,
never an amount; exporting changes nothing, so whatever also goes up by itself has one effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.syncing.outbox import REFUSED, SETTLED, WAITING, OutboxDocument, unsent_by_store
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.document_file import Head, write_file
from sync_contract.uploads import (
    Document,
    Order,
    TimePunch,
    UnreadableDocument,
    decode_document,
    encode_document,
)

LONGEST_REASON = 200
# How long the till tells what became of those that the office settled.
TOLD_FOR = timedelta(days=7)
MOST_TOLD = 20


@dataclass(frozen=True)
class DeadLetter:
    """A refused document. `name` is the receipt number, or what was noted; `refusal` the office's sentence.

    `reason` is the text that a person typed on a refund; None where nothing can be corrected.
    """

    uuid: str
    name: str
    total_cents: int | None
    currency: str
    refusal: str
    queued_at: datetime
    reason: str | None


class NoDeadLetter(RuleError):
    """Somebody else has already sent or corrected it."""


def dead_letters(session: Session, *, store_id: str) -> list[DeadLetter]:
    """The store's refused documents, oldest first."""
    return [_letter(document) for document in _in_state(session, store_id, REFUSED)]


def settled(session: Session, *, store_id: str, now: datetime) -> list[DeadLetter]:
    """What the office settled lately, newest first: it has it with another text, or dismissed it."""
    found = _in_state(session, store_id, SETTLED)
    lately = [each for each in found if each.answered_at is None or each.answered_at > now - TOLD_FOR]
    return [_letter(document) for document in reversed(lately[-MOST_TOLD:])]


def find(session: Session, *, store_id: str, uuid: str) -> DeadLetter:
    """One refused document. Raises NoDeadLetter."""
    return _letter(_refused(session, store_id, uuid))


def send_again(session: Session, *, store_id: str, uuid: str | None = None) -> int:
    """Let one refused document (or all) wait again, as it is. Returns how many. Raises NoDeadLetter."""
    documents = _in_state(session, store_id, REFUSED) if uuid is None else [_refused(session, store_id, uuid)]
    for document in documents:
        _wait_again(document)
    return len(documents)


def correct(session: Session, *, store_id: str, uuid: str, reason: str) -> None:
    """Send the document again with another reason. Raises NoDeadLetter and RuleError."""
    document = _refused(session, store_id, uuid)
    if _letter(document).reason is None:
        raise RuleError(_("Nothing in this document can be corrected. Send it again, or export it."))
    cleaned = " ".join("".join(letter if letter.isprintable() else " " for letter in reason).split())
    if not cleaned:
        raise RuleError(_("Enter a reason."), fields={"reason": _("Enter a reason.")})
    order = decode_document(document.content)
    assert isinstance(order, Order)  # only orders have a reason
    document.content = encode_document(msgspec.structs.replace(order, reason=cleaned[:LONGEST_REASON]))
    _wait_again(document)


def export(
    session: Session, *, store_id: str, store_name: str, now: datetime, signed_by: Callable[[bytes], str]
) -> bytes:
    """A signed file of everything that the office does not have yet: refused or waiting."""
    contents = [document.content for document in _in_state(session, store_id, REFUSED, WAITING)]
    head = Head(store=store_id, store_name=store_name, exported_at=now, count=len(contents))
    return write_file(head, contents, signed_by=signed_by)


def export_all(session: Session, *, now: datetime, signed_by: Callable[[bytes], str]) -> bytes | None:
    """The same of all stores in one file, those that are served no more among them; None if all is sent.

    The office keeps each document under the store that the document names.
    """
    store_ids = list(unsent_by_store(session))
    if not store_ids:
        return None
    contents = [
        document.content
        for store_id in store_ids
        for document in _in_state(session, store_id, REFUSED, WAITING)
    ]
    head = Head(store=store_ids[0], exported_at=now, count=len(contents))
    return write_file(head, contents, signed_by=signed_by)


def _in_state(session: Session, store_id: str, *states: str) -> list[OutboxDocument]:
    query = select(OutboxDocument).where(
        OutboxDocument.store_id == store_id, OutboxDocument.state.in_(states)
    )
    return list(session.scalars(query.order_by(OutboxDocument.sequence)))


def _refused(session: Session, store_id: str, uuid: str) -> OutboxDocument:
    document = session.get(OutboxDocument, uuid)
    if document is None or document.store_id != store_id or document.state != REFUSED:
        raise NoDeadLetter(_("This document is not refused any more. Look again."))
    return document


def _wait_again(document: OutboxDocument) -> None:
    document.state, document.reason, document.answered_at = WAITING, "", None


def _letter(document: OutboxDocument) -> DeadLetter:
    try:
        content = decode_document(document.content)
    except UnreadableDocument:
        content = None
    is_order = isinstance(content, Order)
    return DeadLetter(
        uuid=document.uuid,
        name=_name(content, document.kind),
        total_cents=content.total_cents if isinstance(content, Order) else None,
        currency=content.currency if isinstance(content, Order) else "",
        refusal=document.reason,
        queued_at=document.queued_at,
        reason=content.reason if is_order and isinstance(content, Order) and content.is_refund else None,
    )


def _name(content: Document | None, kind: str) -> str:
    if isinstance(content, Order):
        return content.number
    if isinstance(content, TimePunch):
        return _("Time Clock: %(name)s, %(event)s", name=content.employee_name, event=content.event)
    return content.action if content is not None else kind
