"""Works on the next part while the last one is being written.

A database that writes leaves the interpreter to others: with a second core the two go on side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def worked_ahead(parts: Iterator[T]) -> Iterator[Iterator[T]]:
    """Yields `parts`, each worked out by a thread of its own while the one before is in use.

    The first is begun at once, and at most one waits. What a part raises is raised where it is taken; at the
    end, however it comes, the thread has ended and nobody reads from `parts` any more.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        yield _one_ahead(thread.submit(next, parts, None), parts, thread)


def _one_ahead(coming: Future[T | None], parts: Iterator[T], thread: ThreadPoolExecutor) -> Iterator[T]:
    while (part := coming.result()) is not None:
        coming = thread.submit(next, parts, None)
        yield part
