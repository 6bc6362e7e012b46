"""Keeps marks true: an edit that was taken back, or that means nothing to a store, leaves no mark.

Every transaction that marks records compares them with what is published just before it commits, and
drops the marks that make no difference. So the number of marks is the number of pending records, and
the badge on every page is a plain count. Settling at the commit, not at the mark, because an editor
may go on editing the record after it noted the change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import delete, event
from sqlalchemy.orm import Session

from backoffice_web.publishing.projection import bodies
from backoffice_web.publishing.publication import Mark
from backoffice_web.publishing.published import published_bodies
from backoffice_web.publishing.upsert import chunks
from backoffice_web.stores.store import Store

Touched = tuple[str, str, str]
_TOUCHED = "evertill_touched_marks"


def settle_at_commit(session: Session, marks: Iterable[Touched]) -> None:
    """Remember (store id, kind, key) marks of this transaction for a look before it commits."""
    session.info.setdefault(_TOUCHED, set()).update(marks)
    if not event.contains(session, "before_commit", _settle_touched):
        event.listen(session, "before_commit", _settle_touched)


def forget_touched(session: Session, marks: Iterable[Touched]) -> None:
    """These marks were cleared by publishing: there is nothing left to settle."""
    session.info.get(_TOUCHED, set()).difference_update(marks)


def settle_marks(session: Session, *, store_id: str, kind: str, keys: Iterable[str]) -> None:
    """Drop the marks of records whose projection is what the store already has."""
    store = session.get(Store, store_id)
    if store is None:
        return
    projected = bodies(session, store, kind, keys)
    published = published_bodies(session, store_id, [(kind, key) for key in projected])
    settled = [key for key, body in projected.items() if body == published.get((kind, key))]
    for chunk in chunks(settled):
        session.execute(
            delete(Mark).where(Mark.store_id == store_id, Mark.kind == kind, Mark.key.in_(chunk)),
            execution_options={"synchronize_session": False},
        )


def _settle_touched(session: Session) -> None:
    if session.in_nested_transaction():
        return
    by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
    for store_id, kind, key in session.info.pop(_TOUCHED, ()):
        by_kind[store_id, kind].append(key)
    for (store_id, kind), keys in sorted(by_kind.items()):
        settle_marks(session, store_id=store_id, kind=kind, keys=keys)
