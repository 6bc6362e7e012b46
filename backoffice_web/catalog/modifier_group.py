"""Modifier groups: choices on a line, with a minimum and a maximum, priced per price list."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.database import Base, Edited, Keyed
from shared_web.database import Key


class ModifierGroup(Base, Edited):
    """`maximum` 0 means no limit; `minimum` 1 or more makes the choice required."""

    __tablename__ = "modifier_groups"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    minimum: Mapped[int] = mapped_column(default=0)
    maximum: Mapped[int] = mapped_column(default=1)
    is_archived: Mapped[bool] = mapped_column(default=False)
    modifiers: Mapped[list[Modifier]] = relationship(
        order_by="Modifier.position", cascade="all, delete-orphan", back_populates="group"
    )


class Modifier(Base, Keyed):
    __tablename__ = "modifiers"

    group_id: Mapped[str] = mapped_column(
        Key, ForeignKey("modifier_groups.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    is_default: Mapped[bool] = mapped_column(default=False)
    group: Mapped[ModifierGroup] = relationship(back_populates="modifiers")
    prices: Mapped[list[ModifierPrice]] = relationship(cascade="all, delete-orphan")


class ModifierPrice(Base):
    """What a modifier adds to the line's unit price; missing means nothing."""

    __tablename__ = "modifier_prices"

    modifier_id: Mapped[str] = mapped_column(
        Key, ForeignKey("modifiers.id", ondelete="CASCADE"), primary_key=True
    )
    price_list_id: Mapped[str] = mapped_column(Key, ForeignKey("price_lists.id"), primary_key=True)
    price_cents: Mapped[int]
