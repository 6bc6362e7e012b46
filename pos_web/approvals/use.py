"""Using an approval: it must be for exactly this request, and is spent by the commit of what it allows.

What the office decides has no such commit: the approval is spent before the office is asked, so that of two
presses one asks, and given back when the office has not done it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from pos_web.approvals.approval import ApprovalAnswer
from pos_web.approvals.ask import Wanted
from pos_web.approvals.request import find_request, may_answer
from pos_web.staff.person import Person, person_of
from pos_web.terminals.terminal import Terminal
from pos_web.time_clock.on_shift import on_shift
from shared_web.errors import RuleError
from shared_web.language import _


class ApprovalUsed(RuleError):
    """Another request was faster with the same approval."""

    status = 409


class Approval(msgspec.Struct, frozen=True):
    """An approval that this request may use: who gave it, and the permissions it lends."""

    request: str
    approver: str
    approver_name: str
    permissions: frozenset[str]


def presented(
    book: Session,
    replica: Session,
    *,
    uuid: str,
    terminal: Terminal,
    by: Person,
    wanted: Wanted,
    now: datetime,
) -> Approval | None:
    """The unused approval of exactly what is `wanted`, by this person at this terminal; else None.

    It is void when whoever gave it works here no more, or may not do it any more themselves.
    """
    request = find_request(book, store_id=terminal.store_id, uuid=uuid) if uuid else None
    if request is None or request.answer is None or request.state(now) != "approved":
        return None
    asker = (request.employee_id, request.terminal_id)
    if asker != (by.employee, terminal.id) or request.binding != wanted.binding:
        return None
    answer = request.answer
    approver = person_of(replica, store_id=request.store_id, employee=answer.employee_id)
    if approver is None:
        return None
    if not may_answer(request, on_shift(book, replica, approver, store_id=request.store_id)):
        return None
    return Approval(request.uuid, answer.employee_id, answer.employee_name, frozenset(request.permissions))


def spend_with(book: Session, approval: Approval, *, now: datetime) -> None:
    """Spend `approval` in the transaction that `book` commits next: with the action, or not at all.

    That commit raises ApprovalUsed when it was spent before. `note` finds the approver in `book.info`.
    """
    book.info["approval"] = approval

    @event.listens_for(book, "before_commit", once=True)
    def _spend(session: Session) -> None:
        spent = session.execute(
            update(ApprovalAnswer)
            .where(ApprovalAnswer.request_uuid == approval.request, ApprovalAnswer.used_at.is_(None))
            .values(used_at=now)
        )
        if spent.rowcount != 1:  # type: ignore[attr-defined]
            raise ApprovalUsed(_("This approval was used already. Ask again."))


def give_back(book: Session, approval: Approval) -> None:
    """What it was spent for was not done after all: it is good once more, until it runs out."""
    mine = ApprovalAnswer.request_uuid == approval.request
    book.execute(update(ApprovalAnswer).where(mine).values(used_at=None))
