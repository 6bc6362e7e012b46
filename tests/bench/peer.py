"""The peer that is measured beside Evertill: PouchDB, replicating the same items over HTTP.

Its packages are installed by npm into a folder of the bench, never into the project. Best known
settings: both sides in memory, batches of 1,000.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx2
from sqlalchemy import select

from backoffice_web.publishing.publication import PublishedRecord
from tests.ports import free_port

SOURCES = Path(__file__).parent / "pouchdb"
BATCH = 1_000
NODE = ["node", "--max-old-space-size=6000"]


def installed(folder):
    """The folder with the peer's packages, or None where npm is absent or finds nothing."""
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCES / "package.json", folder)
    if (folder / "node_modules" / "pouchdb").exists():
        return folder
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
    return folder if done.returncode == 0 else None


@contextmanager
def peer(folder, *, office, work):
    """Yields `ask("full" or "sync")` → {ms, written}, and `change(count)`."""
    documents = work / "documents.ndjson"
    count = _export(office, documents)
    port = free_port()
    server = subprocess.Popen(
        [*NODE, str(SOURCES / "server.js"), str(documents), str(port)],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    client = None
    try:
        if server.stdout.readline().strip() != "ready":
            raise SystemExit("the peer's server did not start")
        client = subprocess.Popen(
            [*NODE, str(SOURCES / "client.js"), str(port), str(BATCH)],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

        def ask(what):
            client.stdin.write(what + "\n")
            client.stdin.flush()
            return json.loads(client.stdout.readline())

        def change(number):
            httpx2.post(f"http://127.0.0.1:{port}/_bench/change/{number}", timeout=60).raise_for_status()

        yield Peer(ask, change, count)
    finally:
        for process in (client, server):
            if process is not None:
                process.terminate()
                process.wait(20)
                process.stdout.close()


class Peer:
    def __init__(self, ask, change, count):
        self.ask, self.change, self.count = ask, change, count


def _export(office, file):
    """The published items as documents: the same fields as the bodies that Evertill sends."""
    query = select(PublishedRecord.key, PublishedRecord.body).where(
        PublishedRecord.store_id == office.store_id,
        PublishedRecord.kind == "item",
        PublishedRecord.body.is_not(None),
    )
    count = 0
    with office.database.read() as session, file.open("wb") as out:
        for key, body in session.execute(query):
            out.write(b'{"_id":"item:%b",' % key.encode() + body[1:] + b"\n")
            count += 1
    return count
