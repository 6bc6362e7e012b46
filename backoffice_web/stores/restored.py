"""What an office does after it was restored from a backup: it begins a new epoch."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.stores.enterprise import Enterprise


def begin_new_epoch(session: Session) -> None:
    """From now on no store's history is ours: each takes the whole set, and offers all its sales again."""
    enterprise = session.get(Enterprise, 1)
    if enterprise is not None:
        enterprise.epoch = new_key()
        session.flush()
