"""Rubbish in every field, address, header and message of both houses: a sentence each time, never a 5xx."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import httpx2
import pytest
import simple_websocket
from sqlalchemy import select

from backoffice_web.publishing.publish import publish
from backoffice_web.stores.store import Store
from pos_web.orders.order import Order
from pos_web.syncing.outbox import OutboxDocument
from pos_web.syncing.rebuild import Health, verify
from tests.busy import (
    ask_a_manager,
    currency_of,
    forget_wrong_pins,
    leave_something_unpublished,
    open_line,
    open_the_office_again,
    refuse_at_the_office,
    refuse_what_was_sold,
    ring_something,
    sell_something,
    shown_order,
    stand_at_the_clock,
    take_payments_back,
    visitor_again,
    visitors,
)
from tests.cast import first_store, first_terminal, office, till
from tests.crawl import FORM, KEY, forms_of, inside, kind_of_form, parameter_names
from tests.rubbish import LONG, MARKUP, RUBBISH, Page, encoded, naughty_strings

HOUSES = ("pos", "backoffice")
LONGEST_IN_AN_ADDRESS = 300
# How often each form is filled in anew; the words go on where the last filling ended.
ROUNDS = 4 if os.environ.get("EVERTILL_LONG") else 2


def client_of(evertill, house):
    app = getattr(evertill, house)
    app.config["WTF_CSRF_ENABLED"] = False
    return till(evertill, role="owner") if house == "pos" else office(evertill)


def addresses(app, word, methods):
    """(method, path) of each route, with `word` wherever the address has a parameter."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & methods):
            if not rule.rule.startswith("/bridge") and "static" not in rule.rule:
                yield (
                    method,
                    re.sub(r"<[^>]+>", quote(word.encode("utf-8", "surrogatepass"), safe=""), rule.rule),
                )


def fine(response, *about):
    assert response.status_code < 500, about
    assert MARKUP.encode() not in response.data, about
    return response


@pytest.mark.parametrize("house", HOUSES)
def test_no_address_breaks_on_rubbish_in_its_path_and_query(evertill, house):
    client, names = client_of(evertill, house), parameter_names(house)
    words = [word[:LONGEST_IN_AN_ADDRESS] for word in (*RUBBISH[1:], *naughty_strings(every=20))]
    for turn in range(0, len(words), 4):
        # Each parameter gets another word in each turn, so that one that falls back hides no other.
        query = encoded((name, words[(turn + place) % len(words)]) for place, name in enumerate(names))
        headers = {"HX-Request": "true"} if turn % 8 else {}
        for method, path in addresses(getattr(evertill, house), words[turn], {"GET"}):
            fine(client.get(f"{path}?{query}", headers=headers), method, path, turn)


@pytest.mark.parametrize("house", HOUSES)
def test_no_address_breaks_on_a_number_that_is_too_long_to_be_one(evertill, house):
    client, names = client_of(evertill, house), parameter_names(house)
    query = encoded((name, "9" * 5_000) for name in names)
    for method, path in addresses(getattr(evertill, house), "9" * 5_000, {"GET"}):
        fine(client.get(f"{path}?{query}"), method, path)


@pytest.mark.parametrize("house", HOUSES)
def test_no_post_breaks_on_rubbish_in_all_that_it_reads(evertill, house):
    client, names = client_of(evertill, house), parameter_names(house)
    for number, word in enumerate(RUBBISH[::2]):
        headers = {"HX-Request": "true"} if number % 2 else {}
        for method, path in addresses(getattr(evertill, house), word[:500] or "-", {"POST"}):
            body = encoded((name, word) for name in [*names, *names])
            answer = client.open(path, method=method, data=body, content_type=FORM, headers=headers)
            fine(answer, method, path, word[:80])


def posts_of(evertill, house):
    """(who needs it, address of its page, form) of every form that posts, of whoever reaches it first."""
    for app in (evertill.pos, evertill.backoffice):
        app.config["WTF_CSRF_ENABLED"] = False
    found = {}
    for who, client, start in visitors(evertill, house):
        for address, form in forms_of(client, start):
            found.setdefault(kind_of_form(form), (who, address, form))
    posts = [one for one in found.values() if one[2].method == "post"]
    # What puts a thing away for good comes last, so that its other forms mean something until then.
    return sorted(
        posts, key=lambda one: one[2].action.endswith(("/discards", "/moves", "/archive", "/removal"))
    )


