"""What people at the screens notice of syncs: pages meanwhile, notices, and how soon a price is there."""

from __future__ import annotations

import re
import shutil
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime

import httpx2
from sqlalchemy import select

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.saved_change import mark
from backoffice_web.stores.store import Store
from tests.bench.admin import PASSWORD, owner_of
from tests.bench.edits import publish_all, save_prices
from tests.bench.figures import Figure, percentile
from tests.bench.house import Office, house, made_home
from tests.bench.served import applied_versions
from tests.bench.sockets import Sockets

OWNER_PIN = "3333"
PAGE_EVERY_S = 0.02
TILLS = 20


def figures(offices, chosen, work, _packages):
    large, small = offices.sizes[-1], offices.sizes[0]
    return [
        *_pages_while_applying(large, chosen, work),
        *_fan_out(small, chosen, work),
        *_publish_to_visible(small, chosen, work),
    ]


def _pages_while_applying(size, chosen, work):
    """A full sync is pressed; another cashier turns the pages of the tiles meanwhile."""
    with (
        _both(size, chosen, work, "pages") as (_office, address),
        _till(address) as cashier,
        _till(address, pin=OWNER_PIN, role="Owner") as owner,
    ):
        at_rest = [_page_ms(cashier) for _turn in range(100)]
        answers = []
        pressing = threading.Thread(
            target=lambda: answers.append(owner.post("/pos/syncs/full", timeout=120).text)
        )
        pressing.start()
        meanwhile, ends = [], time.monotonic() + 60
        while pressing.is_alive() and time.monotonic() < ends:
            meanwhile.append(_page_ms(cashier))
            time.sleep(PAGE_EVERY_S)
        pressing.join()
        assert answers, "the sync did not end"
    name = f"page of tiles while {size:,} items are applied"
    return [
        Figure(f"{name}: p99", percentile(meanwhile, 99), "ms", 25),
        Figure(f"{name}: p50", percentile(meanwhile, 50), "ms"),
        Figure(f"{name}: p50 at rest", percentile(at_rest, 50), "ms"),
        Figure(f"{name}: p99 at rest", percentile(at_rest, 99), "ms"),
    ]


def _page_ms(client):
    start = time.perf_counter()
    answer = client.get("/pos/tiles")
    assert answer.status_code == 200, answer.text[:300]
    return (time.perf_counter() - start) * 1000


def _fan_out(size, chosen, work):
    """One till presses Sync; from then until each of the others has heard that a version was applied."""
    count = 20 if chosen.quick else 1_000
    with (
        _both(size, chosen, work, "sockets", threads=count + 64) as (office, address),
        _till(address) as pressing,
        Sockets(address, count=count, cookies=dict(pressing.cookies), token=_token_of(pressing)) as tills,
    ):
        waited, delivered = [], 0
        for turn in range(chosen.rounds + 2):
            save_prices(office, [turn])
            publish_all(office)
            tills.forget()
            start = time.perf_counter()
            pressing.post("/pos/syncs")
            moments = tills.wait_for("pos:applied", timeout_s=20)
            delivered += len(moments)
            waited += [(at - start) * 1000 for at in moments]
    name = f"one notice to {count:,} tills, from the pressed Sync on"
    return [
        Figure(f"{name}: p99", percentile(waited, 99), "ms", 500),
        Figure(f"{name}: p50", percentile(waited, 50), "ms"),
        Figure(f"{name}: not delivered", count * (chosen.rounds + 2) - delivered, "notices", 0),
    ]


def _publish_to_visible(size, chosen, work):
    name = f"Save and Publish → visible in Chromium, {TILLS} tills"
    rows = [Figure(f"{name}: p95", None, "s", 1), Figure(f"{name}: p50", None, "s")]
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return rows
    chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if chromium is None:
        return rows
    with ExitStack() as stack:
        office, address = stack.enter_context(_both(size, chosen, work, "chromium"))
        _update_at_once(office, address)
        email = owner_of(office)
        others = stack.enter_context(_till(address))
        stack.enter_context(
            Sockets(
                address, count=TILLS - 1, cookies=dict(others.cookies), token=_token_of(others),
                on_event=lambda event: event == "pos:applied" and others.get("/pos/tiles"),
            )
        )  # fmt: skip
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        stack.callback(browser.close)
        admin, till = (browser.new_page(base_url=address) for _page in range(2))
        _sign_in_to_office(admin, email)
        _open_till(till)
        key = _shown_item(office, till)
        waited = [_one_price(admin, till, key, turn) for turn in range(3 if chosen.quick else 20)]
    return [
        Figure(rows[0].name, percentile(waited, 95), "s", 1),
        Figure(rows[1].name, percentile(waited, 50), "s"),
    ]


