"""How fast and how surely what is published gets to the stores, and their sales back.

An office process and a store node process speak real HTTP, both with `synchronous=FULL`; every set that
was taken is hashed again and compared with the office's digest. The peer is PouchDB, the floor one
`executemany` of the same rows.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from contextlib import ExitStack, closing
from pathlib import Path

from shared_web.database import PRAGMAS
from tests.bench import machine, publications, screens, transfers, upward
from tests.bench.edits import publish_all
from tests.bench.figures import Figure, show
from tests.bench.house import Office, house, made_home
from tests.bench.peer import installed

ROWS = {
    "transfers": transfers.figures,
    "screens": screens.figures,
    "publications": publications.figures,
    "upward": upward.figures,
}


def options(parser):
    parser.add_argument(
        "--quick", action="store_true", help="small sizes and few rounds: does it run at all?"
    )
    parser.add_argument("--sizes", type=_sizes, help="items, as in 1000,10000,100000")
    parser.add_argument("--rounds", type=int, help="full syncs of each size")
    parser.add_argument("--deltas", type=int, help="deltas of each size")
    parser.add_argument("--only", choices=ROWS, action="append", help="these parts alone")
    parser.add_argument("--homes", type=Path, help="keep the prepared homes here, and use them again")
    parser.add_argument("--packages", type=Path, help="keep the peer's npm packages here")


def run(chosen):
    """Prepare, measure and print; returns the figures."""
    _fill_in(chosen)
    assert "synchronous=FULL" in PRAGMAS
    figures = []
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evertill-bench-")))
        homes = chosen.homes or work / "homes"
        homes.mkdir(parents=True, exist_ok=True)
        print("\n".join(machine.describe(work)), flush=True)
        packages = None if chosen.quick else installed(chosen.packages or work / "npm")
        at = {}
        for size in chosen.sizes:
            # A copy: what the bench changes must not be there the next time.
            home = work / f"office-{size}"
            shutil.copytree(made_home(homes, size), home)
            office = stack.enter_context(closing(Office(home)))
            # What an upgrade of a kept home marked goes out now, and not with what is measured.
            publish_all(office)
            at[size] = office, stack.enter_context(house(home, role="backoffice"))
        for name, measure in ROWS.items():
            if chosen.only and name not in chosen.only:
                continue
            start = time.monotonic()
            part = _measured(name, measure, (transfers.Offices(at), chosen, work, packages))
            show(part)
            print(f"({name}: {time.monotonic() - start:.0f} s)\n", flush=True)
            figures += part
    return figures


def _measured(name, measure, what):
    """The figures of a part; one that breaks off is a missed row of its own, and the others go on."""
    try:
        return measure(*what)
    except (Exception, SystemExit):
        traceback.print_exc()
        return [Figure(f"part {name}: broke off", 1, "times", 0)]


def _fill_in(chosen):
    chosen.sizes = chosen.sizes or ((300, 600) if chosen.quick else (1_000, 10_000, 100_000))
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 3)
    chosen.deltas = chosen.deltas or (2 if chosen.quick else 9)


def _sizes(text):
    return tuple(int(part) for part in text.split(","))
