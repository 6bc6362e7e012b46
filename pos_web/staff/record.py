"""Writing the store's journal: the entry for the store, and its document for the office."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from pos_web.database import new_uuid
from pos_web.staff.journal import JournalEntry
from pos_web.staff.person import Person
from pos_web.syncing.outbox import enqueue
from sync_contract import uploads


def note(
    book: Session,
    *,
    store_id: str,
    terminal_id: str,
    by: Person,
    action: str,
    details: dict[str, str],
    now: datetime,
) -> None:
    """Write down who did what at which terminal. `action` is a noun and a verb: `order.void`.

    With the manager whose approval `book` is about to spend, if it is (`approvals/use.py`).
    """
    uuid = new_uuid()
    approval = book.info.get("approval")
    approver, approver_name = (approval.approver, approval.approver_name) if approval else ("", "")
    book.add(
        JournalEntry(
            uuid=uuid,
            store_id=store_id,
            terminal_id=terminal_id,
            employee_id=by.employee,
            employee_name=by.name,
            at=now,
            action=action,
            details=details,
            approver_id=approver,
            approver_name=approver_name,
        )
    )
    document = uploads.JournalEntry(
        uuid=uuid,
        store=store_id,
        terminal=terminal_id,
        employee=by.employee,
        employee_name=by.name,
        at=now,
        action=action,
        details=details,
        approver=approver,
        approver_name=approver_name,
    )
    enqueue(book, store_id=store_id, document=document, now=now)
