"""Categories: the tabs of the order screen."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Edited

TONES = ("drinks", "food", "sweet", "bakery", "fresh", "other")


class Category(Base, Edited):
    __tablename__ = "categories"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    tone: Mapped[str] = mapped_column(String(20), default="other")
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
