"""Evertill as two workers of one role over PostgreSQL and Redis, all of them real processes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.processes import House
from tests.waiting import wait_until

PATIENCE_S = 60


class Workers(House):
    """`python app.py serve` with EVERTILL_WORKERS=2; `databases`: names of the office's and the book's."""

    def __init__(self, home, *, postgresql, redis, databases, role="all"):
        super().__init__(role, home)
        self.postgresql, self.redis = postgresql, redis
        office, book = databases
        self._urls = {"office": postgresql.url(office), "book": postgresql.url(book)}
        self._urls["replica"] = f"{self._urls['book']}?options=-csearch_path%3Dreplica"
        self._clients = []

    def environment(self):
        return {
            **super().environment(),
            "EVERTILL_OFFICE_DATABASE": self._urls["office"],
            "EVERTILL_BOOK_DATABASE": self._urls["book"],
            "EVERTILL_REDIS_URL": self.redis.url,
            "EVERTILL_WORKERS": "2",
        }

    def client(self):
        self._clients.append(httpx2.Client(base_url=self.url, timeout=30))
        return self._clients[-1]

    def rows(self, database, sql):
        """What is committed, read beside the workers."""
        engine = create_engine(self._urls[database], poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def workers(self):
        """The process ids of the two workers, once both answer."""
        return wait_until(self._both, patience_s=PATIENCE_S)

    def _both(self):
        with ThreadPoolExecutor(8) as pool:
            found = {pid for pid in pool.map(lambda _each: self._whoever(), range(8)) if pid}
        return sorted(found) if len(found) == 2 else None

    def _whoever(self):
        try:
            return httpx2.get(f"{self.url}/healthz", timeout=5).json()["worker"]
        except httpx2.TransportError:
            return None

    def holder(self, store):
        """The worker that syncs the store, or did when it was killed."""
        owner = self.rows("book", f"SELECT owner FROM sync_leases WHERE store_id = '{store}'")
        return int(owner[0][0].partition("-")[0]) if owner else None

    def kill_worker(self, pid):
        os.kill(pid, signal.SIGKILL)

    def reach(self, client, pid):
        """Have the next request of `client` answered by this worker: its line stays open for some seconds."""

        def is_there():
            if client.get("/healthz").json()["worker"] == pid:
                return True
            # This line leads to the other one; give it up.
            client.get("/healthz", headers={"Connection": "close"})
            return False

        wait_until(is_there, patience_s=PATIENCE_S)

    def close(self):
        self.kill()
        for client in self._clients:
            client.close()
