"""Houses that start in a moment: forked from a process that has everything imported already."""

from __future__ import annotations

import multiprocessing
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from tests.processes import House
from tests.waiting import wait_until

forking = multiprocessing.get_context("forkserver")
# There is one such process for all that forks: it has what tests/test_interrupted_migrations.py forks, too.
forking.set_forkserver_preload(["tests.preloaded", "tests.test_interrupted_migrations"])


class ForkedHouse(House):
    """As `House`, for tests that start, kill and command a dozen times or a hundred."""

    def run(self, *arguments):
        said = self.home / f"{uuid4().hex}.txt"
        forked = self._forked(arguments, said)
        forked.join(60)
        assert forked.exitcode is not None, said.read_text()
        return forked.exitcode, said.read_text()

    def start(self):
        arguments = ["serve", "--role", self.role, *self.arguments]
        self._process = _Started(self._forked(arguments, self.home / "output.txt"))
        wait_until(self.is_up, patience_s=60)
        return self

    def _forked(self, arguments, output):
        """A process of its own that is given these arguments, as `python app.py` would be."""
        # What a test that failed has left running is ended at the exit, and not waited for.
        forked = forking.Process(target=_main, args=(self.environment(), arguments, str(output)), daemon=True)
        forked.start()
        return forked


class SetClock:
    """The clock of a house's computer, which somebody set: hours ahead, as a file in its home says."""

    def __init__(self, home):
        self.file = home / "hours_ahead"

    def set(self, hours):
        self.file.parent.mkdir(exist_ok=True)
        # Replaced as a whole: it is read at any moment.
        new = self.file.with_suffix(".new")
        new.write_text(str(hours))
        new.replace(self.file)

    def __call__(self):
        return datetime.now(UTC) + timedelta(hours=float(self.file.read_text()))


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


def _main(environment, arguments, output):
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    from app import build, main

    clock = SetClock(Path(environment["EVERTILL_HOME"]))
    if clock.file.exists():
        build.__kwdefaults__["clock"] = clock
    # What gunicorn would read from the command line is the forking process's own.
    sys.argv = ["app.py"]
    sys.exit(main(arguments))
