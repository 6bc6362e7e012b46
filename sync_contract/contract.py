"""The number of the bridge's contract, and who can talk to whom.

It grows by one when something changes that the other side must know of; new fields alone change nothing,
because each side ignores what it does not know and keeps the published bytes as they are. Two sides that are
one apart work together, so that an office and its stores need not be upgraded in the same minute.
"""

from __future__ import annotations

CONTRACT = 1
# Sent with every request and every answer.
HEADER = "Evertill-Contract"
VERSION_HEADER = "Evertill-Version"
FURTHEST = 1


def contract_of(text: str | None) -> int | None:
    """The number in a header; the first contract when there is none, None for what is no number."""
    if not text:
        return 1
    is_number = text.isascii() and text.isdigit() and len(text) <= 4
    return int(text) if is_number else None


def is_spoken(other: int | None) -> bool:
    """Can this side talk to one of contract `other`?"""
    return other is not None and abs(other - CONTRACT) <= FURTHEST
