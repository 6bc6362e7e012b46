"""An order-independent digest of a set of published records.

The digest is the sum modulo 2**128 of BLAKE2b-128 over each length-framed (kind, key, body), so that
adding, replacing or removing one record costs one hash, whatever the size of the set.
"""

from __future__ import annotations

from hashlib import blake2b

MODULUS = 1 << 128
EMPTY = 0


def record_hash(kind: str, key: str, body: bytes) -> int:
    """The number that one record adds to the digest of its set."""
    k, i = kind.encode(), key.encode()
    framed = b"%d:%b%d:%b%d:%b" % (len(k), k, len(i), i, len(body), body)
    return int.from_bytes(blake2b(framed, digest_size=16).digest())


def replaced(digest: int, kind: str, key: str, before: bytes | None, after: bytes | None) -> int:
    """The digest after `before` gave way to `after`; None stands for no record."""
    if before is not None:
        digest -= record_hash(kind, key, before)
    if after is not None:
        digest += record_hash(kind, key, after)
    return digest % MODULUS


def to_hex(digest: int) -> str:
    return f"{digest:032x}"


def from_hex(text: str) -> int:
    """The digest that `to_hex` wrote. ValueError for anything else."""
    if len(text) != 32:
        raise ValueError("a digest has 32 hexadecimal digits")
    return int(text, 16)
