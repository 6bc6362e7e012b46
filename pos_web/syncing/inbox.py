"""What other threads and other workers tell a store's thread: hints, which nobody loses and nobody waits for.

Invariant: what comes while the thread is at work is there when it looks again, each thing once.
"""

from __future__ import annotations

from threading import Event, Lock

import msgspec

from sync_contract.notice import Notice
from sync_contract.readers import reader


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look after. A worker passes it on to the one that holds the store.

    Who misses it (Redis was away) finds out by the heartbeat.
    """

    store: str
    notice: Notice | None = None
    is_outbox_kicked: bool = False
    is_report_wanted: bool = False
    is_check_wanted: bool = False

    def joined(self, later: Hint) -> Hint:
        """Both of them."""
        return Hint(
            store=self.store,
            notice=_newest(self.notice, later.notice),
            is_outbox_kicked=self.is_outbox_kicked or later.is_outbox_kicked,
            is_report_wanted=self.is_report_wanted or later.is_report_wanted,
            is_check_wanted=self.is_check_wanted or later.is_check_wanted,
        )


# `convert` reads it.
reader(Hint)


class Inbox:
    """`wake` is set by everything that comes."""

    def __init__(self, store_id: str) -> None:
        self.wake = Event()
        self._empty = Hint(store=store_id)
        self._found = self._empty
        self._lock = Lock()

    def put(self, hint: Hint) -> None:
        with self._lock:
            self._found = self._found.joined(hint)
        self.wake.set()

    def take(self) -> Hint:
        """All that came since the last time."""
        with self._lock:
            found, self._found = self._found, self._empty
        return found


def _newest(known: Notice | None, told: Notice | None) -> Notice | None:
    if known is None or told is None:
        return known or told
    return told if told.version > known.version or told.urgent else known
