"""Where a saved record stands in the stores somebody looks at: new, changed, published, needs a price."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.projected_items import NotPublishable
from backoffice_web.publishing.projection import bodies
from backoffice_web.publishing.publication import Mark, PublishedRecord
from backoffice_web.publishing.published import published_bodies
from backoffice_web.stores.store import Store

NEW, CHANGED, PUBLISHED, NEEDS_PRICE, ARCHIVED, NOWHERE = (
    "new", "changed", "published", "needs_price", "archived", "nowhere",
)  # fmt: skip


def statuses(session: Session, kind: str, keys: Sequence[str], stores: Sequence[Store]) -> dict[str, str]:
    """The status of each record over the given stores together; the most urgent one wins."""
    found = dict.fromkeys(keys, NOWHERE)
    for store in stores:
        for key, status in _in_store(session, kind, keys, store).items():
            found[key] = min(found[key], status, key=_URGENCY.index)
    return found


def is_new(kind: str, key: ColumnElement[str], stores: Sequence[Store]) -> ColumnElement[bool]:
    """SQL: saved, and at no till of these stores."""
    return and_(_is_marked(kind, key, stores), ~_is_live(kind, key, stores))


def is_changed(kind: str, key: ColumnElement[str], stores: Sequence[Store]) -> ColumnElement[bool]:
    """SQL: at the tills, and edited since. A record edited back to what it was may be among them."""
    return and_(_is_marked(kind, key, stores), _is_live(kind, key, stores))


def is_published(kind: str, key: ColumnElement[str], stores: Sequence[Store]) -> ColumnElement[bool]:
    return and_(~_is_marked(kind, key, stores), _is_live(kind, key, stores))


_URGENCY = (NEEDS_PRICE, CHANGED, NEW, PUBLISHED, NOWHERE)


def _in_store(session: Session, kind: str, keys: Sequence[str], store: Store) -> dict[str, str]:
    known = published_bodies(session, store.id, [(kind, key) for key in keys])
    live = {key: body for (_kind, key), body in known.items() if body is not None}
    marked = session.scalars(
        select(Mark.key).where(Mark.store_id == store.id, Mark.kind == kind, Mark.key.in_(keys))
    ).all()
    found = dict.fromkeys(live, PUBLISHED)
    for key, body in bodies(session, store, kind, marked).items() if marked else ():
        if isinstance(body, NotPublishable):
            found[key] = NEEDS_PRICE
        elif body != live.get(key):
            found[key] = CHANGED if key in live else NEW
    return found


def _is_marked(kind: str, key: ColumnElement[str], stores: Sequence[Store]) -> ColumnElement[bool]:
    ids = [store.id for store in stores]
    return exists().where(Mark.store_id.in_(ids), Mark.kind == kind, Mark.key == key)


def _is_live(kind: str, key: ColumnElement[str], stores: Sequence[Store]) -> ColumnElement[bool]:
    ids = [store.id for store in stores]
    return exists().where(
        PublishedRecord.store_id.in_(ids),
        PublishedRecord.kind == kind,
        PublishedRecord.key == key,
        PublishedRecord.body.is_not(None),
    )
