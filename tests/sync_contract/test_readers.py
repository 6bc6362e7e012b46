"""No struct is read for the first time by two threads at once, which crashes the process (msgspec 0.22)."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "app.py", *(file for name in ("pos_web", "backoffice_web", "shared_web", "sync_contract")
           for file in (ROOT / name).rglob("*.py"))]  # fmt: skip
# Read while a business is set up, by one thread.
BY_ONE_THREAD = ROOT / "backoffice_web/demo/written.py"

AT_ONCE = """
import threading
from pos_web.syncing.bridge_client import _ANSWERS
from pos_web.syncing.inbox import Hint
from backoffice_web.bridge import asked
from sync_contract.notice import Notice
import msgspec

def read():
    begin.wait()
    for decoder in _ANSWERS.values():
        for content in (b"{}", b"[{}]"):
            try:
                decoder.decode(content)
            except msgspec.ValidationError:
                pass
    for kind in (Notice, Hint):
        msgspec.convert({"store": "s", "version": 1}, kind)
    asked._REPORT.decode(b'{"store": "s", "version": 1, "digest": ""}')

begin = threading.Barrier(8)
threads = [threading.Thread(target=read) for _number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("whole")
"""


def lazy_reads(tree):
    """Calls of `decode(…, type=…)`, which work out the type when they are first made."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        is_decode = isinstance(call.func, ast.Attribute) and call.func.attr == "decode"
        if is_decode and any(keyword.arg == "type" for keyword in call.keywords):
            yield call.lineno


def test_what_is_read_was_worked_out_while_its_module_was_loaded():
    found = {
        str(file.relative_to(ROOT)): lines
        for file in SOURCES
        if file != BY_ONE_THREAD and (lines := list(lazy_reads(ast.parse(file.read_text()))))
    }
    assert found == {}


def test_threads_that_read_at_the_same_moment_crash_nothing():
    for _process in range(3):
        told = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, cwd=ROOT)
        assert (told.returncode, told.stdout) == (0, "whole\n"), told.stderr[-2000:]
