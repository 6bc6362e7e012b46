"""How fast a till rings and searches, over real HTTP, however large the catalog is.

One server process for each size, all at rest but the one that is asked: the sizes take turns order by
order, so that whatever else the machine does slows them all alike. Every line is a commit of its own
with `synchronous=FULL`. Server times are from the request's arrival in Python to the answer's start;
round trips are what the browser's side waits.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx2

from shared_web.database import PRAGMAS
from tests.bench import machine
from tests.bench.big_store import build_home, first_store, item_key, names, sku_of
from tests.bench.figures import Figure, percentile, show
from tests.bench.served import SERVER_CPU_MS, SERVER_MS, applied_versions, serving
from tests.ports import free_port

SIZES = (1_000, 10_000, 100_000)
LINES_OF_AN_ORDER = 8
SEARCHES_BETWEEN = 3
ADD_LINE_BAR_MS, GROWTH_BAR, SEARCH_BAR_MS = 20, 1.2, 50
CASHIER_PIN = "1111"


def options(parser):
    parser.add_argument("--sizes", type=_sizes, default=SIZES, help="items, as in 1000,10000,100000")
    parser.add_argument("--orders", type=int, default=75, help=f"orders of {LINES_OF_AN_ORDER} lines a size")
    parser.add_argument("--homes", type=Path, help="keep the prepared homes here, and use them again")


def run(chosen):
    """Prepare, measure and print; returns the figures."""
    with ExitStack() as stack:
        homes = chosen.homes or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        homes.mkdir(parents=True, exist_ok=True)
        print("\n".join(machine.describe(homes)), flush=True)
        assert "synchronous=FULL" in PRAGMAS
        tills = [stack.enter_context(_open_till(homes, size)) for size in chosen.sizes]
        for till in tills:
            _order(till, is_measured=False)
        for turn in range(chosen.orders):
            # Another one begins each time, so that none always follows the largest.
            for place in range(len(tills)):
                _order(tills[(turn + place) % len(tills)])
        _check_that_every_line_is_kept(tills)
    figures = [figure for till in tills for figure in _figures_of(till)] + _growth(tills)
    show(figures)
    return figures


@dataclass(frozen=True)
class Answer:
    """What one answer took. `server_cpu_ms` is what the server computed, without disk and waiting."""

    server_ms: float
    server_cpu_ms: float
    round_trip_ms: float


@dataclass
class Till:
    """A signed-in till of one server, and what was measured there."""

    size: int
    client: httpx2.Client
    version: int
    chance: random.Random
    searched: list[str]
    book: Path
    lines_before: int
    lines_rung: int = 0
    add_line: list[Answer] = field(default_factory=list)
    search: list[Answer] = field(default_factory=list)


@contextmanager
def _open_till(homes, size):
    home = homes / str(size)
    if not (home / "built").exists():
        shutil.rmtree(home, ignore_errors=True)
        start = time.perf_counter()
        build_home(home, size)
        (home / "built").touch()
        print(f"{size:,} items published in {time.perf_counter() - start:.0f} s", flush=True)
    store_id, version = first_store(home)
    with (
        serving(home, free_port()) as address,
        httpx2.Client(base_url=address, timeout=60, follow_redirects=True) as client,
    ):
        _wait_for(address, store_id, version)
        _sign_in(client)
        yield Till(
            size=size,
            client=client,
            version=version,
            chance=random.Random(size),
            searched=_searched(size),
            book=home / "book.sqlite3",
            lines_before=_lines_in(home / "book.sqlite3"),
        )


def _wait_for(address, store_id, version):
    start = time.monotonic()
    while applied_versions(address).get(store_id) != version:
        if time.monotonic() - start > 300:
            raise SystemExit("the store did not sync")
        time.sleep(0.1)
    print(f"version {version} applied, {time.monotonic() - start:.1f} s after the server was up", flush=True)


def _sign_in(client):
    """Be Register 1, with its cashier signed in; from then on every request comes from its page."""
    page = client.get("/pos/terminals")
    selection = re.search(r'action="([^"]*/terminals/[0-9a-f]+/selection)"', page.text).group(1)
    page = client.post(selection, data={"csrf_token": _token(page)})
    employee = _cashier(page.text)
    page = client.post(
        "/pos/sessions", data={"csrf_token": _token(page), "employee": employee, "pin": CASHIER_PIN}
    )
    assert page.url.path.endswith("/order"), page.url
    # From now on the requests are what htmx sends from this page.
    client.headers |= {"HX-Request": "true", "X-CSRFToken": _token(page)}


def _cashier(text):
    """The employee behind the person's tile that says Cashier."""
    tiles = re.findall(r'data-person="([^"]+)".*?"person-role">([^<]+)<', text, re.DOTALL)
    return next(employee for employee, role in tiles if role == "Cashier")


