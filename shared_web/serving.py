"""The web server of a role: gunicorn with one or more workers of threads, and WebSockets."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any, Protocol

from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from shared_web.front_door import WsgiApp

# New objects between two looks for garbage that refers to itself.
ALLOCATIONS = 10_000


class Process(Protocol):
    """What is served: one WSGI callable, and threads that start after the fork."""

    @property
    def wsgi(self) -> WsgiApp: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Log(Logger):  # type: ignore[misc]
    """What gunicorn says goes where everything is logged (shared_web/logs.py)."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with workers of threads; several share what they know through PostgreSQL and Redis."""

    def __init__(
        self, build: Callable[[], Process], *, host: str, port: int, threads: int, workers: int = 1
    ) -> None:
        self._build = build
        self._address = f"{host}:{port}"
        self._threads = threads
        self._workers = workers
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self._address,
            "worker_class": "gthread",
            "workers": self._workers,
            "threads": self._threads,
            # More connections than threads, else waiting clients hang behind open sockets.
            "worker_connections": self._threads * 4,
            # Store nodes keep a line for five seconds: who gives it up first never meets the other's goodbye.
            "keepalive": 7,
            "graceful_timeout": 5,
            "timeout": 120,
            # Another door into the process, in the user's own folder and shared by all their servers.
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": Log,
            "worker_exit": lambda _server, worker: _stop(worker),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WsgiApp:
        # Runs in the worker, after the fork: threads and database connections belong there.
        self.process = self._build()
        self.process.start()
        settle_memory()
        return self.process.wsgi


def settle_memory() -> None:
    """Spare the garbage collector what lives as long as the process: modules, tables, routes.

    It would look through all of that again and again, a quarter of the time of a small sync, and stop the
    world for tens of milliseconds while a page waits. Nearly all garbage goes by reference counts anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)


def _stop(worker: Worker) -> None:
    # A worker that could not even be built has nothing to stop.
    if (process := getattr(worker.app, "process", None)) is not None:
        process.stop()
    if worker.ppid != os.getppid():
        # Its master was killed, so nobody is left who would end a thread that waits for a vanished browser.
        os._exit(0)
