"""What the screens of an approval show: the question, who may answer it, and how it stands."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from pos_web import current
from pos_web.approvals.approval import ApprovalRequest
from pos_web.approvals.request import may_answer, requests_for
from pos_web.catalog import published
from pos_web.staff.person import Person, people
from pos_web.time_clock.on_shift import on_shift


def request_context(asked: ApprovalRequest, *, message: str = "", chosen: str = "") -> dict[str, Any]:
    """For who asked. `message` stands beside the PIN; `chosen` is the manager whose PIN was typed."""
    with current.book_read() as book, current.replica() as replica:
        everybody = [
            on_shift(book, replica, person, store_id=asked.store_id)
            for person in people(replica, store_id=asked.store_id)
        ]
        pin_length = published.settings(replica, store_id=asked.store_id).pin_length
    approvers = [person for person in everybody if may_answer(asked, person)]
    return {
        "asked": asked,
        "state": asked.state(current.now()),
        "approvers": approvers,
        "chosen": _chosen(approvers, chosen),
        "message": message,
        "pin_length": pin_length,
    }


def open_requests() -> list[ApprovalRequest]:
    """What waits for the signed-in person's answer; for the bar on every screen."""
    if not current_user.is_authenticated:
        return []
    with current.book_read() as book:
        return requests_for(book, store_id=current.store_id(), by=current.person(), now=current.now())


def _chosen(approvers: list[Person], wanted: str) -> Person | None:
    if len(approvers) == 1:
        return approvers[0]
    return next((person for person in approvers if person.employee == wanted), None)
