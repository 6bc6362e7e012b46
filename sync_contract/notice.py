"""The notice: a hint that a store has a new version. It never carries data."""

from __future__ import annotations

import msgspec

from sync_contract.readers import reader

# The Socket.IO namespace of store nodes on the office's server, and the one event in it.
NODES = "/nodes"
NOTICE = "notice"


class Notice(msgspec.Struct, frozen=True):
    """`version` is the newest publication of `store`; urgent ones are applied at once.

    An urgent notice of a known version (0 for none in particular) says: look now, there is something else.
    """

    store: str
    version: int
    urgent: bool = False


# `convert` reads it.
reader(Notice)
