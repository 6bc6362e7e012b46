"""Who is signed in at which till, kept in the book: a session ends for good wherever it is ended.

Invariants: a till that nobody touched for the store's `idle_lock_s` asks for the PIN again, whatever its
browser does: the browser at once, the server some seconds later; up to a quarter later where only the book
knows of touches, which are written down now and then (after a start, and with several workers). A session
whose person was switched off, or got another PIN or role since, is over. What the browser holds is only the
key, so a cookie that is sent again later opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pos_web.database import BookBase, new_uuid
from pos_web.staff.person import Person
from shared_web.clock import is_within
from shared_web.database import Key
from sync_contract.records import StoreSettings

# The browser tells of touches now and then, and locks by itself; the server need not be the first.
GRACE = timedelta(seconds=5)
# Touches closer together than a quarter of the idle time, within these, are written once.
CLOSEST_TOUCHES, WIDEST_TOUCHES = timedelta(seconds=5), timedelta(minutes=1)
KEPT = timedelta(days=1)


class TillSession(BookBase):
    """`stamp` is the person's at sign-in; `is_over`: the person is logged off after the sale."""

    __tablename__ = "till_sessions"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, index=True)
    terminal_id: Mapped[str] = mapped_column(Key)
    employee_id: Mapped[str] = mapped_column(Key)
    stamp: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    is_over: Mapped[bool] = mapped_column(default=False)

    def is_idle(self, *, idle_lock_s: int, now: datetime, touched_at: datetime | None = None) -> bool:
        """Has nobody touched the till for too long, as far as is known? Never with `idle_lock_s` 0.

        `touched_at` is the last touch, where it is known; the one in the book may be older than that.
        """
        last = max(touched_at or self.touched_at, self.touched_at)
        unwritten = touch_every(idle_lock_s) if touched_at is None else timedelta()
        over = last + timedelta(seconds=idle_lock_s) + unwritten + GRACE
        return bool(idle_lock_s) and not is_within(now, last, over)

    def is_touch_due(self, *, idle_lock_s: int, now: datetime) -> bool:
        """Is it time to write down that somebody is at the till?"""
        return now - self.touched_at >= touch_every(idle_lock_s)


def touch_every(idle_lock_s: int) -> timedelta:
    """How often a touch is written."""
    if not idle_lock_s:
        return WIDEST_TOUCHES
    return min(max(timedelta(seconds=idle_lock_s) / 4, CLOSEST_TOUCHES), WIDEST_TOUCHES)


def begin_session(
    book: Session, *, store_id: str, terminal_id: str, person: Person, now: datetime
) -> TillSession:
    """Somebody has entered their PIN. Forgets sessions that nobody can go on with."""
    book.execute(
        delete(TillSession).where(TillSession.store_id == store_id, TillSession.touched_at < now - KEPT)
    )
    begun = TillSession(
        key=new_uuid(),
        store_id=store_id,
        terminal_id=terminal_id,
        employee_id=person.employee,
        stamp=person.stamp,
        began_at=now,
        touched_at=now,
        is_over=False,
    )
    book.add(begun)
    return begun


def find_session(book: Session, *, key: str, terminal_id: str, employee: str) -> TillSession | None:
    """The session of this key, if it is this person's at this terminal."""
    found = book.get(TillSession, key) if key else None
    is_theirs = found is not None and (found.terminal_id, found.employee_id) == (terminal_id, employee)
    return found if is_theirs else None


def touch(book: Session, *, key: str, now: datetime) -> None:
    """Somebody is at the till."""
    found = book.get(TillSession, key)
    if found is not None:
        found.touched_at = max(found.touched_at, now)


def end_session(book: Session, *, key: str) -> None:
    book.execute(delete(TillSession).where(TillSession.key == key))


def locks_after_sale(person: Person, settings: StoreSettings) -> bool:
    """Either is enough: the store, for everybody who works there, or the role that the person works in."""
    return settings.lock_after_sale or person.logs_off_after_sale


def end_after_sale(book: Session, *, key: str) -> None:
    """The receipt may still be looked at and printed; whatever comes next asks for the PIN."""
    found = book.get(TillSession, key)
    if found is not None:
        found.is_over = True


def end_changed(book: Session, *, store_id: str, people: Iterable[Person]) -> list[str]:
    """End the sessions of whoever is not there any more, or not as they signed in. Returns their keys."""
    stamps = {person.employee: person.stamp for person in people}
    found = book.scalars(select(TillSession).where(TillSession.store_id == store_id))
    over = [one for one in found if stamps.get(one.employee_id) != one.stamp]
    for one in over:
        book.delete(one)
    return [one.key for one in over]
