"""Reading the replica: the applied version, and the records of the store as structs.

Invariants: reads only. What is decoded once per version (profile, settings, taxes …) is remembered
by the digest of the applied version, so a sync replaces it and two replicas never mix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import ReplicaHead, ReplicaRecord
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import (
    Category,
    Item,
    ModifierGroup,
    Reason,
    StoreProfile,
    StoreSettings,
    Tax,
    TenderType,
    decode,
)

T = TypeVar("T")


class NothingPublished(RuleError):
    """The store has never been synced: there is nothing to sell from yet."""


class Published(msgspec.Struct, frozen=True):
    """An item as it is published: `version` is the one that published it last."""

    key: str
    version: int
    item: Item


# (store, what) → (digest of the applied version, the value): one entry each, replaced by the next version.
_remembered: dict[tuple[str, str], tuple[str, Any]] = {}


def applied_head(replica: Session, *, store_id: str) -> ReplicaHead | None:
    head = replica.get(ReplicaHead, store_id)
    # A session knows weakly what it has read. Held here, the head is read once in a request, not six times.
    replica.info["head", store_id] = head
    return head


def applied_version(replica: Session, *, store_id: str) -> int:
    """The version that the store sells from; 0 before the first sync."""
    head = applied_head(replica, store_id=store_id)
    return head.version if head is not None else 0


def profile(replica: Session, *, store_id: str) -> StoreProfile:
    """Who the store is. Raises NothingPublished before the first sync."""
    found = _single(replica, store_id=store_id, kind="store_profile")
    if found is None:
        raise NothingPublished(_("This till has no catalog yet. Press Sync to fetch it."))
    return cast(StoreProfile, found)


def settings(replica: Session, *, store_id: str) -> StoreSettings:
    """How its tills behave; the defaults until they are published."""
    found = _single(replica, store_id=store_id, kind="store_settings")
    return cast(StoreSettings, found) if found is not None else StoreSettings()


def taxes(replica: Session, *, store_id: str) -> list[tuple[str, Tax]]:
    return _by_position(replica, store_id=store_id, kind="tax")


def categories(replica: Session, *, store_id: str) -> list[tuple[str, Category]]:
    return _by_position(replica, store_id=store_id, kind="category")


def category_name(replica: Session, *, store_id: str, key: str) -> str:
    """The name as it is now; empty for an item outside all categories."""
    names = {found: category.name for found, category in categories(replica, store_id=store_id)}
    return names.get(key, "")


def tender_types(replica: Session, *, store_id: str) -> list[tuple[str, TenderType]]:
    return _by_position(replica, store_id=store_id, kind="tender_type")


def reasons(replica: Session, *, store_id: str, purpose: str) -> list[tuple[str, Reason]]:
    every: list[tuple[str, Reason]] = _by_position(replica, store_id=store_id, kind="reason")
    return [(key, reason) for key, reason in every if reason.purpose == purpose]


def find_item(replica: Session, *, store_id: str, key: str) -> Published | None:
    record = replica.get(ReplicaRecord, (store_id, "item", key))
    return Published(key, record.version, decode("item", record.body)) if record is not None else None


def items(replica: Session, *, store_id: str, keys: Sequence[str]) -> list[tuple[str, Item]]:
    """Those of `keys` that are published, in their order."""
    query = select(ReplicaRecord.key, ReplicaRecord.body).where(
        ReplicaRecord.store_id == store_id, ReplicaRecord.kind == "item", ReplicaRecord.key.in_(keys)
    )
    bodies = {row.key: row.body for row in replica.execute(query)} if keys else {}
    return [(key, decode("item", bodies[key])) for key in keys if key in bodies]


def modifier_groups(
    replica: Session, *, store_id: str, keys: tuple[str, ...]
) -> list[tuple[str, ModifierGroup]]:
    """The groups in the order of `keys`; one that is no longer published is left out."""
    records = {key: replica.get(ReplicaRecord, (store_id, "modifier_group", key)) for key in keys}
    return [
        (key, decode("modifier_group", record.body)) for key, record in records.items() if record is not None
    ]


def every_modifier_group(replica: Session, *, store_id: str) -> list[ModifierGroup]:
    """All that the store has, by name."""

    def compute() -> list[ModifierGroup]:
        records = _records(replica, store_id, "modifier_group")
        groups = [decode(record.kind, record.body) for record in records]
        return sorted(groups, key=lambda group: group.name.casefold())

    return remember(replica, store_id=store_id, what="modifier_groups", compute=compute)


def remember(replica: Session, *, store_id: str, what: str, compute: Callable[[], T]) -> T:
    """`compute()`, once per applied version."""
    head = applied_head(replica, store_id=store_id)
    if head is None:
        return compute()
    digest, value = _remembered.get((store_id, what), ("", None))
    if digest != head.digest:
        value = compute()
        _remembered[(store_id, what)] = (head.digest, value)
    return cast(T, value)


def _single(replica: Session, *, store_id: str, kind: str) -> Any:
    def compute() -> Any:
        record = replica.get(ReplicaRecord, (store_id, kind, store_id))
        return decode(kind, record.body) if record is not None else None

    return remember(replica, store_id=store_id, what=kind, compute=compute)


def _by_position(replica: Session, *, store_id: str, kind: str) -> list[tuple[str, Any]]:
    def compute() -> list[tuple[str, Any]]:
        records = _records(replica, store_id, kind)
        decoded = [(record.key, decode(kind, record.body)) for record in records]
        return sorted(decoded, key=lambda pair: (pair[1].position, pair[1].name.casefold(), pair[0]))

    return remember(replica, store_id=store_id, what=kind, compute=compute)


def _records(replica: Session, store_id: str, kind: str) -> Iterable[ReplicaRecord]:
    return replica.scalars(
        select(ReplicaRecord).where(ReplicaRecord.store_id == store_id, ReplicaRecord.kind == kind)
    )
