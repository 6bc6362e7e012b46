"""Asking for an approval, taking the question back, and the questions that are open in a store."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pos_web.approvals.approval import ApprovalAnswer, ApprovalRequest
from pos_web.approvals.ask import Wanted
from pos_web.database import new_uuid
from pos_web.staff.person import Person
from pos_web.staff.record import note
from pos_web.terminals.terminal import Terminal

# Long enough to walk over with a tablet, too short to be found by the next guest.
LIFETIME = timedelta(minutes=2)
KEPT = timedelta(days=7)


def request_approval(
    book: Session, *, terminal: Terminal, by: Person, wanted: Wanted, now: datetime
) -> ApprovalRequest:
    """Ask every manager of the store; the same question twice is one request. Noted in the journal."""
    for request in _waiting(book, store_id=terminal.store_id, now=now):
        asker = (request.employee_id, request.terminal_id)
        if request.binding == wanted.binding and asker == (by.employee, terminal.id):
            return request
    request = ApprovalRequest(
        uuid=new_uuid(),
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        terminal_name=terminal.name,
        employee_id=by.employee,
        employee_name=by.name,
        permissions=list(wanted.permissions),
        what=wanted.ask.what[:200],
        amount_cents=wanted.ask.amount_cents,
        currency=wanted.ask.currency,
        reason=wanted.ask.reason[:200],
        binding=wanted.binding,
        path=wanted.path,
        form=[[name, value] for name, value in wanted.form if name not in {"csrf_token", "approval"}],
        swaps=wanted.swaps,
        asked_at=now,
        expires_at=now + LIFETIME,
        answer=None,
    )
    book.add(request)
    _forget_old(book, store_id=terminal.store_id, now=now)
    note(
        book,
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        by=by,
        action="approval.request",
        details=details_of(request),
        now=now,
    )
    return request


def find_request(book: Session, *, store_id: str, uuid: str) -> ApprovalRequest | None:
    request = book.get(ApprovalRequest, uuid)
    return request if request is not None and request.store_id == store_id else None


def requests_for(book: Session, *, store_id: str, by: Person, now: datetime) -> list[ApprovalRequest]:
    """The open requests that this person may answer, oldest first."""
    return [request for request in _waiting(book, store_id=store_id, now=now) if may_answer(request, by)]


def may_answer(request: ApprovalRequest, by: Person) -> bool:
    """Whoever holds what is asked for, except who asks."""
    return request.employee_id != by.employee and all(by.may(one) for one in request.permissions)


def details_of(request: ApprovalRequest) -> dict[str, str]:
    """The request as the journal keeps it."""
    details = {
        "request": request.uuid,
        "what": request.what,
        "for": request.employee_name,
        "permission": " ".join(request.permissions),
        "reason": request.reason,
    }
    if request.amount_cents is not None:
        details["amount_cents"] = str(request.amount_cents)
    return details


def _waiting(book: Session, *, store_id: str, now: datetime) -> list[ApprovalRequest]:
    query = select(ApprovalRequest).where(
        ApprovalRequest.store_id == store_id,
        ApprovalRequest.asked_at > now - LIFETIME,
        ApprovalRequest.expires_at > now,
    )
    found = book.scalars(query.order_by(ApprovalRequest.asked_at))
    return [request for request in found if request.state(now) == "waiting"]


def _forget_old(book: Session, *, store_id: str, now: datetime) -> None:
    """The journal keeps what was asked and answered; the requests themselves need not stay."""
    is_old = (ApprovalRequest.store_id == store_id, ApprovalRequest.asked_at < now - KEPT)
    old = select(ApprovalRequest.uuid).where(*is_old)
    book.execute(delete(ApprovalAnswer).where(ApprovalAnswer.request_uuid.in_(old)))
    book.execute(delete(ApprovalRequest).where(*is_old))
