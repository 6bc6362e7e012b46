"""A far node's socket to its office: hears of new versions, and notices when the office is gone or back.

Invariants: nothing depends on it – what it hears is a hint, and without it versions are compared more often;
it connects again for ever, at random intervals, so that the nodes of an enterprise do not come all at once.
"""

from __future__ import annotations

from collections.abc import Callable
from random import random
from threading import Event, Thread
from typing import Any, Protocol

import httpx2
import msgspec
import structlog
from socketio import Client
from socketio.exceptions import SocketIOError
from websocket import STATUS_NORMAL, WebSocket

from pos_web.syncing.direct_line import is_direct
from pos_web.syncing.name_lookup import open_line
from sync_contract.contract import CONTRACT
from sync_contract.notice import NODES, NOTICE, Notice

PATH = "backoffice/socket.io"
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
CONNECT_S = 5.0
log = structlog.get_logger("evertill.syncing")


class Listener(Protocol):
    """The agent, as far as the socket knows it."""

    def notice(self, notice: Notice) -> None: ...
    def line_changed(self, *, is_listening: bool) -> None: ...


class Link(Protocol):
    """Where the office is and by what it knows this node; empty texts before the pairing."""

    @property
    def office(self) -> str: ...
    @property
    def token(self) -> str: ...


class Line(WebSocket):
    """Finds the office as everything else does, and says goodbye and is gone: an answer to that would be
    taken away by the thread that reads, and be waited for in vain.
    """

    def connect(self, url: str, **options: Any) -> None:
        office = httpx2.URL(url.replace("ws", "http", 1))
        if is_direct(office):
            trusted = httpx2.create_ssl_context() if office.scheme == "https" else None
            options["socket"] = open_line(office, trusted=trusted, timeout_s=options.get("timeout"))
        super().connect(url, **options)  # type: ignore[no-untyped-call]

    def close(
        self, status: int = STATUS_NORMAL, reason: str | bytes = b"", timeout: float | None = 0
    ) -> None:
        super().close(status, reason, timeout)


class OfficeSocket:
    """`chance()` is uniform in [0, 1)."""

    def __init__(self, link: Link, listener: Listener, *, chance: Callable[[], float] = random) -> None:
        self._link = link
        self._listener = listener
        self._chance = chance
        self._is_stopping = Event()
        self._is_cut = Event()
        self._thread = Thread(target=self._run, name="office-socket", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping.set()
        self._is_cut.set()
        if self._thread.ident is not None:
            self._thread.join(CONNECT_S + 5)

    def _run(self) -> None:
        failures = 0
        while not self._is_stopping.is_set():
            try:
                failures = 0 if self._listen() else failures + 1
            except Exception as problem:
                log.error("the socket to the office failed", exc_info=problem)
                failures += 1
            self._is_stopping.wait(pause_s(failures, self._chance()))

    def _listen(self) -> bool:
        """Connect and stay until the line is cut; False when no connection came about."""
        if not self._link.token:
            return False
        self._is_cut.clear()
        socket = Client(reconnection=False, handle_sigint=False, websocket_extra_options={"class_": Line})
        socket.on(NOTICE, self._hear, namespace=NODES)
        socket.on("disconnect", self._cut, namespace=NODES)
        try:
            socket.connect(
                self._link.office,
                auth={"token": self._link.token, "contract": CONTRACT},
                transports=["websocket"],
                namespaces=[NODES],
                socketio_path=PATH,
                wait_timeout=CONNECT_S,
            )
        except (SocketIOError, OSError, ValueError):
            self._hang_up(socket)
            return False
        self._listener.line_changed(is_listening=True)
        # Stopping sets it too, and may have done so before `clear` above. Who is unpaired hears nothing more.
        while self._link.token and not (self._is_cut.wait(1.0) or self._is_stopping.is_set()):
            continue
        self._hang_up(socket)
        self._listener.line_changed(is_listening=False)
        return True

    def _hear(self, payload: Any = None) -> None:
        try:
            notice = msgspec.convert(payload, Notice)
        except msgspec.ValidationError:
            return
        self._listener.notice(notice)

    def _cut(self, *_reason: Any) -> None:
        self._is_cut.set()

    def _hang_up(self, socket: Client) -> None:
        try:
            socket.disconnect()
        except (SocketIOError, OSError) as problem:
            log.info("the socket to the office was gone already", problem=type(problem).__name__)


def pause_s(failures: int, chance: float) -> float:
    """Seconds before the next attempt: twice as long after each failure, and never the same for two nodes."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * float(2 ** min(failures, 10)))
    return longest * (0.5 + chance / 2)
