"""What other systems call our items: how a product is known again, also under a second key."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base
from shared_web.database import Key


class KnownKey(Base):
    """`source` calls the item `key`, and it has been imported for this store once.

    Whether the store still sells it is for people to decide from then on: no import asks again.
    """

    __tablename__ = "known_keys"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(Key, ForeignKey("items.id", ondelete="CASCADE"), index=True)
