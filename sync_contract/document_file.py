"""A file of documents that could not go up by themselves, carried to the office by hand.

Invariants: the documents are the very bytes of the outbox, one line each between a head and a signature;
the signature is an HMAC under the SHA-256 of the node's token, which the office keeps as well – so a file
that was changed on its way, or was made by somebody else, is never taken in.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

import msgspec

from sync_contract.readers import reader

CONTRACT = 1


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line: whose documents, and how many lines follow before the signature."""

    format: Literal["evertill-documents"] = "evertill-documents"
    contract: int = CONTRACT
    store: str
    store_name: str = ""
    exported_at: datetime
    count: int


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The last line, over everything before it."""

    hmac_sha256: str


_HEAD, _SIGNATURE = reader(Head), reader(Signature)


class SignedFile(msgspec.Struct, frozen=True):
    """A whole file as it was read; `body` is what was signed."""

    head: Head
    documents: tuple[bytes, ...]
    body: bytes
    signature: str

    def is_signed_with(self, key: bytes) -> bool:
        """Was it signed under `key`? Takes equally long for every wrong one."""
        return hmac.compare_digest(sign(self.body, key), self.signature.lower())


class UnreadableFile(ValueError):
    """Not a file of documents, or not a whole one."""


def signing_key(token: str) -> bytes:
    """What both sides know of a node's token: its SHA-256 as hexadecimal digits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest().encode()


def sign(body: bytes, key: bytes) -> str:
    return hmac.new(key, body, "sha256").hexdigest()


def write_file(head: Head, documents: Sequence[bytes], *, signed_by: Callable[[bytes], str]) -> bytes:
    """The bytes of the file; `signed_by` gives the signature of what precedes it."""
    lines = [msgspec.json.encode(head), *documents]
    body = b"".join(line + b"\n" for line in lines)
    return body + msgspec.json.encode(Signature(hmac_sha256=signed_by(body))) + b"\n"


def read_file(content: bytes) -> SignedFile:
    """Take a file apart; the signature is for the caller to check. Raises UnreadableFile."""
    body, _newline, last = content.rstrip(b"\r\n").rpartition(b"\n")
    body += b"\n"
    try:
        head = _HEAD.decode(body.partition(b"\n")[0])
        signature = _SIGNATURE.decode(last).hmac_sha256
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableFile(str(problem)) from problem
    documents = tuple(body.split(b"\n")[1:-1])
    if head.contract != CONTRACT or head.count != len(documents) or not signature.isascii():
        raise UnreadableFile("the head does not fit the file")
    return SignedFile(head, documents, body, signature)
