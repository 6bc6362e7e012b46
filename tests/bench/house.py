"""The real server of one role in a process of its own: `python -m tests.bench.house HOME PORT ROLE THREADS`.

Its home is made by the bench; nothing in it knows that it is measured.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app import migrate_houses
from backoffice_web.bridge.access import issue_node_token
from settings import read_settings
from shared_web.database import Database
from tests.bench.big_store import build_home, first_store
from tests.bench.served import wait_until_healthy
from tests.ports import free_port


@contextmanager
def house(home, *, role, threads=64):
    """Serve `home` as `role`; yields the address, and stops the process at the end."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.house", str(home), str(port), role, str(threads)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(command, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def made_home(homes, size):
    """A home whose first store has `size` items published; made once for each folder of homes."""
    home = homes / str(size)
    if not (home / "built").exists():
        shutil.rmtree(home, ignore_errors=True)
        build_home(home, size)
        (home / "built").touch()
    # A home that was kept may be of an older release.
    migrate_houses(read_settings({"EVERTILL_HOME": str(home)}))
    return home


class Office:
    """The office of a home as the bench sees it: its database, its first store, a token for a node.

    Where the store is served by the office's own process there is no other node.
    """

    def __init__(self, home, *, has_node=True):
        self.home = home
        self.database = Database(read_settings({"EVERTILL_HOME": str(home)}).office_database)
        self.store_id, _version = first_store(home)
        if not has_node:
            return
        with self.database.write() as session:
            self.token = issue_node_token(
                session, name="Bench", serves_all=True, store_ids=(), now=datetime.now(UTC)
            )
            session.commit()

    def close(self):
        self.database.dispose()


def main():
    from app import server

    home, port, role, threads = sys.argv[1:]
    environment = {"EVERTILL_HOME": home, "PORT": port, "EVERTILL_ROLE": role, "EVERTILL_THREADS": threads}
    server(read_settings(environment)).run()


if __name__ == "__main__":
    main()
