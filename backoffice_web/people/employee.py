"""Employees, and the credentials by which they prove who they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.database import Base, Edited, Keyed
from backoffice_web.people.role import Role
from shared_web.database import Key


class Employee(Base, Edited):
    """A person. With `email` and `password_hash` (argon2) they may sign in to the Back Office.

    `session_stamp` changes when everything that is signed in as them must end.
    """

    __tablename__ = "employees"

    name: Mapped[str] = mapped_column(String(80))
    role_id: Mapped[str] = mapped_column(Key, ForeignKey("roles.id"))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_stamp: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[datetime]
    role: Mapped[Role] = relationship()
    stores: Mapped[list[EmployeeStore]] = relationship(cascade="all, delete-orphan")
    credentials: Mapped[list[Credential]] = relationship(cascade="all, delete-orphan")


class EmployeeStore(Base):
    """In which stores the person works."""

    __tablename__ = "employee_stores"

    employee_id: Mapped[str] = mapped_column(
        Key, ForeignKey("employees.id", ondelete="CASCADE"), primary_key=True
    )
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)


class Credential(Base, Keyed):
    """The PIN of one person in one store: `pin_hash` argon2, `pin_digest` keyed HMAC, unique per store."""

    __tablename__ = "credentials"
    __table_args__ = (UniqueConstraint("employee_id", "store_id"), UniqueConstraint("store_id", "pin_digest"))

    employee_id: Mapped[str] = mapped_column(Key, ForeignKey("employees.id", ondelete="CASCADE"))
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    pin_hash: Mapped[str] = mapped_column(String(200))
    pin_digest: Mapped[str] = mapped_column(String(64))
