"""Houses that start in a moment: forked from a process that has everything imported already."""

from __future__ import annotations

import multiprocessing
import os
import sys

from tests.processes import House
from tests.waiting import wait_until

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["tests.preloaded"])


class ForkedHouse(House):
    """As `House`, for tests that kill hundreds of times."""

    def start(self):
        arguments = ["serve", "--role", self.role, *self.arguments]
        forked = _forking.Process(
            target=_serve, args=(self.environment(), arguments, str(self.home / "output.txt")), daemon=False
        )
        forked.start()
        self._process = _Started(forked)
        wait_until(self.is_up, patience_s=60)
        return self


class _Started:
    """What `House` asks of a process."""

    def __init__(self, forked):
        self._forked = forked
        self.pid = forked.pid

    def poll(self):
        return self._forked.exitcode

    def wait(self, timeout_s):
        self._forked.join(timeout_s)
        assert self._forked.exitcode is not None


def _serve(environment, arguments, output):
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    from app import main

    # What gunicorn would read from the command line is the forking process's own.
    sys.argv = ["app.py"]
    sys.exit(main(arguments))
