"""The tills' sockets: a registered terminal joins the room of its store and is told of news there."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_socketio import SocketIO, join_room

from pos_web import current
from shared_web.announcer import Announcer
from shared_web.sockets import has_valid_token, open_sockets


def new_sockets(app: Flask, *, redis_url: str | None) -> SocketIO:
    # Two seconds: a till must know within five that its store node is gone.
    sockets = open_sockets(app, channel="pos", redis_url=redis_url, ping_interval=2, ping_timeout=2)
    sockets.on_event("connect", _connect)
    return sockets


def store_room(store_id: str) -> str:
    return f"store:{store_id}"


def announce_approvals(announcer: Announcer, store_id: str) -> None:
    """After the commit: somebody asked for an approval, or one was answered; whom it concerns looks."""
    announcer.announce("pos:approvals", {}, room=store_room(store_id))


def _connect(auth: Any = None) -> bool:
    terminal = current.terminal()
    if terminal is None or not has_valid_token(auth):
        return False
    join_room(store_room(terminal.store_id), sid=request.sid)  # type: ignore[attr-defined]
    return True
