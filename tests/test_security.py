"""What holds a stranger's browser, page or line off both houses. docs/security.md names these tests."""

from __future__ import annotations

import contextlib
import json
import re
import stat
import subprocess
import sys
from dataclasses import replace
from hashlib import scrypt, sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websocket
from sqlalchemy import select

from app import build
from backoffice_web.people.employee import Credential, Employee
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.terminals import pairing, registration
from backoffice_web.terminals.node import Node
from backoffice_web.terminals.one_time_code import ALPHABET, new_code
from settings import read_settings
from tests.busy import visitors
from tests.cast import PINS, employee_of, first_terminal, office, synced, till
from tests.conftest import OWNER_EMAIL, OWNER_PASSWORD
from tests.crawl import pages_of
from tests.shared_data import shared_file

ROOT = Path(__file__).parents[1]
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
def test_no_page_tells_a_secret_sends_one_in_an_address_or_stays_behind(evertill, house):
    """Every page and dialog that links lead to, for whoever sees most.

    What is kept of PINs, badges, passwords and tokens is on none of them; no form sends a secret by its
    address; neither the cache nor htmx's history keeps a page: Back shows nobody's till after signing out.
    """
    for app in (evertill.pos, evertill.backoffice):
        app.config["WTF_CSRF_ENABLED"] = False
    secrets, seen, sent = kept_secrets(evertill), 0, 0
    for _who, client, start in visitors(evertill, house):
        for address, answer, page in pages_of(client, start):
            assert not [name for name, secret in secrets if secret in answer.text], address
            if answer.mimetype == "text/html" and answer.status_code == 200:
                assert answer.headers["Cache-Control"] == "no-store", address
                assert "<!doctype" not in answer.text or '"historyCacheSize":0' in answer.text, address
                seen += 1
            for form in page.forms:
                if SECRETS & {one.name for one in form.fields}:
                    assert form.method == "post", (address, form.action)
                    sent += 1
    assert seen > 20 and sent > 2


SECRETS = {
    "pin", "badge", "password", "password_again", "current_password", "code", "token", "csrf_token",
}  # fmt: skip


def kept_secrets(evertill):
    """(what it is, what is kept of it) of everything in the databases that opens something."""
    with evertill.office_database.read() as session:
        found = [
            (f"{model.__name__}.{column}", getattr(row, column))
            for model, columns in (
                (Employee, ("password_hash", "totp_secret")),
                (Credential, ("pin_hash", "pin_digest", "badge_digest")),
                (Node, ("token_hash",)),
                (Enterprise, ("pin_secret",)),
            )
            for row in session.scalars(select(model))
            for column in columns
        ]
    assert len(found) > 10
    return [(name, secret) for name, secret in found if secret]


def test_no_script_keeps_anything_in_the_browser():
    keeping = re.compile(r"localStorage|sessionStorage|indexedDB|caches\.|document\.cookie")
    files = [*ROOT.glob("*/static/js/*.js")]
    assert len(files) > 20
    assert [file for file in files if keeping.search(file.read_text())] == []


def test_one_time_codes_are_too_many_to_be_guessed_in_their_time():
    """At a thousand tries a second, for as long as a code lives: one in a million for a terminal."""
    tries = 1_000 * registration.CODE_LIVES.total_seconds()
    for module, chance in ((registration, 2e-6), (pairing, 2e-12)):
        assert tries / len(ALPHABET) ** len(new_code(module.CODE_GROUPS).replace("-", "")) < chance


def test_query_and_body_are_mixed_only_where_no_rule_is_asked():
    """`request.values` finds where to go on, what a screen shows and searches, and nothing else."""
    mixed = {
        name
        for house in HOUSES
        for file in (ROOT / f"{house}_web").rglob("*.py")
        for name in re.findall(r"request\.values\b(?:\.get\(([^,)]+))?", file.read_text())
    }
    assert mixed == {'"after"', '"deferred"', '"places"', '"q"', "name"}


def test_every_test_that_the_docs_name_is_there():
    root = ROOT
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (root / "docs/security.md").read_text())
    assert len(named) > 40
    for file, test in named:
        assert (root / file).exists(), file
        assert not test or f"def {test}(" in (root / file).read_text(), (file, test)


def test_every_chosen_point_of_the_standard_is_answered():
    chosen = json.loads(shared_file("security/asvs5_pos_selection.json").read_text())
    answered = (ROOT / "docs/security.md").read_text()
    assert [point["id"] for point in chosen if f"| {point['id']} |" not in answered] == []


def test_passwords_pins_recovery_codes_and_badges_are_hashed_as_dearly_as_owasp_asks():
    """In a process of its own: the tests themselves use light hashes."""
    words = (
        "from types import SimpleNamespace\n"
        "from backoffice_web.people.account import hash_password as password\n"
        "from backoffice_web.people.pin import hash_pin as pin\n"
        "from backoffice_web.people.second_factor import _digest as recovery_code\n"
        "from sync_contract.records import stretched_badge as badge\n"
        "print(password('x'), pin('1234'), recovery_code(SimpleNamespace(id='olive'), 'k7mpx3qd9r'),\n"
        "      badge('CARD-7', salt='c0ffee'))"
    )
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, cwd=ROOT)
    *hashes, recovery_code, badge = told.stdout.split()
    for line, (memory_kib, passes) in zip(hashes, [(65_536, 3), (19_456, 2)], strict=True):
        assert line.startswith(f"$argon2id$v=19$m={memory_kib},t={passes},")
    salt = sha256(b"olive").digest()
    assert recovery_code == scrypt(b"k7mpx3qd9r", salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
    assert badge == scrypt(b"CARD-7", salt=b"\xc0\xff\xee", n=2**14, r=8, p=1, dklen=32).hex()


def test_a_home_that_is_made_and_its_secrets_are_their_owners_alone(tmp_path):
    home = tmp_path / "home"
    read_settings({"EVERTILL_HOME": str(home)})
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
