"""Devices: the terminals that are connected in this store right now."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.screens import screen
from pos_web.terminals.presence import devices
from shared_web.access import at_terminal
from shared_web.answers import fragment, is_htmx

blueprint = Blueprint("devices", __name__)


@blueprint.get("/devices")
@at_terminal
def index() -> ResponseReturnValue:
    """As a fragment when the page refreshes itself."""
    with current.book_read() as book:
        found = devices(book, store_id=current.store_id(), now=current.now())
    if is_htmx():
        return fragment("pos/devices/_list.html", devices=found)
    return screen("pos/devices/index.html", devices=found)
