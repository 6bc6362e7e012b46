"""A store node without screens in a process of its own: it does what each line on its input says.

`python -m tests.bench.node FOLDER ADDRESS TOKEN STORE`; answers are JSON lines. Times in ms.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pos_web import tables
from pos_web.database import BookBase, ReplicaBase
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.syncing.rebuild import open_replica, verify
from pos_web.syncing.store_sync import StoreSync
from shared_web.database import PRAGMAS, Database, create_tables
from shared_web.serving import settle_memory

assert tables.MODULES
TABLES = {"replica_records": "version, kind, key", "item_index": "store_id, key", "barcode_index": "item"}


@contextmanager
def node(folder, *, address, office):
    """A fresh node process; yields `ask(command, **how)`."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.node", str(folder), address, office.token, office.store_id]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )

    def ask(command, **how):
        process.stdin.write(json.dumps({"command": command, **how}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the node ended with {process.wait()}")
        return json.loads(line)

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


class Node:
    """The commands."""

    def __init__(self, folder, address, token, store_id):
        self.folder = Path(folder)
        self.store_id = store_id
        self._told_at = 0.0
        self.book = Database(f"sqlite:///{folder}/book.sqlite3")
        self.replica = Database(f"sqlite:///{folder}/replica.sqlite3")
        create_tables(self.book, BookBase)
        open_replica(self.replica)
        self.client = BridgeClient(f"{address}/backoffice/bridge/v1/", token)
        self.steps = StoreSync(
            store_id,
            book=self.book,
            replica=self.replica,
            client=self.client,
            clock=lambda: datetime.now(UTC),
            announce=self._hear,
        )
        self.steps.lease.hold()
        self.client.stores()

    def sync(self, rounds=1, is_manual=True):
        """Sync `rounds` times: the time of each, what came of the last, how much memory it took.

        `ms` is until the answer, `told_ms` until the tills hear of the version: it is applied then, verified
        and durable, and the book's history is still to be written.
        """
        Path("/proc/self/clear_refs").write_text("5")  # forget the highest memory so far
        before, times, told = _memory_mb(), [], []
        for _round in range(rounds):
            start = time.perf_counter()
            result = self.steps.sync(by="Bench", is_manual=is_manual)
            times.append((time.perf_counter() - start) * 1000)
            told.append((self._told_at - start) * 1000)
            # As the store's thread does, when whoever waited has the answer.
            self.steps.settle()
        grown = max(_highest_memory_mb() - before, 0)
        return {
            "ms": times,
            "told_ms": told,
            "outcome": result.outcome,
            "changes": result.change_count,
            "grown_mb": grown,
        }

    def _hear(self, _store, event, _payload):
        if event == "pos:applied":
            self._told_at = time.perf_counter()

    def compare(self, rounds=1):
        times = []
        for _round in range(rounds):
            start = time.perf_counter()
            self.steps.compare()
            times.append((time.perf_counter() - start) * 1000)
        return {"ms": times}

    def verify(self):
        """Hash everything again and compare with the digest."""
        with self.replica.read() as session:
            health = verify(session, store_id=self.store_id)
        return {"health": health.value, "digest": self.steps.applied().digest}

    def floor(self):
        """The same rows, with the same indexes and as durable, by one `executemany` a table."""
        self.replica.dispose()
        with sqlite3.connect(self.folder / "replica.sqlite3") as source:
            rows = {
                table: source.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()
                for table, order in TABLES.items()
            }
        bare = Database(f"sqlite:///{self.folder}/floor.sqlite3")
        create_tables(bare, ReplicaBase)
        bare.dispose()
        target = sqlite3.connect(self.folder / "floor.sqlite3", isolation_level=None)
        for pragma in PRAGMAS:
            target.execute(f"PRAGMA {pragma}")
        start = time.perf_counter()
        target.execute("BEGIN IMMEDIATE")
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            target.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        target.execute("COMMIT")
        took = (time.perf_counter() - start) * 1000
        target.close()
        (self.folder / "floor.sqlite3").unlink()
        return {"ms": [took]}

    def queue(self, documents):
        """Put documents into the outbox, as their bytes."""
        from pos_web.syncing.outbox import enqueue
        from sync_contract.uploads import decode_document

        with self.book.write() as session:
            for content in documents:
                enqueue(
                    session,
                    store_id=self.store_id,
                    document=decode_document(content.encode()),
                    now=datetime.now(UTC),
                )
            session.commit()
        return {}

    def send(self):
        """Send all that waits."""
        start = time.perf_counter()
        self.steps.send()
        took = (time.perf_counter() - start) * 1000
        from pos_web.syncing.outbox import waiting

        with self.book.read() as session:
            left = waiting(session, store_id=self.store_id)
        return {"ms": [took], "waiting": left.length, "refused": left.refused}


def _memory_mb():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _highest_memory_mb():
    # Not ru_maxrss: that one is inherited from whoever started this process.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main():
    served = Node(*sys.argv[1:])
    settle_memory()  # as the server does
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(served, asked.pop("command"))(**asked)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