def nothing_is_half_written(evertill):
    """All that was saved can be published, and the stores hold exactly that."""
    with evertill.office_database.write() as session:
        stores = session.scalars(select(Store.id)).all()
        publish(session, stores=stores, records=None, by="test", now=datetime.now(UTC))
        session.commit()
    assert evertill.agent.discover()
    for store_id in stores:
        assert evertill.agent.sync(store_id, by="test").is_success
        with evertill.replica.read() as replica:
            assert verify(replica, store_id=store_id) is Health.SOUND
    with evertill.book.read() as book:
        for order in book.scalars(select(Order)):
            assert order.lines or order.state in {"open", "void"}
            assert all(line.quantity > 0 for line in order.lines) or order.is_refund


def fillings(form, words, rounds):
    """(what was typed, pairs to send): rubbish in all fields at once, then in one field among good ones."""
    buttons = [(one.name, one.value) for one in form.fields if one.type == "button"] or [("action", "save")]
    for turn in range(rounds):
        typed = {
            one.name: words[(turn * 5 + place * 3) % len(words)] for place, one in enumerate(form.fields)
        }
        is_every, pressed = turn % 2 == 0, buttons[turn % len(buttons)]
        typed = {one.name: typed[one.name] for one in form.fields if one.is_typed or is_every}
        typed.pop(pressed[0], None)
        rest = [(name, value) for name, value in form.pairs() if name not in typed]
        yield typed, [*rest, *typed.items(), pressed]
    # Boxes that share a name would send the same again, each for all of them.
    sent = set()
    for place, one in enumerate(form.fields):
        if one.type in {"button", "file"}:
            continue
        rest = [(name, value) for name, value in form.pairs() if name != one.name]
        for word in (None, words[place * 7 % len(words)]):
            if (one.name, word) not in sent:
                sent.add((one.name, word))
                typed = {} if word is None else {one.name: word}
                yield typed, [*rest, *typed.items(), *typed.items(), buttons[0]]


def with_newest_revision(client, address, form, pairs, last):
    """The pairs as a page would send them that was opened after the `last` answer."""
    has_revision = form.value_of("revision") is not None
    if has_revision and (last is None or last.status_code in {303, 409}):
        page = Page(client.get(address, headers={"HX-Request": "true"}).text)
        again = [one for one in page.forms if one.action == form.action]
        form.newest = again[0].value_of("revision") if again else None
    newest = form.newest
    return [(name, newest if name == "revision" and newest else value) for name, value in pairs]


def about_the_open_order(client, form, pairs, typed):
    """The pairs as a page would send them that shows the order which is open now."""
    if form.value_of("order") is None or "order" in typed:
        return pairs
    opened = shown_order(client)
    return [(name, opened if name == "order" else value) for name, value in pairs]


def lost(form, typed, response):
    """The typed fields that the refused form no longer holds."""
    again = [one for one in Page(response.text).forms if one.action == form.action and one.fields]
    names = {one.name for one in form.fields if one.is_typed}
    plain = {name: word for name, word in typed.items() if name in names and word.isprintable()}
    if not again:
        # The order that the form was about is gone or done: there is nothing left to type for.
        return {} if "/orders/" in form.action or form.action.endswith(("/holds", "/voids")) else plain
    held = {name: max((one.value_of(name) or "" for one in again), key=len) for name in plain}
    return {
        name: word
        for name, word in plain.items()
        if held[name].strip() != word.strip()[: len(held[name]) or 1]
    }


def made_ready(evertill, house, who, client, form):
    """Who sends the form, so that it still means something after what was typed before."""
    action = inside(form.action)
    if house == "backoffice":
        open_the_office_again(evertill)
    if re.search("sign-out|sessions|selection|employees|departures", action):
        client = visitor_again(evertill, house, who)
    if re.search("payments|voids|holds", action):
        ring_something(client)
    if action.startswith("/order/lines/"):
        take_payments_back(client)
        ring_something(client)
        form.action = KEY.sub(open_line(evertill), form.action)
    if "/publications" in action:
        leave_something_unpublished(client)
    if re.search("pin|sessions|people", action) and house == "pos":
        forget_wrong_pins(evertill)
    if action.startswith("/dead-letters/") and house == "pos":
        refuse_what_was_sold(evertill)
    if action == "/dead-letters/dismissals":
        refuse_at_the_office(evertill)
    if action.startswith("/approvals/"):
        form.action = KEY.sub(ask_a_manager(evertill), form.action)
    if clock := re.fullmatch("/punches/(clock-ins|clock-outs|breaks|break-ends)", action):
        stand_at_the_clock(evertill, client, clock[1], currency=currency_of(who))
    return client


