"""PostgreSQL and Redis of the tests' own: on free ports of this machine, in a folder that goes away again.

Both end with the process that started them, however it ends. Nothing is flushed to the disk: they are for
tests alone. By hand, until Ctrl-C, with the variables to use them: `.venv/bin/python -m tests.servers`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
import redis

from tests.ports import free_port
from tests.proc import children_of, is_dead
from tests.waiting import wait_until

PATIENCE_S = 60
ROOM = 2 * 1024**3  # bytes
# PostgreSQL refuses to run as root: then it runs as the user that its package makes.
POSTGRES_USER = "postgres"
FOR_TESTS = (
    # What was committed survives a kill, not a power cut.
    "fsync=off", "full_page_writes=off", "max_connections=400",
    "shared_buffers=16MB", "autovacuum=off", "jit=off",
    "unix_socket_directories=", "listen_addresses=127.0.0.1",
)  # fmt: skip


class Server:
    """A server that listens on one port, started, stopped, and killed as often as a test likes."""

    def __init__(self, name):
        self.folder = Path(tempfile.mkdtemp(prefix=f"evertill-{name}-", dir=_fast_folder()))
        self.port = free_port()
        self._log = self.folder / "log.txt"
        self._process = None

    def start(self):
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._alone_with_us(), *self._command()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        wait_until(self._is_up, patience_s=PATIENCE_S)
        return self

    @property
    def is_running(self):
        return self._process is not None

    def stop(self, how=signal.SIGINT):
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def kill(self):
        """All of its processes at once; those of PostgreSQL are each in a group of their own."""
        children = children_of(self._process.pid)
        self.stop(signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        # A new server is refused while one of the old works on with the same memory.
        wait_until(lambda: all(map(is_dead, children)))

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_up(self):
        assert self._process.poll() is None, self._log.read_text()
        return self._answers()

    def _alone_with_us(self):
        """The kernel ends the server when its parent is gone."""
        return ["setpriv", "--pdeathsig", "INT"]


class PostgreSQL(Server):
    """`url(name)` of a database; `run(statement)` as the superuser."""

    def __init__(self):
        super().__init__("postgresql")
        self._is_root = os.getuid() == 0
        if self._is_root:
            user = pwd.getpwnam(POSTGRES_USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        made = subprocess.run(
            [*self._alone_with_us(), str(program("initdb")), "-D", "data", "-U", "postgres",
             "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr
        # That took a while.
        self.port = free_port()

    def url(self, name):
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def connect(self):
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        return psycopg.connect(address, autocommit=True)

    def run(self, *statements):
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def _command(self):
        options = [word for option in FOR_TESTS for word in ("-c", option)]
        return [str(program("postgres")), "-D", "data", "-p", str(self.port), *options]

    def _answers(self):
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _alone_with_us(self):
        as_whom = ["--reuid", POSTGRES_USER, "--regid", POSTGRES_USER, "--init-groups"]
        return [*super()._alone_with_us(), *(as_whom if self._is_root else [])]


class Redis(Server):
    def __init__(self):
        super().__init__("redis")

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def _command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def _answers(self):
        try:
            with redis.Redis.from_url(self.url) as connection:
                return connection.ping()
        except redis.ConnectionError:
            return False


def _fast_folder():
    """In memory, where a thousand small databases come and go ten times as fast; else the usual place."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free >= ROOM
    return memory if has_room else None


def program(name):
    """Debian keeps the servers of each release in a folder of their own, off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found else shutil.which(name) or name


if __name__ == "__main__":
    postgresql, queue = PostgreSQL().start(), Redis().start()
    postgresql.run("CREATE DATABASE office", "CREATE DATABASE book")
    print(f"export EVERTILL_OFFICE_DATABASE={postgresql.url('office')}")
    print(
        f"export EVERTILL_BOOK_DATABASE={postgresql.url('book')} EVERTILL_REDIS_URL={queue.url}", flush=True
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        postgresql.remove()
        queue.remove()
