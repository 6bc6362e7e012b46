"""Is what goes out what was shown? The Publish page asks before it publishes.

A stamp beside every tick (the record's latest edit) and the stores' versions tell whether somebody
edited or published in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Mark, PublishedHead
from backoffice_web.publishing.published import RecordKey, by_kind
from backoffice_web.publishing.upsert import chunks
from shared_web.errors import StaleEdit
from shared_web.language import _


def stamp(at: datetime) -> int:
    """A moment as a whole number of microseconds since 1970."""
    return round(at.timestamp() * 1_000_000)


def versions_of(session: Session, stores: Collection[str]) -> dict[str, int]:
    """The newest version of each store, 0 before its first publication."""
    heads = session.execute(
        select(PublishedHead.store_id, PublishedHead.version).where(PublishedHead.store_id.in_(stores))
    )
    return {**dict.fromkeys(stores, 0), **{row.store_id: row.version for row in heads}}


def newest_edit(session: Session, stores: Collection[str]) -> int:
    """The stamp of the latest edit that waits in these stores; 0 when none does."""
    at = session.scalar(select(func.max(Mark.at)).where(Mark.store_id.in_(stores)))
    return stamp(at) if at is not None else 0


def check_versions(session: Session, stores: Collection[str], *, seen: Mapping[str, int]) -> None:
    """Raises StaleEdit when somebody published in `stores` since the page showed the versions `seen`."""
    found = versions_of(session, stores)
    if any(seen[store_id] != found[store_id] for store_id in stores if store_id in seen):
        raise StaleEdit(_("Somebody published since you opened this page. Look again at what waits now."))


def check_edits(session: Session, stores: Collection[str], *, ticked: Mapping[RecordKey, int]) -> None:
    """Raises StaleEdit when a ticked record was edited after the stamp that it was shown with."""
    if any(at > ticked[record] for record, at in _stamps(session, stores, ticked)):
        raise _edited()


def check_newest_edit(session: Session, stores: Collection[str], *, seen: int) -> None:
    """Raises StaleEdit when anything that waits was edited after the stamp `seen`."""
    if newest_edit(session, stores) > seen:
        raise _edited()


def _edited() -> StaleEdit:
    return StaleEdit(_("Somebody edited this since you opened the page. Look again at what waits now."))


def _stamps(
    session: Session, stores: Collection[str], records: Iterable[RecordKey]
) -> Iterable[tuple[RecordKey, int]]:
    for kind, keys in by_kind(records).items():
        for chunk in chunks(keys):
            rows = session.execute(
                select(Mark.key, func.max(Mark.at))
                .where(Mark.store_id.in_(stores), Mark.kind == kind, Mark.key.in_(chunk))
                .group_by(Mark.key)
            )
            yield from (((kind, key), stamp(at)) for key, at in rows)
