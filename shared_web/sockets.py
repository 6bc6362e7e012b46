"""How both houses open their Socket.IO servers: WebSocket only, and only with the page's CSRF token."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_socketio import SocketIO
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError


def open_sockets(
    app: Flask, *, channel: str, redis_url: str | None, ping_interval: int, ping_timeout: int
) -> SocketIO:
    """A Socket.IO server of its own for `app`; intervals in whole seconds."""
    return SocketIO(
        app,
        async_mode="threading",
        manage_session=False,
        transports=["websocket"],
        path="socket.io",
        channel=channel,
        message_queue=redis_url,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
    )


def stop_sockets(app: Flask) -> None:
    """End the thread that looks after the server's connections."""
    app.extensions["socketio"].server.shutdown()


def has_valid_token(auth: Any) -> bool:
    """Does the connecting page hold a CSRF token? `before_request` does not run for sockets."""
    token = auth.get("csrf") if isinstance(auth, dict) else None
    try:
        validate_csrf(token if isinstance(token, str) else "")
    except ValidationError:
        return False
    return True
