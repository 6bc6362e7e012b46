"""Full sync, delta and "nothing new": a node process against an office process, the peer beside them.

What a delta brings is published by an admin, so by the office's own process, as the peer's server changes its
own documents. A full sync and a delta end when the tills hear of the version, verified and durable.

What is compared takes turns, round by round, so that whatever else the machine does slows all alike.
"""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median

from backoffice_web.publishing.publication import PublishedHead
from tests.bench.admin import admin
from tests.bench.edits import save_prices, spread
from tests.bench.figures import Figure, percentile
from tests.bench.node import node
from tests.bench.peer import peer

DELTA = 100
# At least six times as fast: a sixth of the time.
PEER_BAR_PERCENT = 100 / 6
FLOOR_BAR, GROWTH_BAR, MEMORY_BAR_MB, NOTHING_NEW_BAR_MS = 2.5, 1.2, 60, 3


class Offices:
    """Office processes by the size of their catalog: `at[size]` is (Office, address)."""

    def __init__(self, at):
        self.at = at

    @property
    def sizes(self):
        return sorted(self.at)


def figures(offices, chosen, work, packages):
    """All rows of this file, the most important first."""
    with ExitStack() as stack:
        rows, followers, admins = [], {}, {}
        for size in offices.sizes[1:]:
            rows += _full(offices, size, chosen, work, packages)
        for size in offices.sizes:
            office, address = offices.at[size]
            ask = stack.enter_context(node(work / f"node-{size}", address=address, office=office))
            followers[size] = ask
            admins[size] = stack.enter_context(admin(office, address=address))
            _expect(ask("sync"), "applied")
        rows += _deltas(offices, followers, admins, chosen, work, packages)
        rows += _nothing_new(followers, chosen)
        for size in offices.sizes:
            _check(followers[size], offices.at[size][0])
    return rows


def _full(offices, size, chosen, work, packages):
    office, address = offices.at[size]
    ours, floors, theirs, grown = [], [], [], []
    with ExitStack() as stack:
        other = None
        if packages is not None:
            other = stack.enter_context(peer(packages, office=office, work=work))
        for turn in range(chosen.rounds):
            folder = work / f"full-{size}-{turn}"
            with node(folder, address=address, office=office) as ask:
                got = _expect(ask("sync"), "applied")
                _check(ask, office)
                ours += got["told_ms"]
                grown.append(got["grown_mb"])
                floors += ask("floor")["ms"]
            if other is not None:
                answer = other.ask("full")
                assert answer["written"] == other.count, answer
                theirs.append(answer["ms"])
    name = f"full sync of {size:,} items"
    return [
        Figure(f"{name}: time", median(ours) / 1000, "s"),
        _share(f"{name}: share of PouchDB's time", ours, theirs),
        Figure(f"{name}: times the floor", median(ours) / median(floors), "×", FLOOR_BAR),
        Figure(f"{name}: memory of the node grows", max(grown), "MB", MEMORY_BAR_MB),
        Figure(f"{name}: the floor", median(floors) / 1000, "s"),
        _peers(f"{name}: PouchDB", theirs, "s", 1000),
    ]


def _deltas(offices, followers, admins, chosen, work, packages):
    ours, theirs, turns, answered = ({size: [] for size in offices.sizes} for _what in range(4))

    def delta(size):
        office, _address = offices.at[size]
        save_prices(office, spread(DELTA, size))
        admins[size]()
        got = _expect(followers[size]("sync"), "applied")
        assert got["changes"] == DELTA, got
        return got["told_ms"][0], got["ms"][0]

    for size in offices.sizes:
        # One peer at a time: several would fill the memory of a small machine.
        with ExitStack() as stack:
            other = None
            if packages is not None:
                other = stack.enter_context(peer(packages, office=offices.at[size][0], work=work))
                other.ask("full")
            for _turn in range(chosen.deltas):
                ours[size].append(delta(size)[0])
                if other is not None:
                    other.change(DELTA)
                    answer = other.ask("sync")
                    assert answer["written"] == DELTA, answer
                    theirs[size].append(answer["ms"])
    # Once more without the peer, the sizes in turns: only so is their ratio fair.
    for _turn in range(2 * chosen.deltas):
        for size in offices.sizes:
            told, took = delta(size)
            turns[size].append(told)
            answered[size].append(took)
    small, large = offices.sizes[0], offices.sizes[-1]
    growth = median(turns[large]) / median(turns[small])
    rows = []
    for size in offices.sizes:
        name = f"delta of {DELTA} changes, {size:,} items"
        rows += [
            Figure(f"{name}: time", median(turns[size]), "ms"),
            Figure(f"{name}: until Sync is answered and recorded", median(answered[size]), "ms"),
            _share(f"{name}: share of PouchDB's time", ours[size], theirs[size]),
            _peers(f"{name}: PouchDB", theirs[size], "ms", 1),
        ]
    span = f"{small:,} → {large:,} items"
    return [*rows, Figure(f"delta of {DELTA} changes, {span}: growth", growth, "×", GROWTH_BAR)]


def _nothing_new(followers, chosen):
    pressed = {size: [] for size in followers}
    heard = {size: [] for size in followers}
    for _turn in range(chosen.deltas):
        for size, ask in followers.items():
            pressed[size] += _expect(ask("sync", rounds=20), "already_up_to_date")["ms"]
            heard[size] += ask("compare", rounds=20)["ms"]
    rows = [
        row
        for size in followers
        for row in (
            Figure(
                f"nothing new, {size:,} items: Sync, recorded",
                median(pressed[size]),
                "ms",
                NOTHING_NEW_BAR_MS,
            ),
            Figure(f"nothing new, {size:,} items: Sync, p95", percentile(pressed[size], 95), "ms"),
            Figure(f"nothing new, {size:,} items: heartbeat", median(heard[size]), "ms"),
        )
    ]
    small, *_between, large = sorted(followers)
    growth = median(pressed[large]) / median(pressed[small])
    return [*rows, Figure(f"nothing new, {small:,} → {large:,} items: growth", growth, "×", GROWTH_BAR)]


def _share(name, ours, theirs):
    measured = median(ours) / median(theirs) * 100 if theirs else None
    return Figure(name, measured, "%", PEER_BAR_PERCENT)


def _peers(name, theirs, unit, divisor):
    return Figure(name, median(theirs) / divisor if theirs else None, unit)


def _expect(answer, outcome):
    assert answer["outcome"] == outcome, answer
    return answer


def _check(ask, office):
    """The node's bytes, hashed again, are what the office published."""
    told = ask("verify")
    with office.database.read() as session:
        head = session.get_one(PublishedHead, office.store_id)
    assert (told["health"], told["digest"]) == ("sound", head.digest), told
