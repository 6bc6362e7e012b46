"""Who may use the bridge: nodes with a token, each for the stores that it serves.

Invariants: a token is shown once and kept as its SHA-256, never as it is; a revoked node has no
access; a node reaches its own stores alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Node, NodeStore

EMBEDDED = "embedded"


@dataclass(frozen=True)
class NodeAccess:
    """A node that proved who it is, and the ids of the stores it serves."""

    node_id: str
    name: str
    store_ids: frozenset[str]


def issue_node_token(
    session: Session, *, name: str, serves_all: bool, store_ids: Iterable[str], now: datetime
) -> str:
    """Let a new node in. Returns its token, which can never be read again."""
    token = token_urlsafe(32)
    node = Node(id=new_key(), name=name[:80], token_hash=_hash(token), serves_all=serves_all, created_at=now)
    session.add(node)
    session.flush()
    session.add_all(NodeStore(node_id=node.id, store_id=store_id) for store_id in sorted(set(store_ids)))
    session.flush()
    return token


def keep_embedded_node(session: Session, *, token: str, now: datetime) -> None:
    """Let the store node of this very installation in by `token`; an older token of it ends."""
    node = session.get(Node, EMBEDDED)
    if node is None:
        node = Node(id=EMBEDDED, name="This installation", serves_all=True, created_at=now)
        session.add(node)
    node.token_hash = _hash(token)
    node.is_revoked = False
    session.flush()


def node_of(session: Session, token: str) -> NodeAccess | None:
    """The node with this token; None for an unknown or a revoked one."""
    # The lookup is by hash: how long it takes tells nothing about a token that is almost right.
    node = session.scalar(select(Node).where(Node.token_hash == _hash(token), ~Node.is_revoked))
    if node is None:
        return None
    served = select(Store.id) if node.serves_all else (
        select(NodeStore.store_id).where(NodeStore.node_id == node.id)
    )  # fmt: skip
    return NodeAccess(node.id, node.name, frozenset(session.scalars(served)))


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
