"""The tills' sockets: a registered terminal joins the room of its store and is told of news there."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, session
from flask_login import current_user
from flask_socketio import SocketIO, join_room

from pos_web import current
from shared_web.announcer import Announcer
from shared_web.socket_places import free_place, keep_place
from shared_web.sockets import has_valid_token, open_sockets


def new_sockets(app: Flask, *, redis_url: str | None) -> SocketIO:
    # Two seconds: a till must know within five that its store node is gone.
    sockets = open_sockets(app, channel="pos", redis_url=redis_url, ping_interval=2, ping_timeout=2)
    sockets.on_event("connect", _connect)
    sockets.on_event("disconnect", _disconnect)
    return sockets


def store_room(store_id: str) -> str:
    return f"store:{store_id}"


def terminal_room(terminal_id: str) -> str:
    """The screens of one terminal, whoever is signed in there."""
    return f"terminal:{terminal_id}"


def session_room(key: str) -> str:
    """The screens of one sign-in."""
    return f"session:{key}"


def announce_approvals(announcer: Announcer, store_id: str) -> None:
    """After the commit: somebody asked for an approval, or one was answered; whom it concerns looks."""
    announcer.announce("pos:approvals", {}, room=store_room(store_id))


def _connect(auth: Any = None) -> bool:
    terminal = current.terminal()
    if terminal is None or not has_valid_token(auth):
        return False
    join_room(store_room(terminal.store_id), sid=_sid())
    join_room(terminal_room(terminal.id), sid=_sid())
    # The loader has looked whether the session still goes on.
    if current_user.is_authenticated:
        join_room(session_room(session["till_session"]), sid=_sid())
    person = current_user.name if current_user.is_authenticated else ""
    current.node().presence.came(
        sid=_sid(), store_id=terminal.store_id, terminal_id=terminal.id, person=person
    )
    keep_place(request.environ)
    return True


def _disconnect(reason: str) -> None:
    free_place(request.environ, reason=reason)
    current.node().presence.went(sid=_sid())


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
