"""Requests for a manager's approval, and their answers.

Invariants: a request has one answer at most, however many press at once (primary key); an approval
carries out one action once, in the transaction of that action (`used_at`); it is good for exactly what
was asked (`binding`), for the person who asked, at the terminal where they asked.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pos_web.database import BookBase, new_uuid
from shared_web.clock import is_within
from shared_web.database import Key


class ApprovalRequest(BookBase):
    """What somebody asks for; `path` and `form` are the request that is sent again once it is approved."""

    __tablename__ = "approval_requests"
    __table_args__ = (Index("ix_approval_requests_asked", "store_id", "asked_at"),)

    uuid: Mapped[str] = mapped_column(Key, primary_key=True, default=new_uuid)
    store_id: Mapped[str] = mapped_column(Key)
    terminal_id: Mapped[str] = mapped_column(Key)
    terminal_name: Mapped[str] = mapped_column(String(80))
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    # What the person lacks, and whoever approves must hold.
    permissions: Mapped[list[str]] = mapped_column(JSON)
    what: Mapped[str] = mapped_column(String(200))
    amount_cents: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    binding: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(300))
    form: Mapped[list[list[str]]] = mapped_column(JSON)
    # The element that the answer replaces; empty when it is a whole page.
    swaps: Mapped[str] = mapped_column(String(80), default="")
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    answer: Mapped[ApprovalAnswer | None] = relationship(lazy="joined")

    def state(self, now: datetime) -> str:
        """waiting, expired, or what the answer says: approved, used, denied, withdrawn."""
        if self.answer is None:
            return "waiting" if is_within(now, self.asked_at, self.expires_at) else "expired"
        if self.answer.verdict != "approved":
            return self.answer.verdict
        if self.answer.used_at is not None:
            return "used"
        return "approved" if is_within(now, self.answer.at, self.answer.expires_at) else "expired"


class ApprovalAnswer(BookBase):
    """`verdict` is approved or denied by a manager, or withdrawn by who asked.

    `expires_at` ends an approval that nobody used.
    """

    __tablename__ = "approval_answers"

    request_uuid: Mapped[str] = mapped_column(
        Key, ForeignKey("approval_requests.uuid", ondelete="CASCADE"), primary_key=True
    )
    store_id: Mapped[str] = mapped_column(Key)
    verdict: Mapped[str] = mapped_column(String(10))
    employee_id: Mapped[str] = mapped_column(Key)
    employee_name: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
