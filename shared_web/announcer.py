"""Socket.IO events sent from a thread of their own, after the commit that they tell of.

Emitting takes time that grows with the number of screens, so no request waits for it. What waits twice is
sent once: after a restart every till comes back at the same moment, and each would be told of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from shared_web.worked_queue import WorkedQueue

Entry = tuple[str, dict[str, Any], str]
log = structlog.get_logger("evertill.announcer")


class Announcer:
    """`emit(event, payload, room)` is the Socket.IO server's; `announce` only queues."""

    def __init__(self, emit: Callable[[str, dict[str, Any], str], None]) -> None:
        self._emit = emit
        self._queue = WorkedQueue[Entry]("announcer", self._send_all)
        self.start, self.stop = self._queue.start, self._queue.stop

    def announce(self, event: str, payload: dict[str, Any], *, room: str) -> None:
        """Send `event` to everybody in `room`, soon. Call it after the commit."""
        self._queue.put((event, payload, room))

    def _send_all(self, entries: list[Entry]) -> None:
        # What is equal goes out once.
        for entry in {repr(entry): entry for entry in entries}.values():
            self._send(*entry)

    def _send(self, event: str, payload: dict[str, Any], room: str) -> None:
        try:
            self._emit(event, payload, room)
        except Exception as problem:  # a lost notice costs nothing: versions are compared anyway
            log.warning("announcement failed", notice=event, exc_info=problem)
