"""`python -m tests.bench till|sync`: measures, prints a table, writes nothing unless `--json` asks for it.

Ends with 1 when a bar is missed, and with 2 when one could not be measured (but for `--quick`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.bench import sync, till
from tests.bench.figures import write_json

BENCHES = {"till": till, "sync": sync}


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    benches = parser.add_subparsers(dest="bench", required=True)
    for name, bench in BENCHES.items():
        own = benches.add_parser(name, help=bench.__doc__.splitlines()[0])
        own.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
        bench.options(own)
    chosen = parser.parse_args()
    figures = BENCHES[chosen.bench].run(chosen)
    if chosen.json:
        write_json(figures, chosen.json)
    if not all(figure.holds for figure in figures):
        return 1
    is_quick = getattr(chosen, "quick", False)
    return 0 if is_quick or all(figure.is_measured for figure in figures) else 2


if __name__ == "__main__":
    raise SystemExit(main())
