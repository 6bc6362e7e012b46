"""The person at the till: an employee of this store as published now, and what their role allows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.replica import ReplicaRecord
from sync_contract import records


@dataclass(frozen=True)
class Person:
    """Read from the replica at each request; never kept over one. `language` may be empty."""

    employee: str
    name: str
    role: str
    role_name: str
    language: str
    permissions: frozenset[str]

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.employee

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def person_of(replica: Session, *, store_id: str, employee: str) -> Person | None:
    """The person as published now; None when they do not work in this store (any more)."""
    found = _decoded(replica, store_id, "employee", employee)
    if not isinstance(found, records.Employee):
        return None
    role = _decoded(replica, store_id, "role", found.role)
    known = role if isinstance(role, records.Role) else records.Role(name="")
    return Person(
        employee=employee,
        name=found.name,
        role=found.role,
        role_name=known.name,
        language=found.language,
        permissions=frozenset(known.permissions),
    )


def _decoded(replica: Session, store_id: str, kind: str, key: str) -> object | None:
    body = replica.scalar(
        select(ReplicaRecord.body).where(
            ReplicaRecord.store_id == store_id, ReplicaRecord.kind == kind, ReplicaRecord.key == key
        )
    )
    return records.decode(kind, body) if body is not None else None
