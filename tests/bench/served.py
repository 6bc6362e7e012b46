"""The real server in a process of its own, which says with each answer how long it worked on it.

`python -m tests.bench.served HOME PORT` is that process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager

import httpx2

SERVER_MS, SERVER_CPU_MS = "X-Bench-Server-Ms", "X-Bench-Server-Cpu-Ms"


@contextmanager
def serving(home, port):
    """Serve the home, ready when its health is; yields the address. Stops the process at the end."""
    command = [sys.executable, "-m", "tests.bench.served", str(home), str(port)]
    process = subprocess.Popen(command)
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


def applied_versions(address):
    """store id → version, as the node's health says."""
    return httpx2.get(f"{address}/healthz", timeout=30).json()["applied_versions"]


def wait_until_healthy(process, address):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        try:
            if httpx2.get(f"{address}/healthz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not become healthy")


def timed(wsgi):
    """`wsgi` with the milliseconds from the request's arrival in Python to the answer's start.

    Beside them what of it its thread computed: the rest is the disk, and waiting for the machine.
    """

    def application(environ, start_response):
        start, start_cpu = time.perf_counter(), time.thread_time()

        def answer(status, headers, exc_info=None):
            took = (time.perf_counter() - start) * 1000
            computed = (time.thread_time() - start_cpu) * 1000
            measured = [(SERVER_MS, f"{took:.3f}"), (SERVER_CPU_MS, f"{computed:.3f}")]
            return start_response(status, [*headers, *measured], exc_info)

        return wsgi(environ, answer)

    return application


def main():
    from app import server
    from settings import read_settings
    from shared_web.serving import Server

    home, port = sys.argv[1:]

    class TimedServer(Server):
        def load(self):
            return timed(super().load())

    server(read_settings({"EVERTILL_HOME": home, "PORT": port}), of=TimedServer).run()


if __name__ == "__main__":
    main()
