"""The Back Office's sockets: signed-in people are told of publications, reports and sales."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Flask, request
from flask_login import current_user
from flask_socketio import SocketIO, join_room

from backoffice_web.node_lines import NodeLines
from backoffice_web.node_sockets import open_node_door
from shared_web.socket_places import free_place, keep_place
from shared_web.sockets import has_valid_token, open_sockets


def new_sockets(app: Flask, lines: NodeLines, *, redis_url: str | None) -> SocketIO:
    # 6 + 4 s, and then a question that may take 4 s: a node's tills say within 15 that the office is gone.
    sockets = open_sockets(app, channel="office", redis_url=redis_url, ping_interval=6, ping_timeout=4)
    sockets.on_event("connect", _connect)
    sockets.on_event("disconnect", lambda reason: free_place(request.environ, reason=reason))
    open_node_door(sockets, lines)
    return sockets


def _connect(auth: Any = None) -> bool:
    if not current_user.is_authenticated or current_user.duty or not has_valid_token(auth):
        return False
    for room in ("office", f"user:{current_user.employee_id}", f"session:{current_user.session_id}"):
        join_room(room, sid=request.sid)  # type: ignore[attr-defined]
    keep_place(request.environ)
    return True


def held_sessions(sockets: SocketIO) -> set[str]:
    """The sessions whose pages are connected to this worker."""
    rooms = list(sockets.server.manager.rooms.get("/", {}))
    prefix = "session:"
    return {room.removeprefix(prefix) for room in rooms if isinstance(room, str) and room.startswith(prefix)}


def close_session(sockets: SocketIO, session_id: str) -> None:
    """End the connections of one session."""
    for sid, _eio_sid in list(sockets.server.manager.get_participants("/", f"session:{session_id}")):
        sockets.server.disconnect(sid)


def close_sockets(sockets: SocketIO, employee_id: str, alive: Collection[str]) -> None:
    """End the person's connections, but for those of the sessions that are `alive`."""
    manager = sockets.server.manager
    kept = {sid for key in alive for sid, _eio_sid in manager.get_participants("/", f"session:{key}")}
    for sid, _eio_sid in list(manager.get_participants("/", f"user:{employee_id}")):
        if sid not in kept:
            sockets.server.disconnect(sid)
