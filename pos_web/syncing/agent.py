"""The node's agent: a thread per store that keeps it in step with the office, and one that finds stores.

Invariants: only the agent's own threads talk to the office (embedded, the client calls the office's app
in this process, and must not do so inside another app's request); callers leave a wish and wait with a
limit; everything works when the office is unreachable from the first second.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as PatienceEnded
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import TypeVar

from pos_web.database import new_uuid
from pos_web.syncing.bridge_client import BridgeClient, Offline
from pos_web.syncing.discovery import Discovery
from pos_web.syncing.inbox import Hint
from pos_web.syncing.mend import open_or_begin_anew
from pos_web.syncing.office_link import OfficeLink
from pos_web.syncing.schedule import Pace
from pos_web.syncing.served import served_store_ids
from pos_web.syncing.store_sync import StoreSync
from pos_web.syncing.store_thread import StoreThread
from pos_web.syncing.sync_memory import Announce
from pos_web.syncing.sync_result import OFFLINE, REFUSED, RUNNING, UNKNOWN_STORE, SyncResult, Unkept
from shared_web import pages_first
from shared_web.database import Database
from sync_contract.notice import Notice
from sync_contract.store_edit import StoreEdit, StoreEditAnswer

PATIENCE_S = 7.0
JOIN_S = 10.0
T = TypeVar("T")


class Agent:
    """`announce(store_id, event, payload)` tells a store's screens: `pos:notice`, `pos:applied`, `pos:state`.

    `is_alone`: no other worker serves the same book, so leases of crashed ones may be taken at once.
    `pass_on(hint)` tells the other workers what the one that holds a store must know.
    `link`: how a node far from its office knows it; None inside one process.
    """

    def __init__(
        self,
        book: Database,
        replica: Database,
        client: BridgeClient,
        clock: Callable[[], datetime],
        announce: Announce,
        *,
        pace: Pace | None = None,
        is_alone: bool = True,
        pass_on: Callable[[Hint], None] = lambda hint: None,
        link: OfficeLink | None = None,
    ) -> None:
        self._book = book
        self._replica = replica
        self._client = client
        self._clock = clock
        self._announce = announce
        self._pace = pace or Pace()
        self._is_alone = is_alone
        self._pass_on = pass_on
        # The process is for people who look into the table.
        self._owner = f"{os.getpid()}-{new_uuid()}"
        self._lock = Lock()
        self._stores: dict[str, StoreThread] = {}
        self._is_running = False
        # In one process every notice arrives; far away only while the socket stands.
        self._is_listening = link is None
        self._discovery = Discovery(
            book, client, self._pace, on_change=self._follow_the_book, announce=announce, link=link
        )

    def start(self) -> None:
        """Open the replica, then start a thread for each known store and the one that finds others."""
        open_or_begin_anew(self._replica)
        self._is_running = True
        self._follow_the_book()
        self._discovery.start()

    def stop(self) -> None:
        """End all threads; everybody who waits gets an answer."""
        self._is_running = False
        with self._lock:
            threads = list(self._stores.values())
            self._stores.clear()
        self._discovery.ask_to_stop()
        for thread in threads:
            thread.ask_to_stop()
        for thread in threads:
            thread.join(JOIN_S)
        self._discovery.join(JOIN_S)

    def sync(
        self,
        store_id: str,
        *,
        by: str,
        is_manual: bool = True,
        is_full: bool = False,
        takes_older: bool = False,
        wait_s: float = PATIENCE_S,
    ) -> SyncResult:
        """Sync the store and wait up to `wait_s` seconds; the answer knows all that was published before.

        A sync that is under way is waited for, and callers that wait share the one after it.
        `takes_older`: a person wants the older state of an office that was restored from a backup.
        Outcome `running` when the time is over first; the sync then ends by itself. `offline` if it was the
        office that let everybody wait.
        """
        asked_at = monotonic()
        ends_at = asked_at + wait_s
        if store_id not in self._stores and self._is_running:
            self.discover(wait_s)
        thread = self._stores.get(store_id)
        if thread is None:
            return SyncResult(REFUSED, reason=UNKNOWN_STORE)
        answer = thread.ask(by=by, is_manual=is_manual, is_full=is_full, takes_older=takes_older)
        result = _within(answer, max(ends_at - monotonic(), 0))
        if result is None:
            return SyncResult(OFFLINE if self._client.is_silent_since(asked_at) else RUNNING)
        return result

    def notice(self, notice: Notice) -> None:
        """A hint that a version exists. Only sets an event, whatever thread it comes from."""
        thread = self._stores.get(notice.store)
        if thread is None:
            self._discovery.kick()
        else:
            thread.notice(notice)

    def hear(self, hint: Hint) -> None:
        """What another worker passed on."""
        if (thread := self._stores.get(hint.store)) is not None:
            thread.hear(hint)

    def line_changed(self, *, is_listening: bool) -> None:
        """The socket to the office stands now, or was cut: every store compares versions at once."""
        self._is_listening = is_listening
        for thread in list(self._stores.values()):
            thread.line_changed(is_listening=is_listening)
        if is_listening:
            self._discovery.kick()

    def kick_outbox(self, store_id: str) -> None:
        """After a commit that put a document into the outbox: send it soon."""
        if (thread := self._stores.get(store_id)) is not None:
            thread.kick_outbox()

    def check_replica_soon(self) -> None:
        """After a screen could not read the replica: find out why, and mend it."""
        for thread in list(self._stores.values()):
            thread.check_replica_soon()

    def report_soon(self, store_id: str) -> None:
        """After a till told what it shows: let the office know without waiting for the heartbeat."""
        if (thread := self._stores.get(store_id)) is not None:
            thread.report_soon()

    def discover(self, wait_s: float = PATIENCE_S) -> bool:
        """Ask the office now which stores and terminals it has; False when it did not answer in time."""
        found: bool | None = _within(self._discovery.look(), wait_s)
        return found is True

    def register(self, code: str, wait_s: float = PATIENCE_S) -> str | None:
        """Redeem a one-time code at the office; the terminal's id, or None for a code that is not valid.

        The terminal is in the book when this returns. Raises Offline when nobody answered.
        """
        try:
            with pages_first.waiting():
                return self._discovery.register(code).result(wait_s)
        except PatienceEnded:
            raise Offline("the office did not answer in time") from None

    def edit_store(self, edit: StoreEdit, wait_s: float = PATIENCE_S) -> StoreEditAnswer:
        """Have the office edit and publish a store's settings. Raises Offline, Refused."""
        if not self._is_running:
            raise Offline("the agent does not run")
        try:
            with pages_first.waiting():
                return self._discovery.edit_store(edit).result(wait_s)
        except PatienceEnded:
            raise Offline("the office did not answer in time") from None

    @property
    def clock_wrong_by_s(self) -> int:
        """Seconds that this computer's clock is ahead of the office's; 0 when they agree."""
        return self._client.clock_wrong_by_s

    def sign(self, content: bytes) -> str:
        """The signature of a file that is carried to the office by hand. Asks nobody."""
        return self._client.sign(content)

    def is_syncing(self, store_id: str) -> bool:
        thread = self._stores.get(store_id)
        return thread is not None and thread.is_syncing

    def unkept(self, store_id: str) -> Unkept | None:
        """What this process could not write down of the store's syncs."""
        thread = self._stores.get(store_id)
        return thread.unkept if thread is not None else None

    def _follow_the_book(self) -> None:
        """Have a thread for each store that the book says is served, and for no other."""
        with self._book.read() as session:
            served = set(served_store_ids(session))
        with self._lock:
            if not self._is_running:
                return
            gone = [self._stores.pop(store_id) for store_id in set(self._stores) - served]
            for store_id in sorted(served - set(self._stores)):
                self._stores[store_id] = self._new_thread(store_id)
                self._stores[store_id].start()
        for thread in gone:
            thread.ask_to_stop()

    def _new_thread(self, store_id: str) -> StoreThread:
        steps = StoreSync(
            store_id,
            book=self._book,
            replica=self._replica,
            client=self._client,
            clock=self._clock,
            announce=self._announce,
            owner=self._owner,
            is_alone=self._is_alone,
            lease_lasts_s=self._pace.lease_lasts_s,
        )
        return StoreThread(
            steps,
            book=self._book,
            pace=self._pace,
            is_alone=self._is_alone,
            is_listening=self._is_listening,
            pass_on=self._pass_on,
        )


def _within(answer: Future[T], wait_s: float) -> T | None:
    try:
        with pages_first.waiting():
            return answer.result(wait_s)
    except PatienceEnded:
        return None
