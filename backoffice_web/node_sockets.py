"""The store nodes' sockets: a node that proves itself by its token hears of its stores' new versions.

Invariants: what is said here is a hint and never data; a node that hears nothing compares versions anyway.
When its socket goes, the office's pages say within seconds that it is gone (`node_lines.py`).
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room

from backoffice_web import current
from backoffice_web.bridge.access import NodeAccess, node_of
from backoffice_web.node_lines import NodeLines
from shared_web.socket_places import free_place, keep_place
from sync_contract.notice import NODES


def open_node_door(sockets: SocketIO, lines: NodeLines) -> None:
    def connect(auth: Any = None) -> None:
        node = _let_in(auth)
        lines.came(_sid(), node, now=current.now())
        keep_place(request.environ)

    def disconnect(reason: str) -> None:
        free_place(request.environ, reason=reason)
        lines.went(_sid(), now=current.now())

    sockets.on_event("connect", connect, namespace=NODES)
    sockets.on_event("disconnect", disconnect, namespace=NODES)


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


def _let_in(auth: Any) -> NodeAccess:
    token = auth.get("token") if isinstance(auth, dict) else None
    with current.read() as session:
        node = node_of(session, token) if isinstance(token, str) and token else None
    if node is None:
        raise ConnectionRefusedError("unknown-node")
    for room in (_node_room(node.node_id), *map(store_room, node.store_ids)):
        join_room(room, sid=_sid(), namespace=NODES)
    return node


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _node_room(node_id: str) -> str:
    return f"node:{node_id}"
