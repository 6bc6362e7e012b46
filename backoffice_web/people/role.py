"""Roles: named sets of permissions."""

from __future__ import annotations

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited


class Role(Base, Edited):
    """`permissions` are keys of `sync_contract.permissions`; published to every store.

    `priority` 1 stands highest in lists; `code` is the business's own id for the role, if it has one.
    Not permissions but duties: `logs_off_after_sale` at the tills, `wants_second_factor` in the Back Office.
    """

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(25), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JSON, default=list)
    priority: Mapped[int] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(String(25), unique=True)
    logs_off_after_sale: Mapped[bool] = mapped_column(default=False)
    wants_second_factor: Mapped[bool] = mapped_column(default=False)
