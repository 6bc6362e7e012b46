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
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Node, NodeStore

EMBEDDED = "embedded"


@dataclass(frozen=True)
class NodeAccess:
    """A node that proved who it is, and the ids of the stores it serves, as far as they were asked for."""

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


def end_embedded_node(session: Session) -> None:
    """This installation has no store node of its own any more; its token opens nothing."""
    node = session.get(Node, EMBEDDED)
    if node is not None:
        node.is_revoked = True
        session.flush()


def node_of(session: Session, token: str, *, store_id: str | None = None) -> NodeAccess | None:
    """The node with this token; None for an unknown or a revoked one.

    With `store_id` only that store is looked for, so that the cost does not grow with the enterprise.
    """
    nodes, stores, links = table_of(Node), table_of(Store), table_of(NodeStore)
    # The lookup is by hash: how long it takes tells nothing about a token that is almost right.
    is_this = (nodes.c.token_hash == _hash(token)) & ~nodes.c.is_revoked
    node = session.execute(select(nodes.c.id, nodes.c.name, nodes.c.serves_all).where(is_this)).one_or_none()
    if node is None:
        return None
    served_id = stores.c.id if node.serves_all else links.c.store_id
    served = select(served_id) if node.serves_all else select(served_id).where(links.c.node_id == node.id)
    if store_id is not None:
        served = served.where(served_id == store_id)
    return NodeAccess(node.id, node.name, frozenset(session.execute(served).scalars()))


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
