"""How the routes that change the open order answer: the panel, and what else of the screen it changes."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from pos_web import current
from pos_web.orders.panel import Panel, panel
from shared_web.answers import fragment, go_to, is_htmx


def the_panel(book: Session, replica: Session) -> Panel:
    """The panel of this request's terminal and person."""
    terminal = current.the_terminal()
    return panel(book, replica, store_id=terminal.store_id, terminal_id=terminal.id, by=current.person())


def panel_answer(
    shown: Panel,
    *,
    line: str = "",
    toasts: list[dict[str, str]] | None = None,
    trigger: dict[str, Any] | None = None,
) -> Response | AnyResponse:
    """The order panel with the header's number and the footer out of band; without htmx the whole screen.

    `line` is the line whose tools stay open.
    """
    if not is_htmx():
        return go_to(url_for("order.show", line=line or None), toasts=toasts)
    return fragment(
        "pos/order/_answer.html", panel=shown, selected=line, toasts=toasts, trigger=trigger, out_of_band=True
    )
