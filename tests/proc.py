"""What the kernel says of processes that tests started."""

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def children_of(process):
    """The ids of those that `process` has started itself, and that are there now."""
    return [int(child) for child in (PROC / f"{process}/task/{process}/children").read_text().split()]


def of_group(group):
    """The ids of a group's processes."""
    for folder in PROC.glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getpgid(int(folder.name)) == group:
                yield int(folder.name)


def is_dead(process):
    """Is nothing left of it but its entry? Whoever adopted it takes that away a second or two later.

    The first of its threads may be dead before the others.
    """
    folder = PROC / str(process)
    try:
        state = (folder / "stat").read_text().rpartition(") ")[2][0]
        return state == "Z" and len(list((folder / "task").iterdir())) == 1
    except OSError:
        return True
