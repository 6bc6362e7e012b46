"""Socket.IO events sent from a thread of their own, after the commit that they tell of.

Emitting takes time that grows with the number of screens, so no request waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any

import structlog

log = structlog.get_logger("evertill.announcer")


class Announcer:
    """`emit(event, payload, room)` is the Socket.IO server's; `announce` only queues."""

    def __init__(self, emit: Callable[[str, dict[str, Any], str], None]) -> None:
        self._emit = emit
        self._queue: SimpleQueue[tuple[str, dict[str, Any], str] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="announcer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Send what is queued, then end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(5)
            self._thread = None

    def announce(self, event: str, payload: dict[str, Any], *, room: str) -> None:
        """Send `event` to everybody in `room`, soon. Call it after the commit."""
        self._queue.put((event, payload, room))

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            try:
                self._emit(*entry)
            except Exception as problem:  # a lost notice costs nothing: versions are compared anyway
                log.warning("announcement failed", notice=entry[0], exc_info=problem)
