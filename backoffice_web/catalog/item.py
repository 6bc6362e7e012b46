"""Items: what is sold, in which variants, at which prices, in which stores."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.database import Base, Edited, Keyed
from shared_web.database import Key


class Item(Base, Edited):
    """`source` and `source_key` say which import it came from, so that a re-import finds it again.

    `is_sold_everywhere` false: only the stores with a `StoreItem` row that says so sell it.
    """

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("source", "source_key"), Index("ix_items_name", "name"))

    name: Mapped[str] = mapped_column(String(200))
    category_id: Mapped[str | None] = mapped_column(Key, ForeignKey("categories.id"), index=True)
    tax_class_id: Mapped[str | None] = mapped_column(Key, ForeignKey("tax_classes.id"))
    tone: Mapped[str] = mapped_column(String(20), default="")
    position: Mapped[int] = mapped_column(default=0)
    is_favourite: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    is_sold_everywhere: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str | None] = mapped_column(String(40))
    source_key: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    category: Mapped[Category | None] = relationship()
    tax_class: Mapped[TaxClass | None] = relationship()
    variants: Mapped[list[Variant]] = relationship(
        order_by="Variant.position", cascade="all, delete-orphan", back_populates="item"
    )
    store_items: Mapped[list[StoreItem]] = relationship(cascade="all, delete-orphan")
    group_links: Mapped[list[ItemModifierGroup]] = relationship(
        order_by="ItemModifierGroup.position", cascade="all, delete-orphan"
    )


class Variant(Base, Keyed):
    """A sellable form; `name` is empty when it is the only one. `sku` is unique where it is given."""

    __tablename__ = "variants"

    item_id: Mapped[str] = mapped_column(Key, ForeignKey("items.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    sku: Mapped[str | None] = mapped_column(String(80), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None] = mapped_column(String(200))
    item: Mapped[Item] = relationship(back_populates="variants")
    barcodes: Mapped[list[Barcode]] = relationship(
        cascade="all, delete-orphan", order_by="Barcode.position", back_populates="variant"
    )
    prices: Mapped[list[VariantPrice]] = relationship(cascade="all, delete-orphan")
    store_prices: Mapped[list[StorePrice]] = relationship(cascade="all, delete-orphan")


class Barcode(Base):
    """`code` as printed; `gtin` padded to 14 digits when it is a GTIN, else the code itself.

    `036000291452` and `0036000291452` are the same article, hence the uniqueness of `gtin`.
    """

    __tablename__ = "barcodes"

    gtin: Mapped[str] = mapped_column(String(80), primary_key=True)
    code: Mapped[str] = mapped_column(String(80))
    variant_id: Mapped[str] = mapped_column(Key, ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    variant: Mapped[Variant] = relationship(back_populates="barcodes")


class VariantPrice(Base):
    """The price in one price list; missing means *Needs price* there."""

    __tablename__ = "variant_prices"

    variant_id: Mapped[str] = mapped_column(
        Key, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True
    )
    price_list_id: Mapped[str] = mapped_column(Key, ForeignKey("price_lists.id"), primary_key=True)
    price_cents: Mapped[int]


class StorePrice(Base):
    """One store's own price, which wins over its price list."""

    __tablename__ = "store_prices"

    variant_id: Mapped[str] = mapped_column(
        Key, ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True
    )
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    price_cents: Mapped[int]


class StoreItem(Base):
    """Whether one store sells the item, where that differs from `is_sold_everywhere`."""

    __tablename__ = "store_items"

    item_id: Mapped[str] = mapped_column(Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    is_sold: Mapped[bool]


class ItemModifierGroup(Base):
    __tablename__ = "item_modifier_groups"

    item_id: Mapped[str] = mapped_column(Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(Key, ForeignKey("modifier_groups.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    group: Mapped[ModifierGroup] = relationship()
