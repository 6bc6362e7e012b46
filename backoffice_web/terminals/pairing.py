"""Pairing of store nodes: the code that an admin makes, what a node gets for it, and taking it back.

Invariants: a code works once, for fifteen minutes, and is kept as a hash; a store is served by one node
that is not revoked, never by two – asked when the code is made, and again when it is used.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backoffice_web.bridge.access import EMBEDDED, issue_node_token, paired_nodes
from backoffice_web.database import new_key
from backoffice_web.publishing.saved_change import note_change
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node, NodeStore, PairingCode
from backoffice_web.terminals.one_time_code import hash_code, new_code
from backoffice_web.terminals.terminal import StoreState
from shared_web.clock import is_within
from shared_web.errors import RuleError
from shared_web.language import _
from shared_web.left_behind import left_behind
from sync_contract.pairing import Pairing

CODE_LIVES = timedelta(minutes=15)
# Longer than a terminal's code: it opens whole stores.
CODE_GROUPS = 3
LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class PairedNode:
    """A node of the list: the names of its stores, when it last reported, and what it has not sent yet."""

    node_id: str
    name: str
    store_names: Sequence[str]
    created_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None
    is_revoked: bool
    version: str
    unsent_count: int


def new_pairing_code(
    session: Session, *, node_name: str, store_ids: Collection[str], by: str, now: datetime
) -> str:
    """A code by which one store node comes to serve the stores, to be shown once. Raises RuleError."""
    name = _checked_name(session, node_name)
    stores = _chosen_stores(session, store_ids)
    _refuse_served(session, stores)
    session.execute(delete(PairingCode).where(PairingCode.expires_at <= now))
    code = new_code(CODE_GROUPS)
    entry = PairingCode(
        code_hash=hash_code(code),
        node_name=name,
        store_ids=sorted(stores),
        expires_at=now + CODE_LIVES,
        made_at=now,
        made_by=by,
    )
    session.add(entry)
    session.flush()
    _note(session, entry.id, name, "pairing_code_made", stores, by=by, now=now)
    return code


def pair(session: Session, *, code: str, now: datetime, unsent: Mapping[str, int] | None = None) -> Pairing:
    """Use the code up and let the node in. Hyphens, spaces and case do not matter. Raises RuleError.

    `unsent`: by store id, the documents in the node's book; none may be of a store that the code is not for.
    """
    entry = session.scalar(
        select(PairingCode).where(PairingCode.code_hash == hash_code(code)).with_for_update()
    )
    if entry is None or not is_within(now, entry.made_at, entry.expires_at):
        raise RuleError(_("This code is wrong, used or older than 15 minutes. Make a new one."))
    stores = _chosen_stores(session, entry.store_ids)
    _refuse_served(session, stores)
    _refuse_left_behind(session, {key: count for key, count in (unsent or {}).items() if key not in stores})
    node_id = new_key()
    token = issue_node_token(
        session, name=entry.node_name, serves_all=False, store_ids=stores, now=now, node_id=node_id
    )
    session.delete(entry)
    session.flush()
    _note(session, node_id, entry.node_name, "paired", stores, by=entry.made_by, now=now)
    return Pairing(node=node_id, name=entry.node_name, token=token, stores=tuple(sorted(stores)))


def revoke(session: Session, *, node_id: str, by: str, now: datetime) -> Node:
    """The node's token opens nothing from now on; its stores may be paired with another. Raises RuleError."""
    node = session.get(Node, node_id)
    if node is None or node.id == EMBEDDED:
        raise RuleError(_("This store node is not there any more."))
    if not node.is_revoked:
        node.is_revoked, node.revoked_at = True, now
        node.next_token_hash = None
        session.flush()
        _note(session, node.id, node.name, "revoked", _names(session, node.id), by=by, now=now)
    return node


