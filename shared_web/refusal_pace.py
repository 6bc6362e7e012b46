"""How often a refusal is worth an entry of the journal: once in ten minutes for the same person and thing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock

from shared_web.clock import is_within

AGAIN_AFTER = timedelta(minutes=10)
MOST_REMEMBERED = 2_000


class RefusalPace:
    """Remembers in memory: a restart writes down once more, which harms nobody."""

    def __init__(self) -> None:
        self._last: OrderedDict[Hashable, datetime] = OrderedDict()
        self._lock = Lock()

    def is_due(self, about: Hashable, *, now: datetime) -> bool:
        """Shall this refusal be written down? Says yes once per ten minutes."""
        with self._lock:
            last = self._last.get(about)
            if last is not None and is_within(now, last, last + AGAIN_AFTER):
                return False
            self._last[about] = now
            self._last.move_to_end(about)
            while len(self._last) > MOST_REMEMBERED:
                self._last.popitem(last=False)
            return True
