"""The bridge's doors: who may come in, and that bad input gets a sentence and never a 5xx."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from backoffice_web.bridge.access import issue_node_token, keep_embedded_node, node_of
from backoffice_web.ledger.sale import Sale
from backoffice_web.terminals.arrival import Arrival
from backoffice_web.terminals.node import Node as NodeRow
from backoffice_web.terminals.registration import add_terminal, new_registration_code
from backoffice_web.terminals.terminal import StoreState
from sync_contract.uploads import encode_document
from tests.backoffice_web.attendance.punches import punch
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON
from tests.backoffice_web.ledger.documents import order_bytes

CHANGES, STATUS = f"stores/{DOWNTOWN}/changes", f"stores/{DOWNTOWN}/status"


def test_a_node_sees_its_own_stores_and_the_embedded_one_sees_all(new_node):
    assert [store["id"] for store in new_node(AIRPORT).get("stores").json] == [AIRPORT]
    assert {store["id"] for store in new_node(serves_all=True).get("stores").json} == {AIRPORT, DOWNTOWN}


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Bearer", "Basic eDp5", "Bearer ß€"])
def test_without_a_token_that_is_known_nobody_comes_in(node, authorization):
    headers = {"Authorization": authorization.encode().decode("latin-1")} if authorization else {}
    node._headers = {}
    response = node.get("stores", headers=headers)
    assert (response.status_code, response.json["error"]) == (401, "unknown-node")


def test_a_revoked_token_opens_nothing(office):
    with office.write() as session:
        token = issue_node_token(session, name="Lost", serves_all=True, store_ids=[], now=NOON)
        node = node_of(session, token)
        assert node is not None
        session.get_one(NodeRow, node.node_id).is_revoked = True
        session.flush()
        assert node_of(session, token) is None


def test_the_token_itself_is_kept_nowhere(office):
    with office.write() as session:
        token = issue_node_token(session, name="Node", serves_all=True, store_ids=[], now=NOON)
    with office.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM nodes").all()
    assert rows and not any(token in map(str, row) for row in rows)


def test_a_new_token_of_the_embedded_node_ends_the_old_one(office):
    with office.write() as session:
        keep_embedded_node(session, token="old", now=NOON)
        keep_embedded_node(session, token="new", now=NOON)
        assert node_of(session, "old") is None
        assert node_of(session, "new").store_ids == {AIRPORT, DOWNTOWN}


@pytest.mark.parametrize("what", ["status?since=0", "changes?since=0"])
def test_another_stores_records_are_out_of_reach(node, what):
    for store_id in (AIRPORT, "nowhere", "x" * 5_000, "%00", "%F0%9F%92%A9"):
        response = node.get(f"stores/{store_id}/{what}")
        assert (response.status_code, response.json["error"]) == (403, "not-your-store")


def test_the_status_says_how_much_is_new_and_by_whom(cafe, node):
    cafe.publish()
    node.pull()
    cafe.set_price("flat-white", 480)
    cafe.publish(by="Max Manager")
    status = node.get(STATUS, query_string={"since": 1}).json
    told = {name: status[name] for name in ("version", "change_count", "authors", "is_urgent", "store")}
    assert told == {
        "version": 2, "change_count": 1, "authors": ["Max Manager"], "is_urgent": False, "store": DOWNTOWN
    }  # fmt: skip
    assert node.get(STATUS, query_string={"since": 2}).json["change_count"] == 0


def test_an_urgent_publication_among_the_new_ones_makes_the_status_urgent(cafe, node):
    cafe.publish()
    cafe.set_price("flat-white", 480)
    cafe.publish(urgent=True)
    cafe.set_price("flat-white", 490)
    cafe.publish()
    assert node.get(STATUS, query_string={"since": 1}).json["is_urgent"] is True
    assert node.get(STATUS, query_string={"since": 2}).json["is_urgent"] is False


def test_the_status_of_a_new_store_counts_its_whole_set(cafe, node):
    cafe.publish()
    status = node.get(STATUS, query_string={"since": 0}).json
    assert status["change_count"] == len(cafe.published())


WRONG_NUMBERS = ["", "-1", "1.5", "x", "9" * 30, "9" * 4_000_0, "١", " 1", "2147483648", "1_0", "%00"]


@pytest.mark.parametrize("since", WRONG_NUMBERS)
@pytest.mark.parametrize("path", [CHANGES, STATUS])
def test_a_version_that_is_none_is_refused_with_a_sentence(node, path, since):
    response = node.get(path, query_string={"since": since})
    assert response.status_code == 400 and response.json["sentence"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"since": "1"},
        {"since": "1", "epoch": "e"},
        {"since": "0", "epoch": "e" * 65},
        {"since": "0", "epoch": "\x00"},
        {"since": "0", "after": "1"},
        {"since": "0", "after": "1,item"},
        {"since": "0", "after": "x,item,key"},
        {"since": "0", "after": "0,item,key"},
        {"since": "0", "after": "1,item,\x00"},
        {"since": "0", "after": "1," + "k" * 100 + ",key"},
    ],
)
def test_a_position_that_cannot_be_is_refused_with_a_sentence(node, query):
    response = node.get(CHANGES, query_string=query)
    assert response.status_code == 400 and response.json["sentence"]


def test_uploaded_sales_are_kept_and_announced_after_the_commit(office, node, announced):
    content = b"\n".join([order_bytes(uuid="a"), b"nonsense", order_bytes(uuid="b"), b""])
    receipts = node.post(f"stores/{DOWNTOWN}/uploads", content).json
    assert [receipt["outcome"] for receipt in receipts] == ["accepted", "refused", "accepted"]
    with office.read() as session:
        assert session.query(Sale).count() == 2
    assert announced == [("office:sales", {"store": DOWNTOWN}, "office")]


def test_only_an_upload_with_an_accepted_punch_is_news_for_the_time_clock(node, announced):
    upload = b"\n".join([order_bytes(uuid="a"), encode_document(punch())])
    node.post(f"stores/{DOWNTOWN}/uploads", upload)
    assert ("office:punches", {"store": DOWNTOWN}, "office") in announced
    announced.clear()
    node.post(f"stores/{DOWNTOWN}/uploads", b"\n".join([order_bytes(uuid="b"), encode_document(punch())]))
    assert [event for event, *_rest in announced] == ["office:sales"]


def test_an_upload_without_a_sale_is_no_news_for_the_pages_of_sales(node, announced):
    node.post(f"stores/{DOWNTOWN}/uploads", encode_document(punch()))
    assert [event for event, *_rest in announced] == ["office:punches"]


def test_an_upload_of_duplicates_announces_nothing(node, announced):
    node.post(f"stores/{DOWNTOWN}/uploads", order_bytes(uuid="a"))
    announced.clear()
    node.post(f"stores/{DOWNTOWN}/uploads", order_bytes(uuid="a"))
    assert announced == []


def test_an_empty_upload_gets_no_receipts(node):
    assert node.post(f"stores/{DOWNTOWN}/uploads", b"").json == []


def test_an_upload_that_is_too_large_is_refused(node):
    response = node.post(f"stores/{DOWNTOWN}/uploads", b"x" * (8 * 1024 * 1024 + 1))
    assert (response.status_code, response.json["sentence"]) == (413, "Send less at once.")


def test_too_many_documents_at_once_are_refused(node):
    assert node.post(f"stores/{DOWNTOWN}/uploads", b"{}\n" * 2_001).status_code == 400


def test_a_report_is_kept_and_announced(office, node, announced):
    report = {"store": DOWNTOWN, "version": 4, "digest": "0" * 32, "outcome": "applied"}
    assert node.post(f"stores/{DOWNTOWN}/reports", report).status_code == 204
    with office.read() as session:
        assert session.get(StoreState, DOWNTOWN).version == 4
    assert announced == [("office:reports", {"store": DOWNTOWN, "version": 4}, "office")]


def test_a_report_tells_since_when_its_node_is_there_to_wait_for_a_version(cafe, node):
    cafe.publish()
    report = {"store": DOWNTOWN, "version": 1, "digest": ""}
    assert node.post(f"stores/{DOWNTOWN}/reports", report).status_code == 204
    with cafe.read() as session:
        since = session.scalars(select(Arrival.since)).one()
        assert since == session.scalars(select(NodeRow.created_at)).one()


WRONG_REPORTS = [
    b"",
    b"[",
    b"[]",
    b"\xff",
    b"[" * 100_000,
    {"store": DOWNTOWN},
    {"store": AIRPORT, "version": 1, "digest": ""},
    {"store": DOWNTOWN, "version": -1, "digest": ""},
    {"store": DOWNTOWN, "version": 10**30, "digest": ""},
    {"store": DOWNTOWN, "version": 1, "digest": "", "applied_at": "yesterday"},
]


@pytest.mark.parametrize("report", WRONG_REPORTS, ids=range(len(WRONG_REPORTS)))
def test_a_report_that_cannot_be_read_is_refused_with_a_sentence(node, report):
    response = node.post(f"stores/{DOWNTOWN}/reports", report)
    assert response.status_code == 400 and response.json["sentence"]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2025-03-14T10:00:00"]
)
def test_a_report_with_a_strange_clock_is_kept(node, moment):
    report = {"store": DOWNTOWN, "version": 1, "digest": "\x00" * 99, "applied_at": moment}
    assert node.post(f"stores/{DOWNTOWN}/reports", report).status_code == 204


def test_a_code_registers_its_terminal_once(office, node):
    with office.write() as session:
        terminal = add_terminal(session, store_id=DOWNTOWN, name="Register 1", by="Olivia", now=NOON)
        code = new_registration_code(session, terminal_id=terminal.id, by="Olivia", now=NOON)
    answer = node.post("registrations", {"code": code.lower().replace("-", " ")})
    assert answer.json == {
        "store": DOWNTOWN,
        "terminal": {
            "id": terminal.id, "name": "Register 1", "code": "1", "is_registered": True, "registration": 1,
        },
    }  # fmt: skip
    again = node.post("registrations", {"code": code})
    assert again.status_code == 422 and again.json["sentence"]


def test_another_stores_code_registers_nothing(office, new_node):
    with office.write() as session:
        terminal = add_terminal(session, store_id=DOWNTOWN, name="Register 1", by="Olivia", now=NOON)
        code = new_registration_code(session, terminal_id=terminal.id, by="Olivia", now=NOON)
    assert new_node(AIRPORT).post("registrations", {"code": code}).status_code == 422


def test_a_code_older_than_fifteen_minutes_registers_nothing(office, node):
    with office.write() as session:
        terminal = add_terminal(session, store_id=DOWNTOWN, name="Register 1", by="Olivia", now=NOON)
        early = NOON - timedelta(minutes=15)
        code = new_registration_code(session, terminal_id=terminal.id, by="Olivia", now=early)
    assert node.post("registrations", {"code": code}).status_code == 422


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"code": 5}', b'{"code": " "}', b'{"code": "\\u0000"}', b"\xff"]
)
def test_a_code_that_cannot_be_is_refused_with_a_sentence(node, content):
    response = node.post("registrations", content)
    assert response.status_code in (400, 422) and response.json["sentence"]


def test_a_wrong_method_and_a_wrong_path_are_refused_in_json(node):
    response = node.get("registrations", headers={"Accept": "application/json"})
    assert response.status_code == 405 and json.loads(response.data)
    assert node.get("nothing-here", headers={"Accept": "application/json"}).status_code == 404


def test_a_request_that_came_damaged_is_to_be_sent_again_and_keeps_nothing(node, office):
    headers = {"Evertill-Digest": "0" * 32}
    response = node.post(f"stores/{DOWNTOWN}/uploads", order_bytes(), headers=headers)
    assert (response.status_code, response.json["error"]) == (400, "damaged")
    with office.read() as session:
        assert session.query(Sale).count() == 0


@pytest.mark.parametrize(
    ("path", "has_one"), [("status?since=0", True), ("changes?since=0", False), ("changes?since=x", True)]
)
def test_all_answers_but_the_changes_have_a_checksum(node, path, has_one):
    answer = node.get(f"stores/{DOWNTOWN}/{path}")
    assert ("Evertill-Digest" in answer.headers) is has_one


def test_a_packed_body_is_refused_before_anybody_unpacks_it(node):
    headers = {"Content-Encoding": "gzip"}
    response = node.post(f"stores/{DOWNTOWN}/uploads", b"\x1f\x8b", headers=headers)
    assert (response.status_code, response.json["error"]) == (415, "unsupported-encoding")


@pytest.mark.parametrize(
    ("until", "changed_at", "status"),
    [
        (None, "2026-11-25T12:00:00", 204),
        ("2026-11-26T04:00:00Z", "0001-01-01T00:00:00+14:00", 204),
        ("2026-11-26T04:00:00", "2026-11-25T12:00:00Z", 400),
        ("9999-12-31T23:59:59Z", "2026-11-25T12:00:00Z", 400),
    ],
)
def test_a_86_list_holds_only_moments_that_can_be_kept_and_shown(node, until, changed_at, status):
    record = {
        "kind": "sold_out", "key": "soup", "revision": 1, "body": {"name": "Soup", "until": until},
        "changed_by": "Mia", "changed_at": changed_at,
    }  # fmt: skip
    told = {"store": DOWNTOWN, "revision": 1, "records": [record]}
    assert node.post(f"stores/{DOWNTOWN}/owned", told).status_code == status
