"""Which permission opens which route of which house, as a page of the documentation.

Made of what the routes declare and of what the code asks for, so that it cannot tell anything else than
what is enforced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask

from shared_web.access import requirement_of
from sync_contract.permissions import PERMISSIONS, SECTIONS, Permission

ROOT = Path(__file__).parents[1]
ASKED = re.compile(r'\bmay\(\s*"([a-z_.]+)"')
LEVELS = {
    "anyone": "open to all",
    "terminal": "needs a registered terminal",
    "person": "needs somebody signed in, whatever their role",
}
HEAD = """# Permissions

Made by `bin/permissions`; a test holds it fresh. Each route declares what it demands beside its view
(`shared_web/access.py`), and the houses enforce it before each request: who lacks a permission gets 403.
Where a manager may approve instead, the till asks for it; where it says so, whoever entered their password
longer than 15 minutes ago enters it once more. `tests/test_access.py` walks all of this both ways.

Sockets carry no commands: the only events that a browser or a node can send are connect and disconnect. The
POS lets registered terminals connect, the Back Office signed-in people, `/nodes` store nodes with a token.
"""


def permission_matrix(pos: Flask, backoffice: Flask) -> str:
    """The page, in Markdown."""
    houses = {"POS": pos, "Back Office": backoffice}
    asked = _asked_inside()
    parts = [HEAD]
    for section in SECTIONS:
        parts.append(f"\n## {section}\n")
        parts += [_permission(each, houses, asked) for each in PERMISSIONS if each.section == section]
    parts.append("\n## Without a permission\n")
    for level, words in LEVELS.items():
        parts.append(_table(f"{words[0].upper()}{words[1:]}", list(_routes(houses, level, ""))))
    return "".join(parts)


def _permission(each: Permission, houses: Mapping[str, Flask], asked: Mapping[str, list[str]]) -> str:
    needs = f" Needs {', '.join(f'`{need}`' for need in each.needs)}." if each.needs else ""
    holders = ", ".join(sorted(each.held_by))
    text = f"\n### {each.label} (`{each.key}`)\n\n{each.allows}{needs} Starts with: {holders}.\n"
    routes = list(_routes(houses, "permission", each.key))
    if routes:
        text += _table("", routes)
    if each.key in asked:
        text += f"\nAlso asked for in {', '.join(f'`{path}`' for path in asked[each.key])}.\n"
    return text


def _table(title: str, routes: list[tuple[str, str, str]]) -> str:
    lines = "".join(f"| {house} | {method} | `{path}` |\n" for house, method, path in routes)
    heading = f"\n### {title}\n" if title else ""
    return f"{heading}\n| house | method | route |\n|---|---|---|\n{lines}"


def _routes(houses: Mapping[str, Flask], level: str, permission: str) -> Iterator[tuple[str, str, str]]:
    for house, app in houses.items():
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
            demanded = requirement_of(app, rule.endpoint)
            if demanded is None or (demanded.level, demanded.permission) != (level, permission):
                continue
            besides = " (or a manager approves)" if demanded.asks is not None else ""
            besides += " (and the password again)" if demanded.wants_password else ""
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield house, method + besides, rule.rule


def _asked_inside() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for folder in ("backoffice_web", "pos_web"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for key in dict.fromkeys(ASKED.findall(path.read_text(encoding="utf-8"))):
                found.setdefault(key, []).append(path.relative_to(ROOT).as_posix())
    return found
