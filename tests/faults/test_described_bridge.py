"""Schemathesis reads the bridge's description and sends what follows it, and what does not.

Every answer is one that the description tells of, follows its schema, and is never a 5xx; what is refused
has written nothing.
"""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backoffice_web.bridge.openapi import OPERATIONS, describe
from sync_contract.changes import MEDIA_TYPE
from tests.backoffice_web.builders import DOWNTOWN
from tests.faults.conftest import often
from tests.faults.stranger import Stranger

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
BY_THE_BOOK, AGAINST_IT = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@schemathesis.serializer(MEDIA_TYPE)
def in_lines(_context, value):
    lines = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(line).encode("utf-8", "surrogatepass") for line in lines)


def description():
    """What the office tells, for the bridge that stands alone here; bodies of lines as lists of them."""
    told = json.loads(json.dumps(describe(version="test")))
    told["servers"] = [{"url": "http://office.example/bridge/v1"}]
    for path in told["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if "x-line-schema" in content:
                    content["schema"] = {"type": "array", "items": content["x-line-schema"]}
    return told


@pytest.fixture
def described(house):
    schema = schemathesis.openapi.from_dict(description())
    schema.app = house.app
    return schema


@pytest.mark.parametrize("mode", [BY_THE_BOOK, AGAINST_IT], ids=["by the book", "against it"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_whatever_follows_or_breaks_the_description_gets_an_answer_that_it_tells_of(
    house, described, operation, mode
):
    stranger = Stranger(house)
    found = described[operation.path][operation.method]
    ours = {"path_parameters": {"store_id": DOWNTOWN}} if "{store_id}" in operation.path else {}

    @given(st.one_of(found.as_strategy(mode, **ours), found.as_strategy(mode)))
    @settings(
        max_examples=often(15, 1_000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        before = stranger.written()
        # In process nobody unpacks what the server packs.
        answer = case.call(headers={"Authorization": f"Bearer {house.token}", "Accept-Encoding": "identity"})
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            assert answer.json()["error"] and answer.json()["sentence"]
            assert stranger.written() == before

    ask()
