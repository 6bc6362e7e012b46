"""How a store node comes to its token and a browser to its terminal, and how the office says no."""

from __future__ import annotations

from typing import Annotated

import msgspec

from sync_contract.changes import TerminalEntry

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time code as somebody typed it: hyphens, spaces and case do not matter."""

    code: str


class NodeCode(Code, frozen=True, kw_only=True):
    """The code of a store node. `unsent`: by store id, how many documents wait in the node's book.

    A code for other stores than those would leave them behind, and is refused without being used up.
    """

    unsent: dict[str, Count] = msgspec.field(default_factory=dict)


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """What a node gets for its code, once: who it is, the ids of its stores, and its token."""

    node: str
    name: str
    token: str
    stores: tuple[str, ...]


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """The node's next token. The one before it ends with the first use of this one."""

    token: str


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal that a one-time code belonged to, and its store's id."""

    terminal: TerminalEntry
    store: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Every answer of 400 and above: a word for programs and a sentence for people."""

    error: str
    sentence: str