def _one_price(admin, till, key, turn):
    """Type another price, press Save and Publish; seconds until the open till shows it."""
    price = f"{70 + turn}.25"
    admin.goto(f"/backoffice/items/{key}")
    admin.get_by_label(re.compile(r"^Price.*USD")).first.fill(price)
    start = time.perf_counter()
    admin.get_by_role("button", name="Save and Publish", exact=True).click()
    till.wait_for_function(
        "price => [...document.querySelectorAll('#catalog .tile')].some(t => t.innerText.includes(price))",
        arg=price,
    )
    took = time.perf_counter() - start
    # Tills may be faster than the answer to whoever published; going on before it comes would meet it.
    admin.wait_for_url("**?published=*")
    return took


def _shown_item(office, till):
    """The key of an item that the till shows as a tile with one price."""
    shown = till.locator("button.tile[hx-post] .tile-name").first.inner_text()
    with office.database.read() as session:
        return session.scalars(select(Item.id).where(Item.name == shown)).first()


def _sign_in_to_office(page, email):
    page.goto("/backoffice/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/backoffice/")


def _open_till(page):
    page.goto("/pos/")
    page.get_by_role("button", name="Register 1").first.click()
    page.locator(".person", has_text="Cashier").first.click()
    for digit in "1111":
        page.keyboard.press(digit)
    page.wait_for_url("**/pos/order**")


@contextmanager
def _both(size, chosen, work, name, threads=64):
    """Both houses in one process over a home of its own, in step."""
    home = work / name
    shutil.copytree(made_home(chosen.homes or work / "homes", size), home)
    with closing(Office(home, has_node=False)) as office, house(home, role="all", threads=threads) as address:
        _wait_until_in_step(office, address)
        yield office, address


def _wait_until_in_step(office, address):
    from backoffice_web.publishing.publication import PublishedHead

    with office.database.read() as session:
        wanted = session.get_one(PublishedHead, office.store_id).version
    deadline = time.monotonic() + 120
    while applied_versions(address).get(office.store_id) != wanted:
        if time.monotonic() > deadline:
            raise SystemExit("the store did not sync")
        time.sleep(0.1)


def _update_at_once(office, address):
    """Publish that tills take a version at once, and wait until the store does so."""
    with office.database.write() as session:
        session.get_one(Store, office.store_id).auto_sync_after_s = 0
        records = [("store_settings", office.store_id)]
        mark(session, records, stores=[office.store_id], by="Bench", now=datetime.now(UTC))
        session.commit()
    publish_all(office)
    with _till(address) as client:
        client.post("/pos/syncs")
    _wait_until_in_step(office, address)


@contextmanager
def _till(address, *, role="Cashier", pin="1111"):
    """A client at Register 1, signed in; it sends what htmx sends."""
    with httpx2.Client(base_url=address, timeout=60, follow_redirects=True) as client:
        page = client.get("/pos/terminals")
        selection = re.search(r'action="([^"]*/terminals/[0-9a-f]+/selection)"', page.text).group(1)
        page = client.post(selection, data={"csrf_token": _token(page)})
        tiles = re.findall(r'data-person="([^"]+)".*?"person-role">([^<]+)<', page.text, re.DOTALL)
        employee = next(key for key, its_role in tiles if its_role == role)
        page = client.post(
            "/pos/sessions", data={"csrf_token": _token(page), "employee": employee, "pin": pin}
        )
        assert page.url.path.endswith("/order"), page.url
        client.headers |= {"HX-Request": "true", "X-CSRFToken": _token(page)}
        yield client


def _token(page):
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text).group(1)


def _token_of(client):
    return client.headers["X-CSRFToken"]