@pytest.mark.parametrize("house", HOUSES)
def test_no_form_breaks_on_rubbish_or_loses_what_was_typed(evertill, house):
    posts = posts_of(evertill, house)
    assert len(posts) > 40
    for number, (who, address, form) in enumerate(posts):
        client, response, statuses = visitor_again(evertill, house, who), None, set()
        words = (*RUBBISH[number % 3 :: 3], *naughty_strings(every=60))
        for typed, pairs in fillings(form, words, rounds=ROUNDS):
            client = made_ready(evertill, house, who, client, form)
            pairs = about_the_open_order(client, form, pairs, typed)
            body = encoded(with_newest_revision(client, address, form, pairs, response))
            response = client.post(inside(form.action), data=body, content_type=FORM)
            fine(response, form.action, pairs if len(body) < 3_000 else typed.keys())
            statuses.add(response.status_code)
            # Which act a list's form is for is no field that anybody types into.
            if response.status_code == 422 and typed and "act" not in typed:
                assert lost(form, typed, response) == {}, (form.action, typed)
        # It was read at all: an import that was saved is the only thing that nobody can put away any more.
        assert statuses & {200, 204, 303, 422} or form.action.endswith("/discards"), form.action
    nothing_is_half_written(evertill)
    client = client_of(evertill, house)
    for address in {address for _who, address, _form in posts}:
        fine(client.get(address), address)


HEADERS = {
    "Accept": ["", "application/json", "text/*;q=nan", "*/*;q=9e999", MARKUP],
    "Accept-Language": ["", "xx-YY;q=2", "de;q=NaN", "*" * 9_000, "\u00ff"],
    "Accept-Encoding": ["gzip;q=-1", "br;q=x,,,", "identity;q=0, *;q=0"],
    "Cookie": [
        "=",
        "evertill_pos=x; evertill_backoffice=x",
        "evertill_terminal=" + "A" * 5_000,
        "\x01=\x02;;",
    ],
    "Content-Type": [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "text/\xff",
    ],
    "Content-Length": ["-1", "x", "9" * 30, "\u00b2"],
    "Host": ["", "[", "a:b:c", "localhost:99999", "evil.example"],
    "Referer": ["http://[", "//", "javascript:alert(1)", "http://localhost/pos/\xff"],
    "HX-Request": ["", "\xff"],
    "HX-Current-URL": ["http://[", "javascript:alert(1)"],
    "If-None-Match": ['"', "W/", "*"],
    "If-Modified-Since": ["yesterday", "Thu, 32 Jan 9999 99:99:99 GMT"],
    "Range": ["bytes=-0", "bytes=9-1", "lines=1-2"],
    "X-Forwarded-For": ["::::", "\xff" * 400],
    "Authorization": ["Bearer", "Basic \xff", "Bearer " + "A" * 9_000],
}


@pytest.mark.parametrize("house", HOUSES)
def test_no_header_breaks_a_page(evertill, house):
    client = client_of(evertill, house)
    paths = (
        ["/", "/orders", "/syncs", "/assets/x/bundle.css"]
        if house == "pos"
        else ["/", "/items", "/bridge/v1/stores"]
    )
    posts = ["/syncs", "/sessions"] if house == "pos" else ["/sign-in", "/categories", "/imports"]
    for name, values in HEADERS.items():
        for value in values:
            for path in paths:
                fine(client.get(path, headers={name: value}), path, name, value)
            for path in posts:
                fine(client.post(path, data=b"--\xff{]=&%zz;", headers={name: value}), path, name, value)


@pytest.mark.parametrize("house", HOUSES)
def test_no_form_breaks_when_json_or_files_are_sent_instead(evertill, house):
    client = client_of(evertill, house)
    bodies = [b"", b"[]", b"null", b'{"name": ["\\ud800"]}', b"[" * 100_000, b"\xff\xfe\x00"]
    for method, path in addresses(getattr(evertill, house), "unknown", {"POST"}):
        for body in bodies:
            fine(
                client.open(path, method=method, data=body, content_type="application/json"), path, body[:20]
            )
        files = {"name": (BytesIO(b"\x00\xff"), "a\x00b/../c.csv"), "file": (BytesIO(b""), "\u202e.csv")}
        fine(client.open(path, method=method, data=files), path, "files")


# What JSON can say that nobody means.
JSON_RUBBISH = (
    "null", "true", "0", "-1", "1.5", "1e400", "NaN", "9" * 40, "9223372036854775808", "9223372036854775807",
    "[]", "{}", '""', '"\\u0000"', '"\\ud800"', '"\\u202e<script>"', f'"{LONG}"', "[" * 5_000,
    '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59.999999-23:59"', '[[["deep"]]]', '{"a": {"b": 1}}',
)  # fmt: skip


def a_sold_document(evertill):
    client = client_of(evertill, "pos")
    sell_something(client)
    with evertill.book.read() as book:
        found = select(OutboxDocument).where(OutboxDocument.kind == "order")
        return json.loads(book.scalars(found).first().content)


