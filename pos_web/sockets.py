"""The tills' sockets: a registered terminal joins the room of its store and is told of news there."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, request, session
from flask_login import current_user
from flask_socketio import SocketIO, join_room
from sqlalchemy.exc import DatabaseError

from pos_web import current
from pos_web.terminals.presence import note_connected, note_gone
from shared_web.announcer import Announcer
from shared_web.sockets import has_valid_token, open_sockets

log = structlog.get_logger("evertill.sockets")


def new_sockets(app: Flask, *, redis_url: str | None) -> SocketIO:
    # Two seconds: a till must know within five that its store node is gone.
    sockets = open_sockets(app, channel="pos", redis_url=redis_url, ping_interval=2, ping_timeout=2)
    sockets.on_event("connect", _connect)
    sockets.on_event("disconnect", _disconnect)
    return sockets


def store_room(store_id: str) -> str:
    return f"store:{store_id}"


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
    # The loader has looked whether the session still goes on.
    if current_user.is_authenticated:
        join_room(session_room(session["till_session"]), sid=_sid())
    _note_presence(terminal.store_id, is_here=True)
    return True


def _disconnect(_reason: Any = None) -> None:
    terminal = current.terminal()
    if terminal is not None:
        _note_presence(terminal.store_id, is_here=False)


def _note_presence(store_id: str, *, is_here: bool) -> None:
    """Write it for the Devices pages, and tell them. A socket does not fail for it."""
    try:
        with current.book_write() as book:
            if is_here:
                person = current_user.name if current_user.is_authenticated else ""
                terminal_id = current.the_terminal().id
                note_connected(
                    book,
                    sid=_sid(),
                    store_id=store_id,
                    terminal_id=terminal_id,
                    person=person,
                    now=current.now(),
                )
            else:
                note_gone(book, sid=_sid(), now=current.now())
            book.commit()
    except DatabaseError as problem:
        log.warning("presence not written", store=store_id, exc_info=problem)
        return
    current.node().announcer.announce("pos:devices", {}, room=store_room(store_id))


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
