"""The bridge described as OpenAPI 3.1, from the very structs that it answers with.

Invariant: a test compares this with the routes and real answers with its schemas, so it cannot tell a tale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from backoffice_web.bridge.asked import LARGEST_NUMBER, LONGEST_WORD
from sync_contract.changes import MEDIA_TYPE, Change, Header, More, NodeReport, Status, StoreEntry, Trailer
from sync_contract.contract import CONTRACT, HEADER, VERSION_HEADER
from sync_contract.owned import OwnedSet
from sync_contract.pairing import Code, NewToken, NodeCode, Pairing, Problem, Registration
from sync_contract.store_edit import StoreEdit, StoreEditAnswer
from sync_contract.uploads import JournalEntry, Order, Receipt, TimePunch

JSON = "application/json"
REF = "#/components/schemas/{name}"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`answer` is None for 204; `lines` are of bodies that have one JSON value a line. `problems` are the
    statuses that it may answer besides those of every operation."""

    method: str
    path: str
    summary: str
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    body: Any = None
    body_lines: Any = None
    answer: Any = None
    answer_lines: Any = None
    problems: tuple[int, ...] = ()
    needs_token: bool = True


VERSION_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
WORD = {"type": "string", "maxLength": LONGEST_WORD}
STORE = "/stores/{store_id}"

OPERATIONS = (
    Operation(
        method="post",
        path="/pairings",
        summary="Turn a one-time code into a token. It works once, for fifteen minutes.",
        body=NodeCode,
        answer=Pairing,
        problems=(422,),
        needs_token=False,
    ),
    Operation(
        method="post",
        path="/token",
        summary="The node's next token. The one before it ends with the first use of the new one.",
        answer=NewToken,
        problems=(422,),
    ),
    Operation(
        method="get",
        path="/stores",
        summary="The stores that this node serves, with their terminals.",
        answer=list[StoreEntry],
    ),
    Operation(
        method="post",
        path="/registrations",
        summary="The terminal that a one-time code was made for, once.",
        body=Code,
        answer=Registration,
        problems=(422,),
    ),
    Operation(
        method="get",
        path=f"{STORE}/status",
        summary="Is there something new after version `since`, and how much?",
        query={
            "since": {"required": True, "schema": VERSION_NUMBER},
            "corrections": {
                "description": "The newest shift correction that the store knows; without it, none come.",
                "schema": VERSION_NUMBER,
            },
        },
        answer=Status,
    ),
    Operation(
        method="get",
        path=f"{STORE}/changes",
        summary="What changed after version `since`, or with 0 the whole set: header, records, trailer – or "
        "`more`, to be asked again `after` that triple. Without a trailer it is not complete. "
        "409: no changes can be built on what the store has, it must take the whole set.",
        query={
            "since": {"required": True, "schema": VERSION_NUMBER},
            "epoch": {
                "schema": WORD,
                "description": "Of the office that `since` is from; needed unless it is 0.",
            },
            "digest": {
                "schema": WORD,
                "description": "Of the store's set at `since`; needed unless it is 0.",
            },
            "after": {
                "schema": {"type": "string"},
                "description": "version,kind,key of the last whole record that arrived.",
            },
        },
        answer_lines=Header | Change | More | Trailer,
        problems=(409,),
    ),
    Operation(
        method="post",
        path=f"{STORE}/uploads",
        summary="Finished documents, one line each. Every UUID is kept once; a receipt for each document.",
        body_lines=Order | JournalEntry | TimePunch,
        answer=list[Receipt],
    ),
    Operation(
        method="post",
        path=f"{STORE}/reports",
        summary="How the store and its terminals stand.",
        body=NodeReport,
    ),
    Operation(
        method="post",
        path=f"{STORE}/owned",
        summary="All store-owned things at the store's revision, and its answers to commands. An older set "
        "changes nothing; the same set twice changes nothing.",
        body=OwnedSet,
    ),
    Operation(
        method="post",
        path=f"{STORE}/settings",
        summary="Edit and publish the store's settings for a person at a till who may and saw the newest.",
        body=StoreEdit,
        answer=StoreEditAnswer,
    ),
)

# What any request may be answered.
PROBLEMS = {
    400: "The request does not follow the contract, or was damaged on its way.",
    401: "The token is unknown or was revoked.",
    403: "This node does not serve that store.",
    409: "must-refetch",
    412: "Node and office are more than one contract apart.",
    413: "The body is larger than 8 MB.",
    415: "The body is compressed.",
    422: "A rule was broken; the sentence says how to mend it.",
}
ALWAYS = (400, 412, 413, 415)


def describe(*, version: str) -> dict[str, Any]:
    """The whole description; `version` is that of Evertill."""
    types = [Problem]
    for operation in OPERATIONS:
        types += [
            each
            for each in (operation.body, operation.body_lines, operation.answer, operation.answer_lines)
            if each is not None
        ]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    schema_of = {repr(each): schema for each, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Evertill bridge",
            "version": version,
            "description": f"How store nodes talk to the Back Office. Contract {CONTRACT}; sides that are "
            "one contract apart work together. Unknown fields are to be ignored, published bodies kept as "
            "they are.",
        },
        "servers": [{"url": "/backoffice/bridge/v1"}],
        "security": [{"node": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"node": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{operation.method}-{operation.path.rpartition('/')[2]}",
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, schema_of),
    }
    if not operation.needs_token:
        told["security"] = []
    if operation.body is not None:
        schema = schema_of[repr(operation.body)]
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    elif operation.body_lines is not None:
        told["requestBody"] = {"required": True, "content": _lines(schema_of[repr(operation.body_lines)])}
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": HEADER, "in": "header", "schema": {"type": "integer", "minimum": 0}},
        {"name": VERSION_HEADER, "in": "header", "schema": {"type": "string"}},
    ]
    if "{store_id}" in operation.path:
        found.append({"name": "store_id", "in": "path", "required": True, "schema": WORD})
    return found + [{"name": name, "in": "query", **told} for name, told in operation.query.items()]


def _responses(operation: Operation, schema_of: Mapping[str, Any]) -> dict[str, Any]:
    if operation.answer is not None:
        content = {JSON: {"schema": schema_of[repr(operation.answer)]}}
        told: dict[str, Any] = {"200": {"description": "Done.", "content": content}}
    elif operation.answer_lines is not None:
        content = _lines(schema_of[repr(operation.answer_lines)])
        told = {"200": {"description": "One JSON value a line.", "content": content}}
    else:
        told = {"204": {"description": "Noted."}}
    access = (401, 403) if "{store_id}" in operation.path else (401,) if operation.needs_token else ()
    problem = {JSON: {"schema": schema_of[repr(Problem)]}}
    for status in sorted({*ALWAYS, *access, *operation.problems}):
        told[str(status)] = {"description": PROBLEMS[status], "content": problem}
    return told


def _lines(schema: Mapping[str, Any]) -> dict[str, Any]:
    # OpenAPI 3.1 has no word for a stream of values: the schema of one line stands beside it.
    return {MEDIA_TYPE: {"schema": {"type": "string"}, "x-line-schema": schema}}
