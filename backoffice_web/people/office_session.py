"""Who is signed in to the Back Office, on which device: one row for each, gone when it has ended.

Invariants: a browser's signed cookie names a row, and without the row it is worth nothing; a session ends
by itself after eight hours without use and after seven days in any case.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base, Keyed, new_key
from shared_web.database import Key

LONGEST_PAUSE = timedelta(hours=8)
LONGEST = timedelta(days=7)
# So long after the password was entered nobody is asked for it again.
CONFIRMED_FOR = timedelta(minutes=15)
# Use is written down at most so often.
USE_NOTED_EVERY = timedelta(minutes=1)


class OfficeSession(Base, Keyed):
    """`device` in words (Chrome on Windows), `address` as the network saw it.

    `confirmed_at` is when the password was entered last.
    """

    __tablename__ = "office_sessions"

    employee_id: Mapped[str] = mapped_column(Key, ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80))


def begin_session(session: Session, *, employee_id: str, address: str, device: str, now: datetime) -> str:
    """A new session's id. Rows of this person that have run out are swept on the way."""
    session.execute(delete(OfficeSession).where(OfficeSession.employee_id == employee_id, _has_run_out(now)))
    row = OfficeSession(
        id=new_key(),
        employee_id=employee_id,
        began_at=now,
        last_used_at=now,
        confirmed_at=now,
        address=address[:64],
        device=device[:80],
    )
    session.add(row)
    session.flush()
    return row.id


def live_session(session: Session, session_id: str, *, now: datetime) -> OfficeSession | None:
    """The session, unless it has ended or run out."""
    alive = select(OfficeSession).where(OfficeSession.id == session_id, ~_has_run_out(now))
    return session.scalar(alive)


def sessions_of(session: Session, employee_id: str, *, now: datetime) -> list[OfficeSession]:
    """Where the person is signed in, the last used first."""
    alive = select(OfficeSession).where(OfficeSession.employee_id == employee_id, ~_has_run_out(now))
    return list(session.scalars(alive.order_by(OfficeSession.last_used_at.desc(), OfficeSession.id)))


def end_sessions(session: Session, employee_id: str, *, only: str = "", but: str = "") -> int:
    """End all sessions of the person, or `only` one, or all `but` one; how many there were."""
    ending = delete(OfficeSession).where(OfficeSession.employee_id == employee_id)
    if only:
        ending = ending.where(OfficeSession.id == only)
    if but:
        ending = ending.where(OfficeSession.id != but)
    return session.execute(ending).rowcount  # type: ignore[attr-defined, no-any-return]


def end_session(session: Session, session_id: str) -> None:
    """End this session, whosever it is; nothing when it has ended already."""
    session.execute(delete(OfficeSession).where(OfficeSession.id == session_id))


def note_use(session: Session, session_id: str, *, now: datetime) -> None:
    session.execute(update(OfficeSession).where(OfficeSession.id == session_id).values(last_used_at=now))


def note_confirmed(session: Session, session_id: str, *, now: datetime) -> None:
    """The password was entered in this session."""
    session.execute(update(OfficeSession).where(OfficeSession.id == session_id).values(confirmed_at=now))


def _has_run_out(now: datetime) -> ColumnElement[bool]:
    return or_(OfficeSession.last_used_at < now - LONGEST_PAUSE, OfficeSession.began_at < now - LONGEST)
