"""Whose sockets stand at this worker, written down by a thread of its own: no node waits for it to be let in.

Invariants: what happens to lines is written in the order in which it happened here; a node is cut off when
its last socket at this worker has gone and no newer one, at whatever worker, was written down since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backoffice_web.bridge.access import NodeAccess
from backoffice_web.terminals.report import record_cut, record_line
from shared_web.database import Database
from shared_web.worked_queue import WorkedQueue

log = structlog.get_logger("evertill.nodes")


@dataclass(frozen=True)
class Line:
    """A node is there, with the stores that it serves: `since` when its newest socket came."""

    node: NodeAccess
    since: datetime


class NodeLines:
    """`tell(store_id)` is called after it was written down that a store's node is there or gone."""

    def __init__(self, database: Database, *, tell: Callable[[str], None]) -> None:
        self._database = database
        self._tell = tell
        # By node: the sockets that stand, and the line that they make.
        self._standing: dict[str, set[str]] = {}
        self._lines: dict[str, Line] = {}
        self._lock = Lock()
        self._queue = WorkedQueue[tuple[Line, datetime | None]]("node-lines", self._write_all)
        self.start, self.stop = self._queue.start, self._queue.stop

    def came(self, sid: str, node: NodeAccess, *, now: datetime) -> None:
        """The socket `sid` has proved to be the node's."""
        with self._lock:
            self._standing.setdefault(node.node_id, set()).add(sid)
            line = self._lines[node.node_id] = Line(node, now)
            self._queue.put((line, None))

    def went(self, sid: str, *, now: datetime) -> None:
        """The socket `sid` has gone; of one that was never let in nobody needs to know."""
        with self._lock:
            node_id = next((node for node, sids in self._standing.items() if sid in sids), None)
            if node_id is None:
                return
            self._standing[node_id].remove(sid)
            if not self._standing[node_id]:
                del self._standing[node_id]
                self._queue.put((self._lines.pop(node_id), now))

    def _write_all(self, happened: list[tuple[Line, datetime | None]]) -> None:
        for line, cut_at in happened:
            try:
                self._write(line, cut_at)
            except SQLAlchemyError as problem:
                # The next report says it, or its absence does.
                log.warning("a node's line was not written down", problem=type(problem).__name__)

    def _write(self, line: Line, cut_at: datetime | None) -> None:
        store_ids = line.node.store_ids
        with self._database.write() as session:
            if cut_at is None:
                record_line(session, store_ids=store_ids, now=line.since)
            else:
                record_cut(session, store_ids=store_ids, since=line.since, now=cut_at)
            session.commit()
        for store_id in sorted(store_ids):
            self._tell(store_id)
