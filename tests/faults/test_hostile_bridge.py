"""Whoever sends whatever to the bridge: a clear 4xx or a receipt, never a 5xx, and nothing is written."""

import gzip
import json
from datetime import timedelta

import pytest

from backoffice_web.bridge.access import end_former_token, issue_next_token, issue_node_token, node_of
from backoffice_web.bridge.routes import LARGEST_BODY
from backoffice_web.stores.setup import open_store
from backoffice_web.terminals.node import Node
from sync_contract.digest import EMPTY, to_hex
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.backoffice_web.ledger.documents import order_bytes
from tests.faults.conftest import at_length
from tests.faults.house import REGISTER
from tests.faults.stranger import Stranger
from tests.rubbish import RUBBISH, naughty_strings

UPLOADS, REPORTS = f"stores/{DOWNTOWN}/uploads", f"stores/{DOWNTOWN}/reports"
DEEP = 100_000


@pytest.fixture
def stranger(house):
    return Stranger(house)


def all_requests(store=DOWNTOWN):
    """One good request of each kind."""
    report = {"store": store, "version": 1, "digest": to_hex(EMPTY)}
    yield "GET", "stores", {}
    yield "GET", f"stores/{store}/status", {"query_string": {"since": 0}}
    yield "GET", f"stores/{store}/changes", {"query_string": {"since": 0}}
    yield "POST", f"stores/{store}/uploads", {"data": order_bytes(store=store)}
    yield "POST", f"stores/{store}/reports", {"data": json.dumps(report)}
    yield "POST", "registrations", {"data": json.dumps({"code": "ABCD-EFGH"})}
    yield "POST", "token", {}


def bad_tokens(house):
    with house.office.write() as session:
        revoked = issue_node_token(session, name="Lost", serves_all=True, store_ids=[], now=NOON)
        session.get_one(Node, node_of(session, revoked).node_id).is_revoked = True
    with house.office.write() as session:
        former = issue_node_token(session, name="Renewed", serves_all=False, store_ids=[DOWNTOWN], now=NOON)
        node = node_of(session, former).node_id
        end_former_token(session, node_id=node, token=issue_next_token(session, node_id=node))
    return [
        revoked,
        former,
        "nonsense",
        house.token[:-1],
        house.token + "x",
        house.token.swapcase(),
        "A" * 9_000,
    ]


def test_no_token_but_the_nodes_own_opens_anything(house, stranger):
    for token in bad_tokens(house):
        for method, path, more in all_requests():
            assert stranger.refused(method, path, token=token, **more).status_code == 401


def test_a_node_reaches_no_store_but_its_own(house, stranger):
    with house.office.write() as session:
        open_store(
            session, store_id="harbour", name="Harbour", currency="EUR", locale="de_DE",
            time_zone="Europe/Berlin", now=NOON, by="Set-up",
        )  # fmt: skip
    for store in ("harbour", "nowhere", DOWNTOWN.upper(), f"{DOWNTOWN} ", f"{DOWNTOWN}%00", "..", "*"):
        for method, path, more in all_requests(store):
            if path.startswith("stores/"):
                assert stranger.refused(method, path, **more).status_code in {400, 403, 404}


def test_another_stores_document_is_refused_and_no_sale(house, stranger):
    documents = b"\n".join(
        [order_bytes(uuid="theirs", store="harbour"), order_bytes(uuid="ours", terminal=REGISTER)]
    )
    receipts = stranger.ask("POST", UPLOADS, data=documents).json
    assert [receipt["outcome"] for receipt in receipts] == ["refused", "accepted"]
    assert house.sales() == ["ours"]


def test_a_report_about_another_store_is_refused(stranger):
    report = json.dumps({"store": "harbour", "version": 1, "digest": to_hex(EMPTY)})
    assert stranger.refused("POST", REPORTS, data=report).status_code == 400


