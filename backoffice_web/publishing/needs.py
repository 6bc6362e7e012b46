"""Which other records a record cannot do without at a till, so that they are published along with it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.tax import Tax, TaxCover
from backoffice_web.publishing.published import RecordKey, published_bodies
from backoffice_web.publishing.saved_change import FOLLOWERS
from backoffice_web.stores.store import Store
from sync_contract.records import decode

Bodies = dict[RecordKey, bytes]


def missing_needs(session: Session, store: Store, bodies: Bodies) -> dict[RecordKey, tuple[RecordKey, ...]]:
    """For each of the `bodies`, the records it needs that the store does not have."""
    covers = _taxes_by_class(session, store)
    needs = {record: tuple(_needs(store, record, body, covers)) for record, body in bodies.items()}
    wanted = dict.fromkeys(need for some in needs.values() for need in some)
    there = {
        record for record, body in published_bodies(session, store.id, wanted).items() if body is not None
    }
    return {record: tuple(need for need in some if need not in there) for record, some in needs.items()}


def _needs(
    store: Store, record: RecordKey, body: bytes, taxes: dict[str, tuple[str, ...]]
) -> Iterable[RecordKey]:
    kind, key = record
    if kind not in ("store_profile", "store_settings"):
        yield "store_profile", store.id
        yield "store_settings", store.id
    for follower in FOLLOWERS.get(kind, ()):
        yield follower, key
    if kind == "item":
        item = decode(kind, body)
        if item.category:
            yield "category", item.category
        yield from (("modifier_group", group) for group in item.modifier_groups)
        yield from (("tax", tax) for tax in taxes.get(item.tax_class, ()))
    elif kind == "employee":
        yield "role", decode(kind, body).role


def _taxes_by_class(session: Session, store: Store) -> dict[str, tuple[str, ...]]:
    rows = session.execute(
        select(TaxCover.tax_class_id, Tax.id)
        .join(Tax, Tax.id == TaxCover.tax_id)
        .where(Tax.store_id == store.id, ~Tax.is_archived)
        .order_by(Tax.position, Tax.id)
    )
    covers: dict[str, tuple[str, ...]] = {}
    for tax_class, tax in rows:
        covers[tax_class] = (*covers.get(tax_class, ()), tax)
    return covers
