"""Employees, and the credentials by which they prove who they are."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.database import Base, Edited, Keyed
from backoffice_web.people.role import Role
from shared_web.database import Key


class Employee(Base, Edited):
    """A person. With `has_sign_in`, `email` and `password_hash` (argon2) they may use the Back Office.

    `name` is first and last name in one. `role` decides what they may do; `other_roles` can be chosen at
    the time clock. Nobody is deleted: whoever leaves is not `is_active` any more, and history stays readable.
    `totp_secret` is set while they sign in with a second factor; `totp_step` is the last code's, used up.
    """

    __tablename__ = "employees"

    name: Mapped[str] = mapped_column(String(80))
    first_name: Mapped[str] = mapped_column(String(80), default="")
    last_name: Mapped[str] = mapped_column(String(80), default="")
    gender: Mapped[str] = mapped_column(String(20), default="")
    born_on: Mapped[date | None]
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(12), default="")
    initial_screen: Mapped[str] = mapped_column(String(20), default="")
    joined_on: Mapped[date | None]
    role_id: Mapped[str] = mapped_column(Key, ForeignKey("roles.id"))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    has_sign_in: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_since: Mapped[datetime | None]
    totp_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    role: Mapped[Role] = relationship()
    stores: Mapped[list[EmployeeStore]] = relationship(cascade="all, delete-orphan")
    other_roles: Mapped[list[EmployeeRole]] = relationship(
        cascade="all, delete-orphan", order_by="EmployeeRole.role_id"
    )
    credentials: Mapped[list[Credential]] = relationship(cascade="all, delete-orphan")
    photo: Mapped[EmployeePhoto | None] = relationship(cascade="all, delete-orphan", single_parent=True)


class EmployeeStore(Base):
    """In which stores the person works."""

    __tablename__ = "employee_stores"

    employee_id: Mapped[str] = mapped_column(
        Key, ForeignKey("employees.id", ondelete="CASCADE"), primary_key=True
    )
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)


class EmployeeRole(Base):
    """A role in which the person may work besides their own, for instance a manager at a till."""

    __tablename__ = "employee_roles"

    employee_id: Mapped[str] = mapped_column(
        Key, ForeignKey("employees.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[str] = mapped_column(Key, ForeignKey("roles.id"), primary_key=True)


class EmployeePhoto(Base):
    """JPEG made here from what was uploaded: `content` for pages, `thumbnail` for the tills."""

    __tablename__ = "employee_photos"

    employee_id: Mapped[str] = mapped_column(
        Key, ForeignKey("employees.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
    thumbnail: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(32))


class Credential(Base, Keyed):
    """The PIN and the badge of one person in one store.

    `pin_hash` argon2, `pin_digest` keyed HMAC; `badge_digest` see `badge.py`. Both unique per store; a
    person has one of them or both. `pin_lookup` is how a till finds whose PIN it is, see `pin.py`.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("employee_id", "store_id"),
        UniqueConstraint("store_id", "pin_digest"),
        UniqueConstraint("store_id", "badge_digest"),
    )

    employee_id: Mapped[str] = mapped_column(Key, ForeignKey("employees.id", ondelete="CASCADE"))
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    pin_hash: Mapped[str] = mapped_column(String(200), default="")
    pin_digest: Mapped[str | None] = mapped_column(String(64))
    badge_digest: Mapped[str | None] = mapped_column(String(64))
    pin_lookup: Mapped[str] = mapped_column(String(64), default="")
