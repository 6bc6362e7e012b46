"""The terminal editor's fields as texts: its name, and its store while it is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared_web.language import _


@dataclass(frozen=True, kw_only=True)
class TerminalTexts:
    """What is typed is what is saved: `name`, and the `store_id` of a new terminal."""

    name: str = ""
    store_id: str = ""


def posted_terminal(form: Mapping[str, str], *, store_id: str = "") -> TerminalTexts:
    """`store_id` is that of a terminal that exists: it never moves."""
    name = form.get("name", "")[:200]
    return TerminalTexts(name=name, store_id=store_id or form.get("store", "")[:64])


def terminal_words(texts: TerminalTexts) -> dict[str, str]:
    return {_("Name"): texts.name.strip()}
