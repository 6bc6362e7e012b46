"""The bridge's description is true: it names exactly the routes, and real answers follow its schemas."""

import json
import re
from datetime import datetime

import pytest

from backoffice_web.bridge.openapi import OPERATIONS, describe
from backoffice_web.terminals.pairing import new_pairing_code
from backoffice_web.terminals.registration import add_terminal, new_registration_code
from sync_contract.contract import HEADER
from tests.backoffice_web.bridge.conftest import Node
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, NOON
from tests.backoffice_web.ledger.documents import order_bytes

TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": float,
}  # fmt: skip
KNOWN = {
    "$ref", "type", "title", "description", "properties", "required", "items", "prefixItems", "anyOf", "enum",
    "const", "default", "format", "additionalProperties", "discriminator", "minItems", "maxItems",
}  # fmt: skip


@pytest.fixture
def description():
    return json.loads(json.dumps(describe(version="test")))


def check(description, schema, value, where="answer"):
    """Fails when the value does not follow the schema. Knows what our schemas use, and nothing else."""
    assert set(schema) <= KNOWN, f"the test cannot judge {set(schema) - KNOWN}"
    if "$ref" in schema:
        return check(
            description, description["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, where
        )
    if "anyOf" in schema:
        return check(description, _branch(description, schema, value, where), value, where)
    if "enum" in schema:
        assert value in schema["enum"], where
    if "const" in schema:
        assert value == schema["const"], where
    if "type" in schema:
        assert isinstance(value, TYPES[schema["type"]]), f"{where}: {value!r} is no {schema['type']}"
    if schema.get("format") == "date-time":
        datetime.fromisoformat(value)
    if isinstance(value, dict):
        missing = set(schema.get("required", ())) - value.keys()
        assert not missing, f"{where} lacks {missing}"
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", {})
        for name, one in value.items():
            assert name in known or more or "properties" not in schema, f"{where} has an unknown {name}"
            check(description, known.get(name) or more or {}, one, f"{where}.{name}")
    if isinstance(value, list):
        for one in value:
            check(description, schema.get("items", {}), one, f"{where}[]")
    return None


def _branch(description, schema, value, where):
    mapping = schema.get("discriminator", {}).get("mapping")
    if mapping:
        return {"$ref": mapping[value[schema["discriminator"]["propertyName"]]]}
    for branch in schema["anyOf"]:
        try:
            check(description, branch, value, where)
        except AssertionError:
            continue
        return branch
    raise AssertionError(f"{where}: {value!r} follows nothing of {schema}")


def answer_schema(description, method, path, answer):
    told = description["paths"][path][method]["responses"]
    assert str(answer.status_code) in told, (path, answer.status_code, answer.text)
    content = told[str(answer.status_code)].get("content", {})
    if not content:
        assert answer.data == b""
        return None
    assert answer.mimetype in content
    return content[answer.mimetype]


def follows(description, method, path, answer):
    content = answer_schema(description, method, path, answer)
    if content is None:
        return
    if "x-line-schema" in content:
        lines = [json.loads(line) for line in answer.data.splitlines()]
        assert lines
        for line in lines:
            check(description, content["x-line-schema"], line)
    else:
        check(description, content["schema"], answer.json)


def test_it_describes_every_route_and_no_other(app, description):
    routes = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule).removeprefix("/bridge/v1"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/bridge/v1")
    }
    assert {(path, method) for path, told in description["paths"].items() for method in told} == routes


def test_every_reference_leads_somewhere(description):
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(description)))
    assert named and named <= description["components"]["schemas"].keys()
    identities = [one["operationId"] for told in description["paths"].values() for one in told.values()]
    assert len(identities) == len(set(identities)) == len(OPERATIONS)


def test_real_answers_follow_it(cafe, office, app, node, description):
    cafe.publish()
    cafe.set_price("flat-white", 480)
    cafe.publish()
    with office.write() as session:
        terminal = add_terminal(session, store_id=DOWNTOWN, name="Register 1", by="A", now=NOON)
        code = new_registration_code(session, terminal_id=terminal.id, by="A", now=NOON)
        pairing_code = new_pairing_code(session, node_name="Other", store_ids=[AIRPORT], by="A", now=NOON)
        session.commit()
    store = "/stores/{store_id}"
    report = {"store": DOWNTOWN, "version": 1, "digest": "", "tills": []}
    rules = {"auto_sync_after_s": 15, "idle_lock_s": 120, "lock_after_sale": False}
    edit = {"store": DOWNTOWN, "employee": "nobody", "terminal": "t", "seen": rules, "wanted": rules}
    documents = order_bytes(uuid="a") + b"\nnonsense"
    for method, path, answer in [
        ("get", "/stores", node.get("stores")),
        ("get", f"{store}/status", node.get(f"stores/{DOWNTOWN}/status?since=1")),
        ("get", f"{store}/changes", node.get(f"stores/{DOWNTOWN}/changes?since=0")),
        ("post", f"{store}/uploads", node.post(f"stores/{DOWNTOWN}/uploads", documents)),
        ("post", f"{store}/reports", node.post(f"stores/{DOWNTOWN}/reports", report)),
        ("post", f"{store}/owned", node.post(f"stores/{DOWNTOWN}/owned", {"store": DOWNTOWN, "revision": 1})),
        ("post", f"{store}/settings", node.post(f"stores/{DOWNTOWN}/settings", edit)),
        ("post", "/registrations", node.post("registrations", {"code": code})),
        ("post", "/pairings", node.post("pairings", {"code": pairing_code})),
        ("post", "/token", node.post("token", b"")),
    ]:
        assert answer.status_code < 300, (path, answer.text)
        follows(description, method, path, answer)


def test_refusals_follow_it_too(cafe, app, node, description):
    cafe.publish()
    stranger = Node(app, "wrong")
    store, downtown = "/stores/{store_id}", f"stores/{DOWNTOWN}"
    too_large, packed = b"x" * (8 * 1024 * 1024 + 1), {"Content-Encoding": "gzip"}
    for status, method, path, answer in [
        (401, "get", "/stores", stranger.get("stores")),
        (403, "get", f"{store}/status", node.get("stores/nowhere/status?since=0")),
        (400, "get", f"{store}/status", node.get(f"stores/{DOWNTOWN}/status")),
        (409, "get", f"{store}/changes", node.get(f"stores/{DOWNTOWN}/changes?since=9&epoch=e&digest=d")),
        (412, "get", "/stores", node.get("stores", headers={HEADER: "99"})),
        (413, "post", f"{store}/uploads", node.post(f"{downtown}/uploads", too_large)),
        (415, "post", f"{store}/uploads", node.post(f"{downtown}/uploads", b"x", headers=packed)),
        (422, "post", "/registrations", node.post("registrations", {"code": "2222-2222"})),
        (422, "post", "/pairings", node.post("pairings", {"code": "2222-2222-2222"})),
    ]:  # fmt: skip
        assert answer.status_code == status, (path, answer.text)
        follows(description, method, path, answer)


@pytest.mark.parametrize(
    "wrong", [{"uuid": "a"}, {"uuid": "a", "outcome": "perhaps"}, {"uuid": 1, "outcome": "accepted"}, []]
)
def test_the_check_itself_finds_what_is_wrong(description, wrong):
    with pytest.raises(AssertionError):
        check(description, {"$ref": "#/components/schemas/Receipt"}, wrong)


def test_everybody_may_read_it(evertill):
    answer = evertill.backoffice.test_client().get("/bridge/openapi.json")
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.0")
