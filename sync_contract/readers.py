"""Readers of JSON, made while a module is loaded and never later.

msgspec works out the fields of a struct when it first reads one, and two threads that do so at the same
moment crash the whole process (msgspec 0.22, a segmentation fault). Loading a module happens once, in one
thread; what was worked out then is kept with the struct, also for `msgspec.convert`.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def reader(kind: type[T]) -> msgspec.json.Decoder[T]:
    """A decoder of `kind`, to be made at the top of a module."""
    return msgspec.json.Decoder(kind)
