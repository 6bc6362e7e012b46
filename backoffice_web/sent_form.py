"""Forms that were carried out a short while ago: who presses twice gets the first press's answer again.

Invariant: the row is written by the transaction that carries the form out, so that of two presses at the
same moment one waits for the other. Of what was typed a digest alone is kept, salted by the page's own key,
which is kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import JSON, String, Text, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base

# Far longer than anybody waits for an answer: a clock that jumps by hours must forget none.
KEPT = timedelta(days=1)


class SentForm(Base):
    """`url` and `toasts` are the answer; no url while the form is being carried out."""

    __tablename__ = "sent_forms"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(Text, default="")
    toasts: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)


def digest_of(*, by: str, path: str, fields: Sequence[tuple[str, str]]) -> str:
    """The same for the same page, sent by the same person with the same in it."""
    return sha256(json.dumps([by, path, list(fields)]).encode()).hexdigest()


def claim(session: Session, digest: str, *, now: datetime) -> SentForm:
    """Where to keep the form's answer; with the answer when it was carried out already."""
    session.execute(delete(SentForm).where(SentForm.at < now - KEPT))
    found = session.get(SentForm, digest)
    if found is not None:
        return found
    mine = SentForm(digest=digest, at=now, url="", toasts=[])
    try:
        with session.begin_nested():
            session.add(mine)
    except IntegrityError:
        # Another press of the same page has just been carried out; this one has waited for it.
        return session.get_one(SentForm, digest)
    return mine
