"""What a manager is asked to approve, and what binds an approval to exactly that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

# Fields of a form that differ at each press and decide nothing about what is done.
OF_THE_MOMENT = {"csrf_token", "approval", "tap", "key"}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is a sentence for the manager; `target` names the thing and the state it is in.

    `amount_cents` are minor units of `currency`. `permission` is a stricter one than the route's, when
    this very request needs it.
    """

    what: str
    target: str = ""
    amount_cents: int | None = None
    currency: str = ""
    reason: str = ""
    permission: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An ask together with the request that it is about; `form` are its fields in their order."""

    ask: Ask
    permissions: tuple[str, ...]
    path: str
    form: Sequence[tuple[str, str]]
    swaps: str = ""

    @property
    def binding(self) -> str:
        """Changes with the action, its target, amount or reason, and with anything typed in its form."""
        parts = (sorted(self.permissions), self.path, self.kept_form, msgspec.to_builtins(self.ask))
        return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=32).hexdigest()

    @property
    def kept_form(self) -> list[list[str]]:
        return [[name, value] for name, value in self.form if name not in OF_THE_MOMENT]
