"""How a till changes its store's settings: the office edits and publishes them, under a person's name.

Invariant: the office compares what the till saw with what is saved, so that nothing is overwritten unseen.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class TillRules(msgspec.Struct, frozen=True, kw_only=True):
    """The store settings that a till may change. `_s` fields are seconds."""

    auto_sync_after_s: int
    idle_lock_s: int
    lock_after_sale: bool


class StoreEdit(msgspec.Struct, frozen=True, kw_only=True):
    """`employee` is who is at the till `terminal`; `seen` is what they looked at.

    `approver` is the employee who approved it there, when `employee` may not do it; else empty.
    """

    store: str
    employee: str
    terminal: str
    seen: TillRules
    wanted: TillRules
    approver: str = ""


class StoreEditAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """published: `version` has it; stale: `saved` is not what was seen; refused: `sentence`, `fields`."""

    outcome: Literal["published", "stale", "refused"]
    version: int = 0
    saved: TillRules | None = None
    sentence: str = ""
    fields: dict[str, str] = {}
