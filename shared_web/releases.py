"""The releases of Evertill, read from the CHANGELOG.md that lies beside the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
_HEADING = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_EMPHASIS = re.compile(r"\*(\w[^*]*)\*")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Release:
    """`title` as it is written (`Unreleased (0.1.0)`, `0.2.0 – 2027-01-10`); one sentence per note."""

    title: str
    version: str
    notes: tuple[str, ...]


@cache
def releases() -> tuple[Release, ...]:
    """Newest first; empty where the file is missing."""
    try:
        text = CHANGELOG.read_text(encoding="utf-8")
    except OSError:
        return ()
    return read_releases(text)


def read_releases(text: str) -> tuple[Release, ...]:
    """The releases in a changelog: a heading of the second level, and its list."""
    parts = _HEADING.split(text)[1:]
    return tuple(_release(title, body) for title, body in zip(parts[::2], parts[1::2], strict=True))


def is_newer(version: str, than: str) -> bool:
    """Does `version` follow `than`? What is no version number is never newer."""
    return bool(_NUMBER.fullmatch(version)) and _parts(version) > _parts(than)


def _release(title: str, body: str) -> Release:
    number = _NUMBER.search(title)
    notes = tuple(_plain(line[2:]) for line in body.splitlines() if line.startswith("- "))
    return Release(title, number[0] if number else "", notes)


def _plain(note: str) -> str:
    return _EMPHASIS.sub(r"\1", _LINK.sub(r"\1", note).replace("**", "").replace("`", "")).strip()


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isascii() and part.isdigit())
