"""Long work in the background gives way to pages, because one interpreter serves both.

Invariants: whoever waits at a screen is served before the next piece of a sync; the sync goes on all the
same, a piece every `PATIENCE_S`, however many pages there are; a page that itself waits for the sync does
not hold it up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock, local
from typing import Any

PATIENCE_S = 0.02
# How long the interpreter lets a thread go on while others want it: a tenth of its own habit.
TURN_S = 0.0005
WsgiApp = Callable[..., Any]


class _Pages:
    """How many pages are being made in this process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._mine = local()
        self._count = 0

    def begin(self) -> None:
        with self._changed:
            self._count += 1
        self._mine.is_page = True

    def end(self) -> None:
        self._mine.is_page = False
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    @property
    def is_mine(self) -> bool:
        """Does this very thread make a page?"""
        return bool(getattr(self._mine, "is_page", False))

    def wait_for_none(self) -> None:
        if self._count:
            with self._changed:
                self._changed.wait_for(lambda: self._count == 0, PATIENCE_S)


_pages = _Pages()


def pages_first(wsgi: WsgiApp) -> WsgiApp:
    """`wsgi`, whose requests are pages that long work gives way to."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        _pages.begin()
        try:
            return wsgi(environ, start_response)
        finally:
            _pages.end()

    return application


def give_way() -> None:
    """Between two pieces of long work: let the pages that are being made be finished."""
    _pages.wait_for_none()


@contextmanager
def waiting() -> Iterator[None]:
    """Inside a page: from here on it only waits for long work, which need not give way to it."""
    if not _pages.is_mine:
        yield
        return
    _pages.end()
    try:
        yield
    finally:
        _pages.begin()


class _Turns:
    """Short while anybody works long: several stores may sync at once, and the last one to end counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._workers = 0
        self._usual_s = 0.0

    def shorten(self) -> None:
        with self._lock:
            self._workers += 1
            if self._workers == 1:
                self._usual_s = sys.getswitchinterval()
                sys.setswitchinterval(TURN_S)

    def restore(self) -> None:
        with self._lock:
            self._workers -= 1
            if self._workers == 0:
                sys.setswitchinterval(self._usual_s)


_turns = _Turns()


@contextmanager
def short_turns() -> Iterator[None]:
    """Long work: a page that comes in the middle of a piece gets the interpreter soon, again and again."""
    _turns.shorten()
    try:
        yield
    finally:
        _turns.restore()
