"""Writers of one process come up to SQLite in the order in which they asked.

SQLite lets whoever looks at the right moment write: a writer that finds it busy sleeps, longer each time,
and looks again. Where hundreds of nodes report at once some would sleep for many seconds while newcomers
pass them by. Invariant: a turn is given back when its connection goes back to the pool, however it ended.
"""

from __future__ import annotations

from collections import deque
from threading import Event, Lock
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

TURN = "evertill_turn"


class Turns:
    def __init__(self) -> None:
        self._lock = Lock()
        self._is_taken = False
        self._waiting: deque[Event] = deque()

    def take(self, *, timeout_s: float) -> bool:
        """Wait for this thread's turn; False when it does not come in time."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = Event()
            self._waiting.append(turn)
        if turn.wait(timeout_s):
            return True
        with self._lock:
            # It may have come in this very moment.
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


def keep_turns(engine: Engine) -> Turns:
    """Turns of the engine's writers; `begin` takes them, the pool gives them back."""
    turns = Turns()

    def give_back(_connection: Any, record: Any) -> None:
        if record.info.pop(TURN, False):
            turns.give_back()

    event.listen(engine, "checkin", give_back)
    return turns


def take_turn(connection: Connection, turns: Turns, *, timeout_s: float) -> None:
    """Before a transaction that writes. Without a turn the database itself decides, and may refuse."""
    if not connection.info.get(TURN):
        connection.info[TURN] = turns.take(timeout_s=timeout_s)
