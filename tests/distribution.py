"""Which tests share a worker of pytest-xdist. The largest groups begin first, so that nobody waits for them
in the end; every other test goes to whoever is free.

(The marker `xdist_group` of pytest-xdist 3.8 does nothing with pytest 9.2.)
"""

from xdist.scheduler import LoadScopeScheduling

# They start processes and wait for them, and for pauses of the product: little work in much time. One worker
# does that beside the busy ones, and starts PostgreSQL, Redis and what houses are forked from only once.
WAITING = {
    "tests/faults/test_kills.py",
    "tests/journeys/test_crash.py",
    "tests/journeys/test_lines_of_other_workers.py",
    "tests/journeys/test_restores_postgresql.py",
    "tests/journeys/test_split.py",
    "tests/journeys/test_workers.py",
}
# One of them takes a minute, and stands near the end of the alphabet.
LONG = "tests/test_hostile_input.py"


class Distribution(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        if file in WAITING:
            return "waiting"
        if file == LONG:
            return "long"
        # Benches are measured one after the other.
        return "bench" if file.startswith("tests/bench/") else nodeid
