"""Who may use the bridge: nodes with a token, each for the stores that it serves.

Invariants: a token is given once and kept as its SHA-256, never as it is; a revoked node has no
access; a node reaches its own stores alone; the node of this very installation and paired ones never
serve at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, or_, select
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node, NodeStore
from shared_web.errors import RuleError
from shared_web.language import _

EMBEDDED = "embedded"
# A node takes a new token weekly and at each start; a file that lay about for longer is exported again.
FORMER_TOKENS = 200
_nodes, _stores, _links = table_of(Node), table_of(Store), table_of(NodeStore)
# Asked before every request of a node, so they are built once: who is it, and which stores does it serve?
_NODE = select(_nodes.c.id, _nodes.c.name, _nodes.c.serves_all, _nodes.c.next_token_hash).where(
    or_(_nodes.c.token_hash == bindparam("hashed"), _nodes.c.next_token_hash == bindparam("hashed")),
    ~_nodes.c.is_revoked,
)
_ALL = select(_stores.c.id)
_LINKED = select(_links.c.store_id).where(_links.c.node_id == bindparam("node"))
_SERVES = case(
    (_nodes.c.serves_all, exists().where(_stores.c.id == bindparam("store"))),
    else_=exists().where(_links.c.node_id == _nodes.c.id, _links.c.store_id == bindparam("store")),
)
_NODE_AT_STORE = _NODE.add_columns(_SERVES.label("serves"))


@dataclass(frozen=True)
class NodeAccess:
    """A node that proved who it is, and the ids of the stores it serves, as far as they were asked for.

    `is_first_use`: it came with a new token for the first time, see `end_former_token`.
    """

    node_id: str
    name: str
    store_ids: frozenset[str]
    is_first_use: bool = False


def issue_node_token(
    session: Session,
    *,
    name: str,
    serves_all: bool,
    store_ids: Iterable[str],
    now: datetime,
    node_id: str | None = None,
) -> str:
    """Let a new node in. Returns its token, which can never be read again."""
    token = token_urlsafe(32)
    node = Node(
        id=node_id or new_key(),
        name=name[:80],
        token_hash=hash_token(token),
        serves_all=serves_all,
        created_at=now,
    )
    session.add(node)
    session.flush()
    session.add_all(NodeStore(node_id=node.id, store_id=store_id) for store_id in sorted(set(store_ids)))
    session.flush()
    return token


def keep_embedded_node(session: Session, *, token: str, now: datetime) -> None:
    """Let the store node of this very installation in by `token`; an older token of it ends.

    RuleError while paired nodes serve stores: this installation would serve them a second time.
    """
    others = paired_nodes(session)
    if others:
        names = ", ".join(sorted(node.name for node in others))
        raise RuleError(
            _(
                "Stores are served by paired store nodes (%(names)s). Start the Back Office alone, with "
                "--role backoffice, or revoke those nodes first.",
                names=names,
            )
        )
    node = session.get(Node, EMBEDDED)
    if node is None:
        node = Node(
            id=EMBEDDED,
            name="This installation",
            token_hash=hash_token(token),
            serves_all=True,
            created_at=now,
        )
        session.add(node)
    _replace_token(node, hash_token(token))
    if node.is_revoked:
        # What was published meanwhile did not wait for it.
        node.is_revoked, node.created_at = False, now
    session.flush()


def end_embedded_node(session: Session) -> None:
    """This installation has no store node of its own any more; its token opens nothing."""
    node = session.get(Node, EMBEDDED)
    if node is not None:
        node.is_revoked = True
        session.flush()


def paired_nodes(session: Session) -> list[Node]:
    """The nodes that were paired and not revoked, by name."""
    mine = select(Node).where(Node.id != EMBEDDED, ~Node.is_revoked).order_by(Node.name, Node.id)
    return list(session.scalars(mine))


def known_nodes(session: Session) -> set[str]:
    """The ids of all nodes that may use the bridge."""
    return set(session.scalars(select(_nodes.c.id).where(~_nodes.c.is_revoked)))


def node_of(asking: Session | Connection, token: str) -> NodeAccess | None:
    """The node with this token and all stores that it serves; None for an unknown or a revoked one."""
    # The lookup is by hash: how long it takes tells nothing about a token that is almost right.
    hashed = hash_token(token)
    node = asking.execute(_NODE, {"hashed": hashed}).one_or_none()
    if node is None:
        return None
    served = asking.execute(_ALL if node.serves_all else _LINKED, {"node": node.id}).scalars()
    return _access(node, hashed, served)


def node_at_store(asking: Session | Connection, token: str, *, store_id: str) -> NodeAccess | None:
    """As `node_of`, where one store alone is asked about: the cost does not grow with the enterprise."""
    hashed = hash_token(token)
    # PostgreSQL cannot even look for a null character.
    asked = {"hashed": hashed, "store": store_id.replace("\x00", "\ufffd")}
    node = asking.execute(_NODE_AT_STORE, asked).one_or_none()
    return _access(node, hashed, [store_id] if node.serves else []) if node is not None else None


def _access(node: Any, hashed: str, store_ids: Iterable[str]) -> NodeAccess:
    return NodeAccess(node.id, node.name, frozenset(store_ids), is_first_use=node.next_token_hash == hashed)


def is_revoked(session: Session, token: str) -> bool:
    """Was this the token of a node that somebody revoked?"""
    hashed = hash_token(token)
    found = select(Node.id).where(
        or_(Node.token_hash == hashed, Node.next_token_hash == hashed), Node.is_revoked
    )
    return session.scalar(found) is not None


def issue_next_token(session: Session, *, node_id: str) -> str:
    """A new token for the node. The one that it has stays valid until the new one is first used."""
    token = token_urlsafe(32)
    session.get_one(Node, node_id, with_for_update=True).next_token_hash = hash_token(token)
    session.flush()
    return token


def end_former_token(session: Session, *, node_id: str, token: str) -> None:
    """The node has used its new token: the one before it opens nothing any more."""
    node = session.get_one(Node, node_id, with_for_update=True)
    if node.next_token_hash == hash_token(token):
        _replace_token(node, node.next_token_hash)
        node.next_token_hash = None
        session.flush()


def _replace_token(node: Node, hashed: str) -> None:
    if node.token_hash != hashed:
        node.former_token_hashes = [node.token_hash, *node.former_token_hashes][:FORMER_TOKENS]
        node.token_hash = hashed


def hash_token(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