def list_nodes(session: Session, *, store_ids: Collection[str]) -> list[PairedNode]:
    """The nodes that serve or served one of the stores: the living first, then by name."""
    shown = select(NodeStore.node_id).where(NodeStore.store_id.in_(store_ids))
    nodes = session.scalars(
        select(Node).where(Node.id.in_(shown)).order_by(Node.is_revoked, Node.name, Node.created_at.desc())
    )
    return [
        PairedNode(
            node_id=node.id,
            name=node.name,
            store_names=sorted(_names(session, node.id).values()),
            created_at=node.created_at,
            seen_at=node.seen_at,
            revoked_at=node.revoked_at,
            is_revoked=node.is_revoked,
            version=node.version,
            unsent_count=_unsent(session, node.id),
        )
        for node in nodes
    ]


def _unsent(session: Session, node_id: str) -> int:
    """How many documents the node's stores last said that they keep, waiting or refused."""
    told = (
        select(func.sum(StoreState.outbox_length + StoreState.refused_count))
        .join(NodeStore, NodeStore.store_id == StoreState.store_id)
        .where(NodeStore.node_id == node_id)
    )
    return session.scalar(told) or 0


def serving_names(session: Session) -> dict[str, str]:
    """For each store that a paired node serves, the name of that node."""
    rows = session.execute(
        select(NodeStore.store_id, Node.name)
        .join(Node, Node.id == NodeStore.node_id)
        .where(~Node.is_revoked, Node.id != EMBEDDED)
    )
    return dict(rows.all())


def has_embedded_node(session: Session) -> bool:
    """Does this very installation serve the stores?"""
    node = session.get(Node, EMBEDDED)
    return node is not None and not node.is_revoked


def note_seen(session: Session, *, node_id: str, contract: int, version: str, now: datetime) -> None:
    """The node is there, and this is what it speaks and runs."""
    node = session.get_one(Node, node_id)
    node.seen_at, node.contract, node.version = now, contract, version[:20]


def _checked_name(session: Session, name: str) -> str:
    name = name.strip()
    sentence = ""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        sentence = _("Enter a name of at most %(count)s characters.", count=LONGEST_NAME)
    elif name in {node.name for node in paired_nodes(session)}:
        sentence = _("Another store node has this name already.")
    if sentence:
        raise RuleError(sentence, fields={"name": sentence})
    return name


def _chosen_stores(session: Session, store_ids: Collection[str]) -> dict[str, str]:
    """The stores' names by id, locked, so that two nodes cannot be paired with one store at once."""
    found = session.execute(
        select(Store.id, Store.name).where(Store.id.in_(set(store_ids))).order_by(Store.id).with_for_update()
    )
    stores: dict[str, str] = dict(found.all())
    if not stores or len(stores) != len(set(store_ids)):
        sentence = _("Choose the stores that this node serves.")
        raise RuleError(sentence, fields={"stores": sentence})
    return stores


def _refuse_served(session: Session, stores: Mapping[str, str]) -> None:
    sentence = ""
    if has_embedded_node(session):
        sentence = _(
            "This installation serves its stores itself. Start it with --role backoffice to pair store nodes."
        )
    serving = serving_names(session)
    for store_id, name in stores.items():
        if store_id in serving:
            sentence = _(
                "%(store)s is served by the store node %(node)s already. Revoke that one first.",
                store=name,
                node=serving[store_id],
            )
    if sentence:
        raise RuleError(sentence, fields={"stores": sentence})


def _refuse_left_behind(session: Session, unsent: Mapping[str, int]) -> None:
    # Looked for here: what a node sends is not for the database.
    names = dict(session.execute(select(Store.id, Store.name)).all())
    for store_id, count in unsent.items():
        if count:
            raise RuleError(left_behind(names.get(store_id, store_id[:LONGEST_NAME]), count))


def _names(session: Session, node_id: str) -> dict[str, str]:
    served = select(Store.id, Store.name).join(NodeStore, NodeStore.store_id == Store.id)
    return dict(session.execute(served.where(NodeStore.node_id == node_id)).all())


def _note(
    session: Session,
    key: str,
    name: str,
    action: str,
    stores: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> None:
    fields = {"Stores": ("", ", ".join(sorted(stores.values())))}
    if action == "revoked":
        fields = {"Stores": (fields["Stores"][1], "")}
    note_change(
        session,
        kind="store_node",
        key=key,
        label=name,
        action=action,
        fields=fields,
        stores=[],
        by=by,
        now=now,
    )
