"""Telling every till of the store, after the commit, that a store-owned thing changed."""

from __future__ import annotations

from pos_web import current
from pos_web.sockets import store_room


def tell_store(event: str) -> None:
    """The tills hear `event` at once, the office with the next upload, which comes soon."""
    store_id = current.store_id()
    current.node().announcer.announce(event, {}, room=store_room(store_id))
    current.agent().kick_outbox(store_id)
