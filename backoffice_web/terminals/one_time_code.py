"""One-time codes that people read off one screen and type into another."""

from __future__ import annotations

from hashlib import sha256
from secrets import choice

# Nothing that two people could read to each other in two ways.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4


def new_code(groups: int) -> str:
    """A code of `groups` groups of four, with hyphens between them."""
    return "-".join("".join(choice(ALPHABET) for _place in range(GROUP)) for _group in range(groups))


def hash_code(code: str) -> str:
    """What is kept of a code. Hyphens, spaces and case do not matter."""
    plain = "".join(code.split()).replace("-", "").upper()
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
