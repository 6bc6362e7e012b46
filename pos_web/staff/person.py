"""Who is signed in at a terminal, and what they may do – read from the replica at every request.

So that a person who was switched off, or whose role lost a permission, loses it at the next request.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from pos_web.catalog.published import remember
from pos_web.catalog.replica import ReplicaRecord
from sync_contract.records import Credential, Employee, Role, decode


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An employee of the store with their role's permissions. Flask-Login asks for the last four members.

    `roles` are all in which they may work, (key, name) pairs; `initial_screen` is where the till lands.
    `logs_off_after_sale` is their role's.
    `stamp` becomes another one when their PIN, badge or roles are changed: then they sign in again.
    """

    employee: str
    name: str
    role: str
    role_name: str
    language: str
    permissions: frozenset[str]
    roles: tuple[tuple[str, str], ...] = ()
    initial_screen: str = ""
    photo: bytes = b""
    stamp: str = ""
    logs_off_after_sale: bool = False

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    @property
    def initials(self) -> str:
        """The first letters of the first and the last name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def photo_digest(self) -> str:
        """Names this very picture, so that a browser may keep it."""
        return blake2b(self.photo, digest_size=8).hexdigest()

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        return self.employee


def person_of(replica: Session, *, store_id: str, employee: str) -> Person | None:
    """The person with this key, or None when they do not work here (any more)."""
    return _people(replica, store_id=store_id).get(employee)


def in_role(replica: Session, person: Person, *, store_id: str, role: str) -> Person:
    """The person as they work in one of their roles; as they are, when `role` is none of these (any more)."""
    record = replica.get(ReplicaRecord, (store_id, "role", role))
    if record is None or role not in dict(person.roles):
        return person
    found: Role = decode("role", record.body)
    return msgspec.structs.replace(
        person,
        role=role,
        role_name=found.name,
        permissions=frozenset(found.permissions),
        logs_off_after_sale=found.logs_off_after_sale,
    )


def people(replica: Session, *, store_id: str) -> list[Person]:
    """Everybody who works in this store, by name."""
    return sorted(_people(replica, store_id=store_id).values(), key=lambda person: person.name.casefold())


def _people(replica: Session, *, store_id: str) -> dict[str, Person]:
    return remember(replica, store_id=store_id, what="people", compute=lambda: _read(replica, store_id))


def _read(replica: Session, store_id: str) -> dict[str, Person]:
    roles: dict[str, Role] = dict(_records(replica, store_id, "role"))
    credentials: dict[str, Credential] = dict(_records(replica, store_id, "credential"))
    return {
        key: _person(key, employee, roles, credentials.get(key, Credential()))
        for key, employee in _records(replica, store_id, "employee")
    }


def _records(replica: Session, store_id: str, kind: str) -> list[tuple[str, Any]]:
    found = replica.scalars(
        select(ReplicaRecord).where(ReplicaRecord.store_id == store_id, ReplicaRecord.kind == kind)
    )
    return [(record.key, decode(kind, record.body)) for record in found]


def _person(key: str, employee: Employee, roles: dict[str, Role], credential: Credential) -> Person:
    role = roles.get(employee.role, Role(name=""))
    return Person(
        employee=key,
        name=employee.name,
        role=employee.role,
        role_name=role.name,
        language=employee.language,
        permissions=frozenset(role.permissions),
        roles=tuple((one, roles[one].name) for one in employee.roles or (employee.role,) if one in roles),
        initial_screen=employee.initial_screen,
        photo=employee.photo,
        stamp=_stamp(employee, credential),
        logs_off_after_sale=role.logs_off_after_sale,
    )


def _stamp(employee: Employee, credential: Credential) -> str:
    parts = (employee.role, *employee.roles, credential.pin_hash, credential.badge_digest)
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