def _token(page):
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text).group(1)


def _order(till, *, is_measured=True):
    """Ring an order of LINES_OF_AN_ORDER different lines, search now and then, and void it."""
    chosen = till.chance.sample(range(_generated(till.size)), LINES_OF_AN_ORDER)
    for number in chosen:
        rung = {"item": item_key(number), "tap": uuid4().hex, "version": till.version}
        _timed(till.add_line, is_measured, lambda rung=rung: till.client.post("/pos/order/lines", data=rung))
    till.lines_rung += len(chosen)
    for text in till.chance.sample(till.searched, SEARCHES_BETWEEN):
        _timed(till.search, is_measured, lambda text=text: till.client.get("/pos/tiles", params={"q": text}))
    shown = till.client.get("/pos/order").text
    order = re.search(r'name="order" form="void-form" value="(\w+)"', shown).group(1)
    answer = till.client.post("/pos/voids", data={"order": order})
    assert answer.status_code < 400, answer.text


def _check_that_every_line_is_kept(tills):
    """Every line that was answered lies in the store's book."""
    for till in tills:
        assert _lines_in(till.book) == till.lines_before + till.lines_rung


def _lines_in(book):
    with closing(sqlite3.connect(book)) as connection:
        return connection.execute("SELECT count(*) FROM order_lines").fetchone()[0]


def _timed(measured, is_measured, request):
    start = time.perf_counter()
    answer = request()
    took = (time.perf_counter() - start) * 1000
    assert answer.status_code == 200, f"{answer.status_code} {answer.text[:500]}"
    if is_measured:
        server, cpu = float(answer.headers[SERVER_MS]), float(answer.headers[SERVER_CPU_MS])
        measured.append(Answer(server_ms=server, server_cpu_ms=cpu, round_trip_ms=took))


def _searched(size):
    """What people type: beginnings, words from the middle, two words, SKUs, and things that are not there."""
    chance = random.Random(3)
    texts = []
    for number, name in chance.sample(list(enumerate(names(_generated(size)))), 40):
        words = name.split()
        texts += [words[0][:3], words[1], f"{words[2][:4]} {words[0]}", sku_of(number), f"no. {number}"]
    return [*texts, "zzz", "not here", "flat white", "espresso", "%", "croissant almond"]


def _generated(size):
    # The demo's own items are part of the size; the lowest numbers always exist.
    return size - 150


def _figures_of(till):
    size = f"{till.size:,} items"
    for name, measured, bar in (
        ("add line", till.add_line, ADD_LINE_BAR_MS),
        ("search", till.search, SEARCH_BAR_MS),
    ):
        server = [each.server_ms for each in measured]
        waited = [each.round_trip_ms for each in measured]
        computed = [each.server_cpu_ms for each in measured]
        yield Figure(f"{name}, {size}: server p50", percentile(server, 50), "ms")
        yield Figure(f"{name}, {size}: server p95", percentile(server, 95), "ms", bar)
        yield Figure(f"{name}, {size}: of it computing, p95", percentile(computed, 95), "ms")
        yield Figure(f"{name}, {size}: round trip p50", percentile(waited, 50), "ms")
        yield Figure(f"{name}, {size}: round trip p95", percentile(waited, 95), "ms")


def _growth(tills):
    if len(tills) < 2:
        return []
    smallest, largest = ([each.server_ms for each in till.add_line] for till in (tills[0], tills[-1]))
    span = f"{tills[0].size:,} → {tills[-1].size:,} items"
    ratios = [
        (f"add line, {span}: growth of the server p{percent}",
         percentile(largest, percent) / percentile(smallest, percent))
        for percent in (50, 95)
    ]  # fmt: skip
    return [Figure(name, ratio, "×", GROWTH_BAR) for name, ratio in ratios]


def _sizes(text):
    return tuple(int(part) for part in text.split(","))
