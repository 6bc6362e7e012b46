"""Tax classes of items, and the taxes of a store that cover them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.database import Base, Edited
from shared_web.database import Key


class TaxClass(Base, Edited):
    """What an item is for tax: standard goods, food, books. Enterprise-wide, not published itself."""

    __tablename__ = "tax_classes"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)


class Tax(Base, Edited):
    """A tax of one store; `rate_millionths` 88,750 is 8.875 %. Published as `tax`."""

    __tablename__ = "taxes"
    __table_args__ = (UniqueConstraint("store_id", "name"),)

    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    name: Mapped[str] = mapped_column(String(80))
    rate_millionths: Mapped[int]
    is_inclusive: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    is_archived: Mapped[bool] = mapped_column(default=False)
    classes: Mapped[list[TaxClass]] = relationship(secondary="tax_covers", order_by=TaxClass.id)


class TaxCover(Base):
    """Which tax classes a tax covers."""

    __tablename__ = "tax_covers"

    tax_id: Mapped[str] = mapped_column(Key, ForeignKey("taxes.id", ondelete="CASCADE"), primary_key=True)
    tax_class_id: Mapped[str] = mapped_column(Key, ForeignKey("tax_classes.id"), primary_key=True)
