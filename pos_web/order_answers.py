"""How the routes that change the open order answer: the panel, and what else of the screen it changes."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from pos_web import current
from pos_web.orders.begin import OtherOrder
from pos_web.orders.panel import Panel, panel
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.language import _


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


def shown_order() -> str:
    """The order that the form was shown for: what is pressed in an old tab must not touch another one."""
    return request.form.get("order", "")[:64]


def other_order(problem: OtherOrder) -> Response | AnyResponse:
    """The answer to such an old tab: on to the order that is open."""
    title, advice = problem.sentence, _("Look at the order that is open now, then press again.")
    if is_htmx():
        response = go_to(url_for("order.show"), toasts=[toast("error", title, advice)])
        response.status_code = problem.status
        return response
    page = render_template(
        "shared/error.html",
        code=problem.status,
        title=title,
        sentence=advice,
        back_url=url_for("order.show"),
        back_label=_("To the open order"),
    )
    return make_response(page, problem.status)
