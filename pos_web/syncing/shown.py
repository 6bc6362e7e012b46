"""Which version a terminal shows, as its page reports it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pos_web.terminals.terminal import Terminal

# Signs of life closer together than this tell nobody anything new.
FRESH = timedelta(seconds=20)


def is_news(terminal: Terminal, *, version: int, now: datetime) -> bool:
    """Would recording this change anything worth a write?"""
    # A moment in the future is not fresh either: the clock was put back.
    is_fresh = terminal.seen_at is not None and abs(now - terminal.seen_at) < FRESH
    return terminal.shown_version != version or not is_fresh


def record_shown(
    session: Session, *, terminal_id: str, version: int, now: datetime, address: str = ""
) -> None:
    """The terminal shows `version` now; the caller commits."""
    terminal = session.get(Terminal, terminal_id)
    if terminal is not None:
        # Who was never seen is the page of another browser, or of the first one.
        if terminal.shown_version != version or terminal.seen_at is None:
            terminal.shown_at = now
        terminal.shown_version, terminal.seen_at = version, now
        terminal.address = address[:45]
