"""The machine that figures were measured on, in one line each."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path

from tests.bench.figures import percentile


def describe(folder):
    """Lines for the head of a bench; `folder` is where its databases lie."""
    return [
        f"{len(os.sched_getaffinity(0))} cores, {_processor()}, load {os.getloadavg()[0]:.1f} at the start",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}",
        f"one durable 4 kB write (fdatasync) to this disk: p50 {_durable_write_ms(folder):.2f} ms; "
        f"three million squares in this Python: {_squares_s():.2f} s",
    ]


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _squares_s():
    """How fast this interpreter is in this hour: one built without optimisations takes half as long again."""
    times = []
    for _round in range(3):
        start = time.perf_counter()
        sum(number * number for number in range(3_000_000))
        times.append(time.perf_counter() - start)
    return min(times)


def _durable_write_ms(folder):
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _round in range(50):
            start = time.perf_counter()
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return percentile(times, 50)
