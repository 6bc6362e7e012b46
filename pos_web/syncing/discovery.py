"""The thread that asks the office which stores and terminals this node serves, and registers terminals.

Invariant: the book changes only by an answer of the office; silence changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from random import random
from threading import Thread
from typing import TypeVar

import structlog
from sqlalchemy.exc import DatabaseError, IntegrityError

from pos_web.syncing.bridge_client import BridgeClient, BridgeError, Refused
from pos_web.syncing.office_link import OfficeLink, ask_for_stores
from pos_web.syncing.schedule import Pace
from pos_web.syncing.served import TERMINALS_ENDED, served_store_ids, update_served
from pos_web.syncing.sync_memory import Announce
from pos_web.syncing.sync_result import NOT_PAIRED_YET
from shared_web.database import Database
from sync_contract.changes import StoreEntry
from sync_contract.store_edit import StoreEdit, StoreEditAnswer

log = structlog.get_logger("evertill.syncing")
Job = Callable[[], None]
Answer = TypeVar("Answer")


class Discovery:
    """`on_change()` is called after the list of served stores was read, on this thread.

    `announce` tells the screens of terminals that have ended. `link` is that of a node far from its office:
    kept up to date here.
    """

    def __init__(
        self,
        book: Database,
        client: BridgeClient,
        pace: Pace,
        *,
        on_change: Callable[[], None],
        announce: Announce,
        link: OfficeLink | None = None,
    ) -> None:
        self._book = book
        self._client = client
        self._pace = pace
        self._link = link
        self._on_change = on_change
        self._announce = announce
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sync-discovery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._jobs.put(None)

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def kick(self) -> None:
        self._jobs.put(self._look_quietly)

    def look(self) -> Future[bool]:
        """True once the office has answered and the book agrees with it."""
        return self._answered(self._look)

    def register(self, code: str) -> Future[str | None]:
        """The id of the terminal that `code` was for; None when the office refuses the code."""
        return self._answered(partial(self._register, code))

    def edit_store(self, edit: StoreEdit) -> Future[StoreEditAnswer]:
        """What the office makes of the change of a store's settings."""
        return self._answered(partial(self._client.edit_store, edit))

    def _answered(self, work: Callable[[], Answer]) -> Future[Answer]:
        """What comes of `work` on this thread, be it an exception: whoever waits is told at once."""
        answer: Future[Answer] = Future()

        def job() -> None:
            try:
                answer.set_result(work())
            except BridgeError as problem:
                answer.set_exception(problem)
            except Exception as problem:
                answer.set_exception(problem)
                raise

        self._jobs.put(job)
        return answer

    def _run(self) -> None:
        self._try(self._look)
        while True:
            try:
                job = self._jobs.get(timeout=self._period())
            except Empty:
                job = self._look_quietly
            if job is None:
                return
            self._try(job)

    def _period(self) -> float:
        try:
            with self._book.read() as session:
                has_stores = bool(served_store_ids(session))
        except DatabaseError:
            # It comes back; this thread must be there when it does.
            has_stores = False
        period = self._pace.heartbeat_s if has_stores else self._pace.first_sync_s
        return period * (1 + self._pace.spread * (2 * random() - 1))

    def _try(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception as problem:
            log.error("looking for stores failed", exc_info=problem)

    def _look_quietly(self) -> None:
        self._look()

    def _look(self) -> bool:
        try:
            stores = ask_for_stores(self._client, self._link)
        except BridgeError as problem:
            if isinstance(problem, Refused) and problem.error != NOT_PAIRED_YET:
                log.warning("the office refuses this node", sentence=problem.sentence)
            return False
        try:
            self._keep(stores)
        except IntegrityError:
            # Another worker kept the same answer at this very moment.
            self._keep(stores)
        self._on_change()
        return True

    def _keep(self, stores: list[StoreEntry]) -> None:
        with self._book.write() as session:
            ended = update_served(session, stores=stores)
            session.commit()
        for store_id, terminals in ended.items():
            self._announce(store_id, TERMINALS_ENDED, {"terminals": terminals})

    def _register(self, code: str) -> str | None:
        try:
            registration = self._client.register(code)
        except Refused as refusal:
            if refusal.status in {400, 404, 409, 410, 422}:
                return None
            raise
        self._look()
        return registration.terminal.id
