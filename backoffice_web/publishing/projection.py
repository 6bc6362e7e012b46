"""What one store would sell by if everything saved were published: a pure projection of the catalog.

Invariants: the projection of nothing (archived, not sold here, switched off) is None and becomes a
tombstone; the same saved data always gives the same bytes; `sync_contract.records.encode` is the one
serializer, its bytes are what is stored, compared, hashed and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.selling_rule import Discount, Reason, TenderType
from backoffice_web.catalog.tax import Tax, TaxCover
from backoffice_web.people.badge import badge_salt
from backoffice_web.people.employee import (
    Credential,
    Employee,
    EmployeePhoto,
    EmployeeRole,
    EmployeeStore,
)
from backoffice_web.people.role import Role
from backoffice_web.publishing.projected_items import (
    NotPublishable,
    Projected,
    project_items,
    project_modifier_groups,
)
from backoffice_web.publishing.upsert import chunks, table_of
from backoffice_web.stores.breaks import read_breaks
from backoffice_web.stores.store import Store
from sync_contract import records

Body = bytes | NotPublishable | None


def body(session: Session, store: Store, kind: str, key: str) -> bytes | None:
    """The record's body for one store; None when it has none there.

    Raises NeedsPrice (or another NotPublishable) for an item that is not complete in this store.
    """
    projected = bodies(session, store, kind, [key])[key]
    if isinstance(projected, NotPublishable):
        raise projected
    return projected


def bodies(session: Session, store: Store, kind: str, keys: Iterable[str]) -> dict[str, Body]:
    """The bodies of many records of one kind, in a few statements per 500 keys.

    Every key is answered: None for nothing, the refusal for an item that is not complete.
    """
    session.flush()
    project = PROJECTIONS[kind]
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Projected] = {}
    for chunk in chunks(wanted):
        found |= project(session, store, chunk)
    return {key: _encoded(found.get(key)) for key in wanted}


def all_keys(session: Session, store: Store, kind: str) -> list[str]:
    """The keys of every saved record of a kind that could concern the store."""
    if kind in ("store_profile", "store_settings"):
        return [store.id]
    column = Credential.employee_id if kind == "credential" else SOURCES[kind].__table__.c.id
    return list(session.scalars(select(column).distinct().order_by(column)))


def _encoded(projected: Projected) -> Body:
    if projected is None or isinstance(projected, NotPublishable):
        return projected
    return records.encode(projected)


def _store_profile(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    profile = records.StoreProfile(
        name=store.name,
        currency=store.currency,
        locale=store.locale,
        time_zone=store.time_zone,
        day_cutoff_minutes=store.day_cutoff_minutes,
        address_lines=tuple(line.strip() for line in store.address.splitlines() if line.strip()),
        tax_number=store.tax_number,
        receipt_header=store.receipt_header,
        receipt_footer=store.receipt_footer,
    )
    return {store.id: profile}


def _store_settings(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    settings = records.StoreSettings(
        auto_sync_after_s=store.auto_sync_after_s,
        pin_length=store.pin_length,
        idle_lock_s=store.idle_lock_s,
        lock_after_sale=store.lock_after_sale,
        cash_rounding_cents=store.cash_rounding_cents,
        breaks=read_breaks(store.breaks),
    )
    return {store.id: settings}


def _taxes(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    covers = session.execute(
        select(TaxCover.tax_id, TaxCover.tax_class_id)
        .where(TaxCover.tax_id.in_(keys))
        .order_by(TaxCover.tax_class_id)
    ).all()
    rows = _rows(session, Tax, keys, Tax.store_id == store.id, ~Tax.is_archived)
    return {
        row.id: records.Tax(
            name=row.name,
            rate_millionths=row.rate_millionths,
            is_inclusive=row.is_inclusive,
            tax_classes=tuple(class_id for tax_id, class_id in covers if tax_id == row.id),
            position=row.position,
        )
        for row in rows
    }


def _categories(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    return {
        row.id: records.Category(name=row.name, tone=row.tone, position=row.position)
        for row in _rows(session, Category, keys, ~Category.is_archived)
    }


def _discounts(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    is_here = Discount.store_id.is_(None) | (Discount.store_id == store.id)
    return {
        row.id: records.Discount(
            name=row.name,
            scope=row.scope,
            rate_millionths=row.rate_millionths,
            amount_cents=row.amount_cents,
            position=row.position,
        )
        for row in _rows(session, Discount, keys, ~Discount.is_archived, is_here)
    }


def _reasons(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    return {
        row.id: records.Reason(purpose=row.purpose, name=row.name, position=row.position)
        for row in _rows(session, Reason, keys, ~Reason.is_archived)
    }


def _tender_types(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    return {
        row.id: records.TenderType(name=row.name, method=row.method, position=row.position)
        for row in _rows(session, TenderType, keys, ~TenderType.is_archived)
    }


def _roles(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    return {
        row.id: records.Role(
            name=row.name,
            permissions=tuple(sorted(row.permissions)),
            logs_off_after_sale=row.logs_off_after_sale,
        )
        for row in _rows(session, Role, keys)
    }


def _employees(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    other_roles = session.execute(
        select(EmployeeRole.employee_id, EmployeeRole.role_id)
        .where(EmployeeRole.employee_id.in_(keys))
        .order_by(EmployeeRole.role_id)
    ).all()
    photos = dict(
        session.execute(
            select(EmployeePhoto.employee_id, EmployeePhoto.thumbnail).where(
                EmployeePhoto.employee_id.in_(keys)
            )
        ).all()
    )
    return {
        row.id: records.Employee(
            name=row.name,
            role=row.role_id,
            language=row.language,
            roles=_all_roles(row.role_id, [role for key, role in other_roles if key == row.id]),
            initial_screen=row.initial_screen,
            photo=photos.get(row.id, b""),
        )
        for row in _rows(session, Employee, keys, *_works_in(store))
    }


def _all_roles(role: str, others: Sequence[str]) -> tuple[str, ...]:
    return (role, *others) if others else ()


def _credentials(session: Session, store: Store, keys: Sequence[str]) -> dict[str, Projected]:
    rows = session.execute(
        select(
            Credential.employee_id,
            Credential.pin_hash,
            Credential.pin_digest,
            Credential.badge_digest,
            Credential.pin_lookup,
        )
        .join(Employee, Employee.id == Credential.employee_id)
        .where(Credential.store_id == store.id, Credential.employee_id.in_(keys), *_works_in(store))
    )
    salt = badge_salt(session)
    return {
        row.employee_id: records.Credential(
            pin_hash=row.pin_hash,
            pin_digest=row.pin_digest or "",
            badge_digest=row.badge_digest or "",
            badge_salt=salt if row.badge_digest or row.pin_lookup else "",
            pin_lookup=row.pin_lookup,
        )
        for row in rows
    }


def _works_in(store: Store) -> tuple[Any, ...]:
    here = select(EmployeeStore.employee_id).where(EmployeeStore.store_id == store.id)
    return Employee.is_active, Employee.id.in_(here)


def _rows(session: Session, model: type[Any], keys: Sequence[str], *conditions: Any) -> Sequence[Row[Any]]:
    table = table_of(model)
    return session.execute(select(table).where(table.c.id.in_(keys), *conditions)).all()


Project = Callable[[Session, Store, Sequence[str]], dict[str, Projected]]

PROJECTIONS: dict[str, Project] = {
    "store_profile": _store_profile,
    "store_settings": _store_settings,
    "tax": _taxes,
    "category": _categories,
    "item": project_items,
    "modifier_group": project_modifier_groups,
    "discount": _discounts,
    "reason": _reasons,
    "tender_type": _tender_types,
    "role": _roles,
    "employee": _employees,
    "credential": _credentials,
}

SOURCES: dict[str, type[Any]] = {
    "tax": Tax,
    "category": Category,
    "item": Item,
    "modifier_group": ModifierGroup,
    "discount": Discount,
    "reason": Reason,
    "tender_type": TenderType,
    "role": Role,
    "employee": Employee,
}
