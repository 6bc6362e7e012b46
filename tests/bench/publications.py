"""What publishing costs: 1, 100 and 10,000 changes to one store, and one change to up to 1,000 stores.

From the first statement to the durable commit, by the office's own code.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from statistics import median

from tests.bench.edits import publish_all, save_prices, spread
from tests.bench.figures import Figure
from tests.bench.house import Office, made_home
from tests.bench.many_stores import add_stores


def figures(offices, chosen, work, _packages):
    size = offices.sizes[-1]
    rows = [_to_one_store(offices.at[size][0], size, count, chosen) for count in _counts(size)]
    return rows + _to_many_stores(offices.sizes[0], chosen, work)


def _counts(size):
    return [count for count in (1, 100, 10_000) if count < size - 150]


def _to_one_store(office, size, count, chosen):
    times = []
    for _turn in range(chosen.rounds):
        save_prices(office, spread(count, size))
        took, (result,) = publish_all(office)
        assert result.change_count == count, result
        times.append(took)
    return Figure(f"publish {count:,} changes to 1 store, {size:,} items", median(times), "ms")


def _to_many_stores(size, chosen, work):
    """One change, published in 1, 10 … stores of an office of their own: the cost per store."""
    home = work / "many-stores"
    shutil.copytree(made_home(chosen.homes or work / "homes", size), home)
    with closing(Office(home)) as office:
        stores = add_stores(office, 20 if chosen.quick else 1_000)
        save_prices(office, [0], stores=stores)
        # The first one takes along what each store never had.
        publish_all(office, stores=stores)
        rows = []
        for count in sorted({1, 10, 100, len(stores)} & set(range(len(stores) + 1))):
            times = []
            for _turn in range(chosen.rounds):
                save_prices(office, [0], stores=stores[:count])
                took, results = publish_all(office, stores=stores[:count])
                assert [result.change_count for result in results] == [1] * count
                times.append(took)
            name = f"publish 1 change to {count:,} stores"
            rows.append(Figure(f"{name}: each", median(times) / count, "ms"))
    return [Figure(f"{name}: all", median(times), "ms"), *rows]
