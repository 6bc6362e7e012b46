"""Price lists: a name and one currency; a store names the list it sells by."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited


class PriceList(Base, Edited):
    __tablename__ = "price_lists"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
