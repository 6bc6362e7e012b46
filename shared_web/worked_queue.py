"""A queue that a thread of its own works off: whoever puts something into it waits for nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class WorkedQueue(Generic[T]):
    """`work` gets all that waits, in order, and must not raise. `start` it after a fork, never before."""

    def __init__(self, name: str, work: Callable[[list[T]], None]) -> None:
        self._name = name
        self._work = work
        self._queue: SimpleQueue[T | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, entry: T) -> None:
        self._queue.put(entry)

    def start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Work off what is there, then end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(5)
            self._thread = None

    def _run(self) -> None:
        while True:
            taken = self._take()
            self._work([entry for entry in taken if entry is not None])
            if None in taken:
                return

    def _take(self) -> list[T | None]:
        taken = [self._queue.get()]
        with suppress(Empty):
            while True:
                taken.append(self._queue.get_nowait())
        return taken