def mutilated(document):
    """The document, each time with one of its values replaced by rubbish, at any depth of it."""
    for place, path in enumerate(paths_of(document)):
        for word in JSON_RUBBISH[place % 3 :: 3]:
            copy = json.loads(json.dumps(document))
            inner = copy
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = "@@"
            copy = {**copy, "uuid": uuid4().hex} if path != ("uuid",) else copy
            yield json.dumps(copy).replace('"@@"', word).encode("utf-8", "surrogatepass")


def paths_of(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield (*path, step)
        yield from paths_of(inner, (*path, step))


def node_client(evertill, settings):
    client = evertill.backoffice.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {settings.node_token}"
    return client


def test_no_mutilated_document_breaks_the_ledger_or_holds_up_the_others(evertill, settings):
    client, store = node_client(evertill, settings), first_store(evertill)
    document = a_sold_document(evertill)
    lines = [*mutilated(document), b"\xff\xfe", b"{", b"null", b'"order"', b"[" * 50_000]
    for start in range(0, len(lines), 50):
        good = json.dumps({**document, "uuid": uuid4().hex}).encode()
        response = client.post(
            f"/bridge/v1/stores/{store.id}/uploads", data=b"\n".join([*lines[start : start + 50], good])
        )
        assert response.status_code == 200, response.text
        receipts = response.json
        assert {receipt["outcome"] for receipt in receipts} <= {"accepted", "refused", "duplicate"}
        assert receipts[-1]["outcome"] == "accepted"
    # Whatever was kept can also be shown.
    pages = office(evertill)
    for path in ("/", "/sales", "/sales?page=2", "/sales.csv", "/terminals", "/journal"):
        fine(pages.get(path), path)
    for link in [link for link in Page(pages.get("/sales?size=100").text).links if "/sales/" in link]:
        assert pages.get(inside(link)).status_code == 200, link


def test_no_mutilated_report_breaks_the_terminals_board(evertill, settings):
    client, store, terminal = node_client(evertill, settings), first_store(evertill), first_terminal(evertill)
    moment = "2026-05-04T12:00:00Z"
    report = {
        "store": store.id, "version": 1, "digest": "0" * 32, "applied_at": moment, "outcome": "applied",
        "started_by": "x", "duration_ms": 1, "outbox_length": 0, "outbox_oldest_at": moment,
        "tills": [{"terminal": terminal.id, "shown_version": 1, "has_open_order": True, "seen_at": moment}],
    }  # fmt: skip
    pages = office(evertill)
    for body in mutilated(report):
        body = body.replace(b'"uuid"', b'"more"')
        assert client.post(f"/bridge/v1/stores/{store.id}/reports", data=body).status_code in {204, 400}, (
            body[:300]
        )
    for path in ("/", "/terminals", f"/terminals/{terminal.id}"):
        fine(pages.get(path), path)


def test_no_word_breaks_the_bridges_addresses(evertill, settings):
    client, store = node_client(evertill, settings), first_store(evertill)
    for word in (*RUBBISH, *naughty_strings(every=10)):
        word = word[:LONGEST_IN_AN_ADDRESS]
        for asked in ("since", "epoch", "digest", "after"):
            query = encoded(
                [("since", "1"), ("epoch", "e"), ("digest", "d"), (asked, word)][asked == "since" :]
            )
            for what in ("changes", "status"):
                fine(client.get(f"/bridge/v1/stores/{store.id}/{what}?{query}", buffered=True), what, query)
        fine(client.post("/bridge/v1/registrations", data=json.dumps({"code": word})), word)


FRAMES = (
    "", "2probe", "4", "40", "40{", "40[]", '40{"csrf": ["x"]}', '40{"csrf": "x"}', "41", "42",
    '42["connect"]', "42[", '42["x", ' + "[" * 900 + "]" * 900 + "]", "45999-[]",
    '451-["x",{"_placeholder":true,"num":9}]',
    "9", "43-1[]", "42/unknown,[1]", b"", b"\xff\x00", "4" + "0" * 5_000, "\u202e",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/pos/socket.io", "/backoffice/socket.io"])
def test_no_socket_message_stops_the_server(live, path):
    address = f"{live.url.replace('http', 'ws')}{path}/?EIO=4&transport=websocket"
    for frame in FRAMES:
        socket = None
        try:
            socket = simple_websocket.Client(address)
            for _again in range(2):
                socket.send(frame)
            assert "csrf" not in str(socket.receive(timeout=5))
        except (simple_websocket.ConnectionClosed, simple_websocket.ConnectionError, OSError):
            continue
        finally:
            if socket is not None and socket.connected:
                socket.close()
    assert httpx2.get(f"{live.url}/healthz").status_code == 200
    assert httpx2.get(f"{live.url}{path}/?EIO=4&transport=polling&sid={MARKUP}").status_code == 400
