"""Answering a request: approve, deny, withdraw. Exactly one answer counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pos_web.approvals.approval import ApprovalAnswer, ApprovalRequest
from pos_web.approvals.request import LIFETIME, details_of, may_answer
from pos_web.staff.person import Person
from pos_web.staff.record import note
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _


class AlreadyAnswered(RuleError):
    """Somebody was faster, or the request is over."""

    status = 409


def approve(
    book: Session, *, request_uuid: str, by: Person, terminal_id: str, now: datetime
) -> ApprovalRequest:
    """Let the person who asked do exactly that, once.

    Raises NotAllowed for who asked and for who lacks the permission as well, AlreadyAnswered.
    """
    request = _answerable(book, request_uuid, by, now)
    _answer(book, request, "approved", by=by, now=now)
    _note(book, request, "approval.approve", by=by, terminal_id=terminal_id, now=now)
    return request


def deny(
    book: Session, *, request_uuid: str, reason: str = "", by: Person, terminal_id: str, now: datetime
) -> ApprovalRequest:
    """Refuse, with a sentence for who asked. Raises like `approve`."""
    request = _answerable(book, request_uuid, by, now)
    said = reason.strip()[:200]
    _answer(book, request, "denied", by=by, reason=said, now=now)
    _note(book, request, "approval.deny", by=by, terminal_id=terminal_id, now=now, answer=said)
    return request


def withdraw(book: Session, *, request_uuid: str, by: Person, now: datetime) -> ApprovalRequest | None:
    """Take one's own question back; one that has an answer, or ran out, keeps it. None for another's."""
    request = book.get(ApprovalRequest, request_uuid, with_for_update={"of": ApprovalRequest})
    if request is None or request.employee_id != by.employee:
        return None
    if request.state(now) == "waiting":
        _answer(book, request, "withdrawn", by=by, now=now)
    return request


def _answerable(book: Session, request_uuid: str, by: Person, now: datetime) -> ApprovalRequest:
    request = book.get(ApprovalRequest, request_uuid, with_for_update={"of": ApprovalRequest})
    if request is None:
        raise AlreadyAnswered(_("This request is no longer there."))
    if request.employee_id == by.employee:
        raise NotAllowed(_("You cannot approve your own request. Ask somebody else."))
    if not may_answer(request, by):
        raise NotAllowed(_("%(name)s may not do this either. Ask somebody else.", name=by.name))
    state = request.state(now)
    if state != "waiting":
        raise AlreadyAnswered(_over(request, state))
    return request


def _over(request: ApprovalRequest, state: str) -> str:
    name = request.answer.employee_name if request.answer is not None else ""
    return {
        "approved": _("%(name)s has approved this already.", name=name),
        "used": _("%(name)s has approved this already.", name=name),
        "denied": _("%(name)s has denied this already.", name=name),
        "withdrawn": _("%(name)s has taken the request back.", name=name),
        "expired": _("This request has expired. Ask again."),
    }[state]


def _answer(
    book: Session, request: ApprovalRequest, verdict: str, *, by: Person, reason: str = "", now: datetime
) -> None:
    answer = ApprovalAnswer(
        request_uuid=request.uuid,
        store_id=request.store_id,
        verdict=verdict,
        employee_id=by.employee,
        employee_name=by.name,
        reason=reason,
        at=now,
        expires_at=now + LIFETIME,
    )
    # The lock above lets one through; the primary key holds even where a database locks otherwise.
    try:
        with book.begin_nested():
            book.add(answer)
    except IntegrityError:
        raise AlreadyAnswered(_("Somebody has answered this already.")) from None
    book.expire(request, ["answer"])


def _note(
    book: Session,
    request: ApprovalRequest,
    action: str,
    *,
    by: Person,
    terminal_id: str,
    now: datetime,
    answer: str = "",
) -> None:
    details = details_of(request) | ({"answer": answer} if answer else {})
    note(
        book,
        store_id=request.store_id,
        terminal_id=terminal_id,
        by=by,
        action=action,
        details=details,
        now=now,
    )
