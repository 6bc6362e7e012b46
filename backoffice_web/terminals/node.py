"""Store nodes as the office keeps them: who may use the bridge, for which stores, and how one is paired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed
from shared_web.database import Key


class Node(Base, Keyed):
    """A store node that may use the bridge; `serves_all`: the one inside this very installation.

    Tokens are kept as hashes. `next_token_hash` is that of a token which was issued but not used yet: its
    first use ends the one before it, which goes to `former_token_hashes` (newest first): those open nothing,
    and tell who signed a file of documents. `contract` is that of the bridge which the node last spoke.
    """

    __tablename__ = "nodes"

    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    next_token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    former_token_hashes: Mapped[list[str]] = mapped_column(JSON, default=list)
    serves_all: Mapped[bool] = mapped_column(default=False)
    is_revoked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    contract: Mapped[int] = mapped_column(default=0)
    version: Mapped[str] = mapped_column(String(20), default="")


class NodeStore(Base):
    """Which stores a paired node serves, also after it was revoked. One that is not revoked has its
    stores for itself."""

    __tablename__ = "node_stores"

    node_id: Mapped[str] = mapped_column(Key, ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True)
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"), primary_key=True)


class PairingCode(Base, Keyed):
    """A one-time code that makes a store node of whoever brings it: kept as a hash, deleted when used."""

    __tablename__ = "pairing_codes"

    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    node_name: Mapped[str] = mapped_column(String(80))
    store_ids: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
