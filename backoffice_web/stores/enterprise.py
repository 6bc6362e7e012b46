"""The enterprise: the one row that says whose installation this is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, new_key


class Enterprise(Base):
    """`epoch` is new after every restore; `pin_secret` keys the HMAC that keeps PINs unique.

    `wants_second_factor`: whoever signs in to the Back Office must set one up first.
    """

    __tablename__ = "enterprises"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(String(80))
    is_demo: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[str] = mapped_column(String(32), default=new_key)
    pin_secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    wants_second_factor: Mapped[bool] = mapped_column(default=False)
