"""How many WebSockets a process takes: each holds a thread while it is open, and pages need threads, too.

Invariants: there are always threads that no socket holds; whoever has not said who they are within some
seconds gives the place to the next that comes. Who gets none looks for news by itself, now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR
from threading import Lock
from time import monotonic
from typing import Any

import structlog

from shared_web.metrics import Figure

log = structlog.get_logger("evertill.sockets")

FOR_PAGES = 16
UNKNOWN_FOR_S = 5
FELL_SILENT = "ping timeout"  # Engine.IO's words
PLACE = "evertill.socket_place"
# How the servers call the connection: gunicorn, and Werkzeug's.
CONNECTIONS = ("gunicorn.socket", "werkzeug.socket")


@dataclass(eq=False)
class Place:
    """Of one socket, from the question for it to its end."""

    connection: Any
    since: float
    is_known: bool = False

    def hang_up(self) -> None:
        with suppress(OSError, AttributeError):
            self.connection.shutdown(SHUT_RDWR)


class SocketPlaces:
    """WSGI in front of the houses of a process with so many `threads`."""

    def __init__(self, app: Callable[..., Any], *, threads: int) -> None:
        self._app = app
        self.most = threads - min(FOR_PAGES, threads // 4)
        self._taken: list[Place] = []
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return self._app(environ, start_response)
        connection = next((environ[name] for name in CONNECTIONS if name in environ), None)
        place = Place(connection, since=monotonic())
        if not self._take(place):
            log.warning("no place for another socket", most=self.most)
            start_response("503 Service Unavailable", [("Retry-After", "5"), ("Content-Length", "0")])
            return []
        environ[PLACE] = place
        try:
            return self._app(environ, start_response)
        finally:
            self._leave(place)

    def figures(self) -> Iterable[Figure]:
        yield Figure("evertill_sockets", "WebSockets that are open here.", len(self._taken))
        yield Figure("evertill_sockets_most", "WebSockets that there are threads for.", self.most)

    def _take(self, place: Place) -> bool:
        with self._lock:
            if len(self._taken) >= self.most and not self._end_an_unknown(place.since):
                return False
            self._taken.append(place)
            return True

    def _end_an_unknown(self, now: float) -> bool:
        for place in self._taken:
            if not place.is_known and now - place.since > UNKNOWN_FOR_S:
                self._taken.remove(place)
                place.hang_up()
                return True
        return False

    def _leave(self, place: Place) -> None:
        with self._lock, suppress(ValueError):
            self._taken.remove(place)


def keep_place(environ: dict[str, Any]) -> None:
    """Whoever is behind this socket has proved who they are."""
    if (place := environ.get(PLACE)) is not None:
        place.is_known = True


def free_place(environ: dict[str, Any], *, reason: str) -> None:
    """Engine.IO has given this socket up.

    simple-websocket says goodbye and waits for the other's, in vain where somebody's computer is gone.
    Without this their thread would be held until the kernel gives up, a quarter of an hour later.
    """
    if (place := environ.get(PLACE)) is None:
        return
    if reason == FELL_SILENT:
        place.hang_up()
    else:
        # What is still on its way to them may arrive.
        place.since, place.is_known = monotonic(), False
