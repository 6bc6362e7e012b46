"""Evertill as real processes: the Back Office and a store node, each with its own home and port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD, environment_of
from tests.ports import free_port
from tests.proc import is_dead, of_group
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')


class House:
    """`python app.py serve --role ROLE` over `home`, killed and started as often as a test likes."""

    def __init__(self, role, home, *arguments):
        self.role, self.home, self.arguments = role, home, arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = None
        home.mkdir(exist_ok=True)

    def environment(self):
        mine = {**environment_of(self.home), "PORT": str(self.port), "EVERTILL_DEMO": "no"}
        return {**os.environ, **mine, "EVERTILL_THREADS": "16"}

    def run(self, *arguments):
        """A command that ends by itself: (exit code, everything that it said)."""
        ended = subprocess.run(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return ended.returncode, ended.stdout + ended.stderr

    def start(self):
        with (self.home / "output.txt").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "app.py", "serve", "--role", self.role, *self.arguments],
                cwd=ROOT, env=self.environment(), stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        wait_until(self.is_up, patience_s=60)
        return self

    def is_up(self):
        assert self._process.poll() is None, self.output()
        try:
            # Nothing to verify here, and to read who vouches for the world takes a tenth of a second.
            return httpx2.get(f"{self.url}/healthz", timeout=5, verify=False).status_code == 200
        except httpx2.RequestError:
            return False

    def health(self):
        return httpx2.get(f"{self.url}/healthz", timeout=5).json()

    def output(self):
        return (self.home / "output.txt").read_text()

    def kill(self):
        """As a power cut does: no farewell, no clean-up."""
        self._end(signal.SIGKILL)

    def stop(self):
        self._end(signal.SIGTERM)

    @contextmanager
    def hung(self):
        """Within the block the process takes connections and answers nobody, as a lost line does."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def _end(self, how):
        if self._process is None:
            return
        try:
            # It may have been ended in another way.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            self._process.wait(30)
            # The worker is of the same group and may outlive its master by a moment.
            wait_until(self._is_group_gone)
        finally:
            self._process = None

    def _is_group_gone(self):
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return True
        return all(map(is_dead, of_group(self._process.pid)))


class Browser:
    """A person's browser at one house: keeps cookies, brings the CSRF token of the last page."""

    def __init__(self, house, prefix):
        self._http = httpx2.Client(base_url=f"{house.url}/{prefix}/", timeout=15)
        self._csrf = ""

    def close(self):
        self._http.close()

    def get(self, path):
        return self._keep(self._http.get(path, follow_redirects=True))

    def post(self, path, data=None, *, htmx=False):
        headers = {"HX-Request": "true"} if htmx else {}
        fields = {**(data or {}), "csrf_token": self._csrf}
        return self._keep(self._http.post(path, data=fields, headers=headers))

    def _keep(self, answer):
        found = CSRF.search(answer.text)
        self._csrf = found[1] if found else self._csrf
        assert answer.status_code < 500, answer.text
        return answer


def office_browser(house):
    browser = Browser(house, "backoffice")
    browser.get("sign-in")
    signed_in = browser.post("sign-in", {"email": OWNER_EMAIL, "password": OWNER_PASSWORD})
    assert signed_in.status_code == 303, signed_in.text
    browser.get("")
    return browser
