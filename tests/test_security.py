"""What holds a stranger's browser, page or line off both houses. docs/security.md names these tests."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websocket

from app import build
from tests.cast import PINS, employee_of, first_terminal, office, synced, till
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD
from tests.rubbish import Page
from tests.shared_data import shared_file

HOUSES = ("pos", "backoffice")
ROOT = Path(__file__).parents[1]
# A Socket.IO packet that asks to be connected to the main namespace.
CONNECT = '40{"csrf":"%s"}'


@pytest.fixture
def behind_tls(settings):
    built = build(replace(settings, is_https=True))
    built.start()
    yield built
    built.stop()


def attributes(cookie):
    name, _, rest = cookie.partition("=")
    return name, {part.strip().split("=")[0].lower() for part in rest.split(";")[1:]}


def cookies_of_a_working_day(evertill):
    """Every cookie that the houses set: choosing a terminal, signing in on both sides, leaving."""
    synced(evertill)
    pos, back = evertill.pos.test_client(), evertill.backoffice.test_client()
    for app in (evertill.pos, evertill.backoffice):
        app.config["WTF_CSRF_ENABLED"] = False
    terminal, cashier = first_terminal(evertill), employee_of(evertill, "cashier")
    return [
        cookie
        for client, path, form in (
            (back, "/sign-in", {"email": OWNER_EMAIL, "password": OWNER_PASSWORD}),
            (pos, f"/terminals/{terminal.id}/selection", {}),
            (pos, "/sessions", {"employee": cashier, "pin": PINS["cashier"]}),
        )
        for cookie in client.post(path, data=form, base_url="https://localhost").headers.getlist("Set-Cookie")
    ]


def test_no_cookie_is_read_by_scripts_or_sent_along_from_other_sites(evertill):
    cookies = cookies_of_a_working_day(evertill)
    assert {attributes(one)[0] for one in cookies} >= {
        "evertill_pos",
        "evertill_backoffice",
        "evertill_terminal",
    }
    for one in cookies:
        assert {"httponly", "samesite", "path"} <= attributes(one)[1], one
        assert "samesite=lax" in one.lower() or "samesite=strict" in one.lower(), one


def test_behind_tls_every_cookie_is_kept_for_tls_alone(behind_tls):
    cookies = cookies_of_a_working_day(behind_tls)
    assert len(cookies) >= 3
    for one in cookies:
        name, has = attributes(one)
        assert name.startswith("__Secure-") and "secure" in has, one


def test_behind_tls_browsers_are_told_to_stay_there(behind_tls, evertill):
    assert "max-age" in behind_tls.pos.test_client().get("/terminals").headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in evertill.pos.test_client().get("/terminals").headers


@pytest.mark.parametrize("house", HOUSES)
def test_a_form_of_another_page_changes_nothing(evertill, house):
    """Without the page's token no unsafe request is carried out. The bridge knows no cookies."""
    app = getattr(evertill, house)
    client = till(evertill, role="owner") if house == "pos" else office(evertill)
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule.startswith("/bridge/"):
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        answer = client.post(path, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 400, (path, answer.status_code)


def token_of(page):
    return page.split('name="csrf-token" content="')[1].split('"')[0]


def opened(live, house, client, *, origin, token):
    """Does the house's socket accept this browser, coming from a page of `origin`?"""
    cookie = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    url = live.url.replace("http", "ws") + f"/{house}/socket.io/?EIO=4&transport=websocket"
    try:
        with contextlib.closing(
            websocket.create_connection(url, timeout=5, origin=origin, cookie=cookie)
        ) as line:
            line.recv()
            line.send(CONNECT % token)
            return line.recv().startswith("40")
    except websocket.WebSocketBadStatusException:
        return False


@pytest.mark.parametrize("house", HOUSES)
def test_a_socket_opens_only_for_the_houses_own_page_and_its_token(live, house):
    evertill = live.evertill
    client = till(evertill, role="cashier") if house == "pos" else office(evertill)
    token = token_of(client.get("/order" if house == "pos" else "/").text)
    own = "http://" + urlsplit(live.url).netloc
    assert opened(live, house, client, origin=own, token=token)
    assert not opened(live, house, client, origin="https://evil.example", token=token)
    assert not opened(live, house, client, origin=own, token="x" + token[1:])
    assert not opened(live, house, getattr(evertill, house).test_client(), origin=own, token=token)


def test_the_same_parameter_twice_is_no_way_around_a_check(evertill):
    """Query and body are never mixed where a rule is asked: the body decides, and its first value."""
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = evertill.backoffice.test_client()
    answer = client.post(
        f"/sign-in?email={OWNER_EMAIL}&password={OWNER_PASSWORD}",
        data={"email": ["nobody@x.example", OWNER_EMAIL], "password": ["wrong", OWNER_PASSWORD]},
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("house", HOUSES)
def test_no_form_sends_a_secret_in_an_address(evertill, house):
    client = till(evertill) if house == "pos" else evertill.backoffice.test_client()
    page = Page(client.get("/" if house == "pos" else "/sign-in").text)
    for form in page.forms:
        if {"pin", "password", "csrf_token"} & {one.name for one in form.fields}:
            assert form.method.lower() == "post", form.action


@pytest.mark.parametrize("house", HOUSES)
def test_no_page_stays_behind_in_the_browser(evertill, house):
    """Neither the cache nor htmx's history keeps a page: Back shows nobody's till after signing out."""
    client = till(evertill, role="owner") if house == "pos" else office(evertill)
    answer = client.get("/order" if house == "pos" else "/items")
    assert answer.headers["Cache-Control"] == "no-store"
    assert '"historyCacheSize":0' in answer.text


def test_every_test_that_the_docs_name_is_there():
    root = Path(__file__).parents[1]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (root / "docs/security.md").read_text())
    assert len(named) > 40
    for file, test in named:
        assert (root / file).exists(), file
        assert not test or f"def {test}(" in (root / file).read_text(), (file, test)


def test_every_chosen_point_of_the_standard_is_answered():
    chosen = json.loads(shared_file("security/asvs5_pos_selection.json").read_text())
    answered = (Path(__file__).parents[1] / "docs/security.md").read_text()
    assert [point["id"] for point in chosen if f"| {point['id']} |" not in answered] == []


def test_passwords_and_pins_are_hashed_as_dearly_as_owasp_asks():
    """In a process of its own: the tests themselves use light hashes."""
    words = (
        "from backoffice_web.people.account import hash_password as password\n"
        "from backoffice_web.people.pin import hash_pin as pin\n"
        "print(password('x'), pin('1234'))"
    )
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, cwd=ROOT)
    for line, (memory_kib, passes) in zip(told.stdout.split(), [(65_536, 3), (19_456, 2)], strict=True):
        assert line.startswith(f"$argon2id$v=19$m={memory_kib},t={passes},")
