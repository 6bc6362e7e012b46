"""The bridge's doors for nodes: pairing, new tokens, revoked ones, and the number of the contract."""

import json

import pytest

from backoffice_web.terminals.node import Node as NodeRow
from backoffice_web.terminals.pairing import new_pairing_code, revoke
from sync_contract.contract import CONTRACT, FURTHEST, HEADER
from tests.backoffice_web.bridge.conftest import Node
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON


@pytest.fixture
def new_code(office):
    def make(*store_ids):
        with office.write() as session:
            code = new_pairing_code(session, node_name="Back room", store_ids=store_ids, by="A", now=NOON)
            session.commit()
        return code

    return make


@pytest.fixture
def stranger(app):
    """Somebody without a token."""
    node = Node(app, "")
    node._headers = {}
    return node


def test_a_node_pairs_with_nothing_but_its_code(app, stranger, new_code, announced):
    answer = stranger.post("pairings", {"code": new_code(DOWNTOWN)})
    assert answer.status_code == 200
    assert answer.json["stores"] == [DOWNTOWN]
    assert [store["id"] for store in Node(app, answer.json["token"]).get("stores").json] == [DOWNTOWN]
    assert announced == [("office:nodes", {"node": answer.json["node"]}, "office")]


def test_a_node_that_would_leave_sales_behind_is_refused_and_its_code_still_works(app, stranger, new_code):
    code = new_code(DOWNTOWN)
    refused = stranger.post("pairings", {"code": code, "unsent": {AIRPORT: 2}})
    assert refused.status_code == 422 and "2 documents of" in refused.json["sentence"]
    assert stranger.post("pairings", {"code": code, "unsent": {DOWNTOWN: 2}}).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"code": "2222-2222", "unsent": {"s": -1}}', 400),
        (b'{"code": "2222-2222", "unsent": {"s": 99999999999999999999}}', 400),
        (b'{"code": "2222-2222", "unsent": ["s"]}', 400),
        (b'{"code": "2222-2222", "unsent": {"\\u0000": 1}}', 422),
        (b"", 400),
        (b"[]", 400),
        (b'{"code": ""}', 400),
        (b'{"code": 5}', 400),
        (b'{"code": "2222-2222"}', 422),
    ],
)
def test_anything_but_a_living_code_gets_a_sentence(stranger, content, status):
    answer = stranger.post("pairings", content)
    assert answer.status_code == status and answer.json["sentence"]


def test_a_new_token_takes_over_with_its_first_use(app, node):
    new = Node(app, node.post("token", b"").json["token"])
    assert node.get("stores").status_code == 200
    assert new.get("stores").status_code == 200
    assert node.get("stores").status_code == 401
    assert new.get("stores").status_code == 200


def test_a_node_that_lost_the_answer_may_ask_again(app, node):
    lost = Node(app, node.post("token", b"").json["token"])
    new = Node(app, node.post("token", b"").json["token"])
    assert lost.get("stores").status_code == 401
    assert new.get("stores").status_code == 200


def test_a_revoked_node_hears_that_it_was_revoked(app, stranger, new_code, office):
    pairing = stranger.post("pairings", {"code": new_code(DOWNTOWN)}).json
    with office.write() as session:
        revoke(session, node_id=pairing["node"], by="A", now=NOON)
        session.commit()
    node = Node(app, pairing["token"])
    for answer in (
        node.get("stores"),
        node.get(f"stores/{DOWNTOWN}/changes?since=0"),
        node.post("token", b""),
    ):
        assert (answer.status_code, answer.json["error"]) == (401, "revoked-node")
        assert "revoked" in answer.json["sentence"]


def test_a_report_tells_when_the_node_was_there_and_what_it_runs(node, office):
    report = {"store": DOWNTOWN, "version": 0, "digest": ""}
    headers = {"Evertill-Version": "0.1.0", HEADER: str(CONTRACT)}
    assert node.post(f"stores/{DOWNTOWN}/reports", report, headers=headers).status_code == 204
    with office.read() as session:
        (row,) = session.query(NodeRow).filter(NodeRow.seen_at.is_not(None))
    assert (row.seen_at, row.version, row.contract) == (NOON, "0.1.0", CONTRACT)


@pytest.mark.parametrize("contract", [CONTRACT, CONTRACT + FURTHEST])
def test_a_node_one_contract_apart_is_served(node, contract):
    answer = node.get("stores", headers={HEADER: str(contract)})
    assert (answer.status_code, answer.headers[HEADER]) == (200, str(CONTRACT))


@pytest.mark.parametrize("contract", [str(CONTRACT + FURTHEST + 1), "9999", "x", "-1", "1.0", "99999", "١"])
def test_a_node_further_apart_is_refused_with_a_sentence(node, contract):
    answer = node.get("stores", headers={HEADER: contract.encode().decode("latin-1")})
    assert (answer.status_code, answer.json["error"]) == (412, "contract")
    assert answer.json["sentence"] and answer.headers[HEADER] == str(CONTRACT)


def test_fields_of_a_newer_node_are_no_obstacle(node):
    report = {"store": DOWNTOWN, "version": 0, "digest": "", "battery": {"percent": 80}}
    assert node.post(f"stores/{DOWNTOWN}/reports", json.dumps(report).encode()).status_code == 204
