"""How a route answers: a page, a fragment, a toast, or a way to another page – for htmx and without it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse


def is_htmx() -> bool:
    """Did htmx ask for a fragment (and not for a whole page, as it does when going back)?"""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def toast(kind: str, title: str, detail: str = "", *, retry: str = "") -> dict[str, str]:
    """`kind` is success, info or error.

    `retry` is a CSS selector of the control that tries again, or `page`: the page is loaded anew.
    """
    return {"kind": kind, "title": title, "detail": detail, "retry": retry}


def fragment(
    template: str,
    *,
    toasts: list[dict[str, str]] | None = None,
    trigger: dict[str, Any] | None = None,
    status: int = 200,
    **context: Any,
) -> Response:
    """A rendered fragment, with toasts out of band and htmx events in HX-Trigger."""
    html = render_template(template, **context) if template else ""
    return with_toasts(html, toasts=toasts, trigger=trigger, status=status)


def with_toasts(
    html: str,
    *,
    toasts: list[dict[str, str]] | None = None,
    trigger: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """`html` with toasts out of band behind it."""
    spoken = [render_template("shared/_toast.html", toast=one, out_of_band=True) for one in toasts or []]
    response = make_response("\n".join([html, *spoken]), status)
    if trigger:
        response.headers["HX-Trigger"] = json.dumps(trigger)
    return response


def go_to(url: str, *, toasts: list[dict[str, str]] | None = None) -> AnyResponse:
    """On to another page, with toasts shown there: HX-Redirect for htmx, else 303."""
    for one in toasts or []:
        flash(json.dumps(one), "toast")
    if is_htmx():
        return Response(headers={"HX-Redirect": url})
    return redirect(url, 303)


def instead_of_form(page: str) -> Response:
    """`page` shows something this once, as the answer to a form, and comes in its place (in_place.js)."""
    response = make_response(page)
    response.headers["HX-Retarget"] = "#main"
    response.headers["HX-Reselect"] = "#main > *"
    return response
