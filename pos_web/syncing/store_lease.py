"""One worker's hold on one store: it takes the store's lease, keeps it, and gives it back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from pos_web.database import new_uuid
from pos_web.syncing import lease
from shared_web.database import Database


class StoreLease:
    """`owner` names this worker. `is_alone`: no other worker serves the same book."""

    def __init__(
        self,
        store_id: str,
        *,
        book: Database,
        clock: Callable[[], datetime],
        owner: str = "",
        is_alone: bool = True,
        lasts_s: float = lease.LASTS_S,
    ) -> None:
        self._store_id = store_id
        self._book = book
        self._clock = clock
        self._owner = owner or new_uuid()
        self._is_alone = is_alone
        self._lasts_s = lasts_s
        self._watch = lease.Watch(lasts_s=lasts_s)
        # The number under which this worker writes; 0 while another one has the store.
        self.fence = 0

    @property
    def is_held(self) -> bool:
        """Had this worker the store when it last asked?"""
        return bool(self.fence)

    def hold(self) -> bool:
        """Take or keep the store for this worker; False while another one has it."""
        if not (self._is_alone and self.fence):
            self.fence = self._take()
        return self.is_held

    def lose(self) -> None:
        """Somebody has written under a newer fence: the store is to be taken anew before anything else."""
        self.fence = 0

    def kept(self) -> AbstractContextManager[None]:
        """Within it the store stays this worker's, however long that takes."""
        if self._is_alone:
            return nullcontext()
        return lease.kept(self._take, every_s=self._lasts_s * lease.RENEWED_AFTER)

    def release(self) -> None:
        """Let another worker take over at once."""
        with self._book.write() as session:
            lease.release(session, store_id=self._store_id, owner=self._owner, now=self._clock())
            session.commit()
        self.fence = 0

    def outgrow(self, session: Session, *, above: int) -> None:
        """Lift the fence above `above`, a fence that the replica has seen; the caller commits."""
        self.fence = lease.outgrow(session, store_id=self._store_id, owner=self._owner, above=above)

    def is_newest(self, reading: Session | Connection, *, fence: int) -> bool:
        """Has nobody taken the store over since this worker held it under `fence`?"""
        return lease.is_held(reading, store_id=self._store_id, owner=self._owner, fence=fence)

    def _take(self) -> int:
        with self._book.write() as session:
            fence = lease.take(
                session,
                store_id=self._store_id,
                owner=self._owner,
                now=self._clock(),
                lasts_s=self._lasts_s,
                watch=self._watch,
                is_alone=self._is_alone,
            )
            session.commit()
        return fence or 0
