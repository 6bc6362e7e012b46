"""Finds Square's catalog objects in whatever JSON surrounds them, and reads their fields without trust."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

DEEPEST = 8
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


class CatalogObject(msgspec.Struct, frozen=True, kw_only=True):
    """`row` counts the top-level objects of the file from 1; an object inside another has its number."""

    id: str
    type: str
    body: dict[str, Any]
    """The `..._data` of its type, keys in snake_case."""
    is_deleted: bool
    row: int

    @classmethod
    def of(cls, value: object, row: int) -> CatalogObject | None:
        """The catalog object that `value` is, or None."""
        if not isinstance(value, dict):
            return None
        fields = {_snake(str(key)): entry for key, entry in value.items()}
        kind = fields.get("type")
        if not isinstance(kind, str):
            return None
        body = fields.get(f"{kind.lower()}_data")
        if not isinstance(body, dict):
            return None
        return cls(
            id=words(fields, "id"),
            type=kind.upper(),
            body=_snaked(body),
            is_deleted=flag(fields, "is_deleted") is True,
            row=row,
        )


def catalog_objects(document: object) -> Iterator[CatalogObject]:
    """Every outermost catalog object, in the order of the file."""
    for row, found in enumerate(_found(document, 0), start=1):
        yield msgspec.structs.replace(found, row=row)


def _found(value: object, depth: int) -> Iterator[CatalogObject]:
    if depth > DEEPEST:
        return
    found = CatalogObject.of(value, 0)
    if found:
        yield found
        return
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for entry in inside:
        yield from _found(entry, depth + 1)


def _snake(key: str) -> str:
    return _CAMEL.sub(r"_\1", key).lower()


def _snaked(body: dict[Any, Any]) -> dict[str, Any]:
    """`body` with snake_case keys, three levels deep into its own parts and lists."""
    return {_snake(str(key)): _snaked_value(value, 3) for key, value in body.items()}


def _snaked_value(value: object, levels: int) -> object:
    if levels == 0:
        return value
    if isinstance(value, dict):
        return {_snake(str(key)): _snaked_value(entry, levels - 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [_snaked_value(entry, levels - 1) for entry in value]
    return value


def words(body: object, key: str) -> str:
    """The text of a field; empty if it is missing or no text."""
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""


def flag(body: object, key: str) -> bool | None:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, bool) else None


def part(body: object, key: str) -> dict[str, Any]:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, dict) else {}


def parts(body: object, key: str) -> list[Any]:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, list) else []
