"""What a store's book does after it was restored from a backup: it never gives a receipt number twice.

Invariant: the numbers that were given after the backup are in the office, on paper, or nowhere – so every
terminal opens a series that is above all that the backup, or the book it replaces, ever knew, and that no
other life of the same backup has (`series.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pos_web.syncing.sync_run import SyncLease, SyncRequest
from pos_web.terminals.series import next_series
from pos_web.terminals.terminal import Terminal


def series_of(session: Session) -> dict[str, int]:
    """The series of each terminal, for the book that takes this one's place."""
    return dict(session.execute(select(Terminal.id, Terminal.series)).all())


def open_new_series(session: Session, *, above: Mapping[str, int], now: datetime) -> None:
    """Every terminal counts from 1 in a new series; `above` are those of the book that was replaced."""
    for terminal in session.scalars(select(Terminal)):
        terminal.series = next_series(max(terminal.series, above.get(terminal.id, 0)), now=now)
        terminal.last_counter = 0
    # Whoever held or asked for something then is not there any more.
    session.execute(delete(SyncLease))
    session.execute(delete(SyncRequest))
    session.flush()
