"""The store nodes' sockets: a node that proves itself by its token hears of its stores' new versions.

Invariants: what is said here is a hint and never data; a node that hears nothing compares versions anyway.
When its socket goes, the office's pages say at once that it is gone, but for a newer socket or report of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from flask import request
from flask_socketio import ConnectionRefusedError, SocketIO, join_room
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.bridge.access import node_of
from backoffice_web.terminals.report import record_cut, record_line
from sync_contract.notice import NODES

log = structlog.get_logger("evertill.nodes")


def open_node_door(sockets: SocketIO) -> None:
    # Of this worker's sockets: whose they are, and since when.
    lines: dict[str, tuple[frozenset[str], datetime]] = {}

    def connect(auth: Any = None) -> None:
        store_ids = _let_in(auth)
        now = current.now()
        lines[_sid()] = store_ids, now
        _write(lambda session: record_line(session, store_ids=store_ids, now=now))

    def disconnect(_reason: Any = None) -> None:
        if (line := lines.pop(_sid(), None)) is None:
            return
        store_ids, since = line
        now = current.now()
        _write(lambda session: record_cut(session, store_ids=store_ids, since=since, now=now))
        for store_id in sorted(store_ids):
            current.office().announcer.announce("office:reports", {"store": store_id}, room="office")

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


def _let_in(auth: Any) -> frozenset[str]:
    """The stores of the node that has come."""
    token = auth.get("token") if isinstance(auth, dict) else None
    with current.read() as session:
        node = node_of(session, token) if isinstance(token, str) and token else None
    if node is None:
        raise ConnectionRefusedError("unknown-node")
    for room in (_node_room(node.node_id), *map(store_room, node.store_ids)):
        join_room(room, sid=_sid(), namespace=NODES)
    return node.store_ids


def _write(record: Callable[[Session], None]) -> None:
    """What cannot be written down is told by the next report, or by its absence."""
    try:
        with current.write() as session:
            record(session)
            session.commit()
    except SQLAlchemyError as problem:
        log.warning("a node's line was not written down", problem=type(problem).__name__)


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _node_room(node_id: str) -> str:
    return f"node:{node_id}"
