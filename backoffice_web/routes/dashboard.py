"""The first page: today's sales, the terminals, and what needs somebody's attention."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.reports.attention import attention
from backoffice_web.reports.day_so_far import days_so_far
from backoffice_web.reports.hour_chart import BASE, HEIGHT, bars, hour_words
from backoffice_web.reports.latency import latencies
from backoffice_web.routes.scope import shown_stores
from backoffice_web.terminals.board import board
from shared_web.access import needs, signed_in

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """Everybody who may sign in lands here; the figures are for those who may see them."""
    figures = _figures() if current.account().may("dashboard.view") else None
    return render_template("backoffice/dashboard/show.html", **(figures or {"stores": None}))


@blueprint.get("/dashboard/today")
@needs("dashboard.view")
def today() -> ResponseReturnValue:
    """What the page fetches again whenever something was sold, published or reported."""
    return render_template("backoffice/dashboard/_today.html", **_figures())


def _figures() -> dict[str, Any]:
    now = current.now()
    with current.read() as session:
        stores = shown_stores(session)
        rows = board(session, now=now, store_ids=[store.id for store in stores])
        return {
            "stores": stores,
            "blocks": days_so_far(session, stores, now=now),
            "attention": attention(session, stores, rows, now=now),
            "latencies": latencies(session, stores, now=now),
            "terminals": Counter(row.state for row in rows),
            "now": now,
            "bars": bars,
            "hour_words": hour_words,
            "chart_height": HEIGHT,
            "chart_base": BASE,
        }
