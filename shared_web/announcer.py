"""Socket.IO events sent from a thread of their own, after the commit that they tell of.

Emitting takes time that grows with the number of screens, so no request waits for it. What waits twice is
sent once: after a restart every till comes back at the same moment, and each would be told of each.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import structlog

Entry = tuple[str, dict[str, Any], str]
log = structlog.get_logger("evertill.announcer")


class Announcer:
    """`emit(event, payload, room)` is the Socket.IO server's; `announce` only queues."""

    def __init__(self, emit: Callable[[str, dict[str, Any], str], None]) -> None:
        self._emit = emit
        self._queue: SimpleQueue[Entry | None] = SimpleQueue()
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
        while waiting := self._take():
            for entry in waiting:
                if entry is None:
                    return
                self._send(*entry)

    def _take(self) -> list[Entry | None]:
        """All that waits, what is equal once."""
        taken = [self._queue.get()]
        with suppress(Empty):
            while True:
                taken.append(self._queue.get_nowait())
        return list({repr(entry): entry for entry in taken}.values())

    def _send(self, event: str, payload: dict[str, Any], room: str) -> None:
        try:
            self._emit(event, payload, room)
        except Exception as problem:  # a lost notice costs nothing: versions are compared anyway
            log.warning("announcement failed", notice=event, exc_info=problem)