def test_what_is_too_large_is_refused_unread(stranger):
    line = order_bytes() + b"\n"
    for body in (b"x" * (LARGEST_BODY + 1), line * (LARGEST_BODY // len(line) + 1)):
        for path in (UPLOADS, REPORTS, "registrations", "pairings"):
            assert stranger.refused("POST", path, data=body).status_code == 413
    many = b"\n".join(order_bytes(uuid=f"u{number}") for number in range(2_001))
    assert stranger.refused("POST", UPLOADS, data=many).status_code == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x" * 5_000])
def test_no_bomb_is_unpacked(stranger, encoding):
    bomb = gzip.compress(b"\0" * 50_000_000)
    for path in (UPLOADS, REPORTS, "registrations", "pairings", "token"):
        answer = stranger.refused("POST", path, data=bomb, headers={"Content-Encoding": encoding})
        assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP, b'{"a":' * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"code":' + b"[" * DEEP,
        b"\xff\xfe", b"", b"0",
    ],
)  # fmt: skip
def test_what_is_nested_or_no_json_is_refused(stranger, body):
    for path in (REPORTS, "registrations", "pairings"):
        assert stranger.refused("POST", path, data=body).status_code in {400, 422}
    before = stranger.house.sales()
    assert stranger.ask("POST", UPLOADS, data=body).status_code in {200, 400}
    assert stranger.house.sales() == before


def words():
    return [*RUBBISH, *naughty_strings(every=at_length(12, 1))]


def places(value, before=()):
    """Where a document holds a word, down to the last line's last modifier."""
    if isinstance(value, str):
        yield before
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*before, step))


def with_word(document, place, word):
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = word
    return copy


JOURNAL = {
    "kind": "journal_entry", "uuid": "good", "store": DOWNTOWN, "terminal": REGISTER, "employee": "cara",
    "employee_name": "Cara", "at": NOON.isoformat(), "action": "no_sale",
    "details": {"note": "change"},
}  # fmt: skip


@pytest.mark.parametrize(
    "document", [json.loads(order_bytes(uuid="good", terminal=REGISTER)), JOURNAL], ids=["order", "journal"]
)
def test_naughty_words_in_every_field_of_a_document_are_kept_as_they_are_or_refused(
    house, stranger, document
):
    good = json.dumps({**document, "uuid": "first"}).encode()
    assert [each["outcome"] for each in stranger.ask("POST", UPLOADS, data=good).json] == ["accepted"]
    sent, number = {"first": good}, 0
    for word in words()[:: at_length(3, 1)]:
        lines = []
        for place in places(document):
            number += 1
            naughty = with_word({**document, "uuid": f"u{number}"}, place, word)
            lines.append(json.dumps(naughty).encode("utf-8", "surrogatepass"))
            sent[naughty["uuid"]] = lines[-1]
        receipts = stranger.ask("POST", UPLOADS, data=b"\n".join(lines)).json
        assert len(receipts) == len(lines)
        assert {receipt["outcome"] for receipt in receipts} <= {"accepted", "refused", "duplicate"}
    kept = house.documents()
    assert len(kept) > 1
    assert all(content == sent[uuid] for uuid, content in kept.items())


def test_naughty_words_in_every_parameter_and_code_get_a_sentence(stranger):
    good = {"since": "1", "epoch": "e", "digest": "d", "after": "2,item,a"}
    for word in words():
        for name in good:
            for what in ("status", "changes"):
                query = {**good, name: word[:2_000].encode("utf-8", "replace").decode()}
                answer = stranger.ask("GET", f"stores/{DOWNTOWN}/{what}", query_string=query)
                assert answer.status_code in {200, 400, 409}
        for path in ("registrations", "pairings"):
            answer = stranger.ask("POST", path, data=json.dumps({"code": word}))
            assert answer.status_code in {400, 422}, (path, word[:50])


def test_naughty_words_in_a_report_break_nothing(house, stranger):
    moment = (NOON + timedelta(hours=1)).isoformat()
    good = {
        "store": DOWNTOWN, "version": 1, "digest": to_hex(EMPTY), "applied_at": moment, "outcome": "applied",
        "started_by": "Mia", "outbox_oldest_at": moment,
    }  # fmt: skip
    for word in words():
        for field in good:
            body = json.dumps({**good, field: word}).encode("utf-8", "surrogatepass")
            assert stranger.ask("POST", REPORTS, data=body).status_code in {204, 400}
    assert stranger.ask("POST", REPORTS, data=json.dumps(good)).status_code == 204
