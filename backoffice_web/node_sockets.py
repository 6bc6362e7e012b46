"""The store nodes' sockets: a node that proves itself by its token hears of its stores' new versions.

Invariant: what is said here is a hint and never data; a node that hears nothing compares versions anyway.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room

from backoffice_web import current
from backoffice_web.bridge.access import node_of
from sync_contract.notice import NODES


def open_node_door(sockets: SocketIO) -> None:
    sockets.on_event("connect", _connect, namespace=NODES)


def store_room(store_id: str) -> str:
    return f"store:{store_id}"


def held_nodes(sockets: SocketIO) -> set[str]:
    """The nodes that are connected to this worker."""
    rooms = list(sockets.server.manager.rooms.get(NODES, {}))
    prefix = _node_room("")
    return {room.removeprefix(prefix) for room in rooms if isinstance(room, str) and room.startswith(prefix)}


def hang_up(sockets: SocketIO, node_id: str) -> None:
    """End the connections of a node that was revoked; it finds out why when it asks again."""
    manager = sockets.server.manager
    for sid, _eio_sid in list(manager.get_participants(NODES, _node_room(node_id))):
        sockets.server.disconnect(sid, namespace=NODES)


def _connect(auth: Any = None) -> None:
    token = auth.get("token") if isinstance(auth, dict) else None
    with current.read() as session:
        node = node_of(session, token) if isinstance(token, str) and token else None
    if node is None:
        raise ConnectionRefusedError("unknown-node")
    sid = request.sid  # type: ignore[attr-defined]
    for room in (_node_room(node.node_id), *map(store_room, node.store_ids)):
        join_room(room, sid=sid, namespace=NODES)


def _node_room(node_id: str) -> str:
    return f"node:{node_id}"
