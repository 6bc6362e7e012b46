"""Fixtures for all: a temp home with the demo business, both houses in process, and a real server."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import socket
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import scrypt
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from werkzeug.serving import WSGIRequestHandler, make_server

from shared_web.language import DEFAULT_LOCALE, speak
from shared_web.logs import configure_logs
from tests import databases
from tests.compiled_once import compile_once
from tests.distribution import Distribution

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
OWNER_EMAIL = "owner@evertill.example"
OWNER_PASSWORD = "correct horse battery staple"


def chromium():
    """The path of the browser: of the one without windows, which is the same otherwise, where it is there."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")


def environment_of(home: Path, role: str = "all") -> dict[str, str]:
    return {
        "EVERTILL_HOME": str(home),
        "EVERTILL_ROLE": role,
        "EVERTILL_OWNER_EMAIL": OWNER_EMAIL,
        "EVERTILL_OWNER_PASSWORD": OWNER_PASSWORD,
        **databases.variables_of(home, role),
    }


def pytest_collection_modifyitems(items):
    """Some tests are about the files of SQLite; on PostgreSQL there are none."""
    if databases.IS_POSTGRESQL:
        reason = pytest.mark.skip(reason="about the files of SQLite")
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(reason)


def pytest_xdist_make_scheduler(config, log):
    return Distribution(config, log)


def pytest_configure():
    compile_once()


def pytest_collection_finish():
    """What is imported by now stays to the end: to look through it for garbage took a twelfth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure():
    databases.end()


@pytest.fixture(scope="session", autouse=True)
def short_logs():
    """As a server logs: structlog's own way draws tracebacks with all variables, which takes seconds."""
    configure_logs()


@pytest.fixture(scope="session", autouse=True)
def light_hashes():
    """Passwords, PINs, badges and recovery codes cost 20 to 70 ms each, on purpose; `test_security.py` looks
    at the real hashes.
    """
    from backoffice_web.people import account, pin, second_factor
    from pos_web.staff import sign_in

    def light_scrypt(secret, **how):
        return scrypt(secret, **how | {"n": 2})

    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account, "_hasher", light)
        patch.setattr(account, "_NOBODY", light.hash("nobody has this password"))
        patch.setattr(pin, "_hasher", light)
        patch.setattr(sign_in, "_hasher", lambda: light)
        patch.setattr(second_factor, "scrypt", light_scrypt)
        patch.setattr("sync_contract.records.scrypt", light_scrypt)
        yield


@pytest.fixture(autouse=True)
def usual_language():
    """A request of the test before may have spoken another one, on this very thread."""
    speak(DEFAULT_LOCALE)


@pytest.fixture(autouse=True)
def dropped_databases():
    """PostgreSQL has room for the databases of one test, not of a thousand."""
    before = databases.made()
    yield
    databases.drop_but(before)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory):
    """A migrated home with the demo business, made once a worker and copied by each test.

    It ran before: the tills hold what is published, so that not every test begins with a sync of all of it.
    """
    from app import build, prepare
    from settings import read_settings
    from tests.cast import synced

    home = tmp_path_factory.mktemp("demo") / "home"
    settings = read_settings(environment_of(home))
    prepare(settings)
    ran_before = build(settings)
    ran_before.start()
    for currency in ("USD", "EUR"):
        assert synced(ran_before, currency=currency).is_success
    ran_before.stop()
    return home


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory):
    """A migrated home without any business."""
    from app import prepare
    from settings import read_settings

    home = tmp_path_factory.mktemp("empty") / "home"
    prepare(read_settings({**environment_of(home), "EVERTILL_DEMO": "no"}))
    return home


@pytest.fixture
def process_role():
    """What `evertill` is: both houses, unless the tests of a folder are about one alone."""
    return "all"


@pytest.fixture
def settings(demo_home, tmp_path, process_role):
    from settings import read_settings

    home = tmp_path / "home"
    databases.copy_home(demo_home, home, process_role)
    return read_settings(environment_of(home, process_role))


@pytest.fixture
def evertill(settings):
    """The houses over a demo home of the test's own; the agent's threads are running."""
    from app import build

    built = build(settings)
    built.start()
    yield built
    built.stop()


@dataclass
class Live:
    """A running Evertill at `url`; stop and start it to cut the line."""

    url: str
    evertill: object
    port: int
    _server: object = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._server = make_server(
            "127.0.0.1", self.port, self.evertill.wsgi, threaded=True, request_handler=_QuietHandler
        )
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        _QuietHandler.end_all(self._server)


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    lines = weakref.WeakKeyDictionary()
    has_ended = threading.Condition()

    def setup(self):
        super().setup()
        with self.has_ended:
            self.lines.setdefault(self.server, set()).add(self.connection)

    def finish(self):
        with self.has_ended:
            self.lines[self.server].discard(self.connection)
            self.has_ended.notify_all()
        super().finish()

    @classmethod
    def end_all(cls, server):
        """Open sockets and kept-alive connections would live on in their threads; what is being answered
        still has the databases open."""
        with cls.has_ended:
            lines = cls.lines.get(server, set())
            for line in lines:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            cls.has_ended.wait_for(lambda: not lines, 10)

    def log(self, type, message, *args):
        pass


@pytest.fixture
def live(evertill) -> Iterator[Live]:
    """The houses behind a real HTTP server, sockets included."""
    running = Live(url="", evertill=evertill, port=0)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": chromium(),
        "args": CHROMIUM_ARGUMENTS,
    }
