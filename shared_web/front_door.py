"""The front door of a process: `/` leads to the house that lives here, `/healthz` says whether it is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, jsonify, redirect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


def front_door(
    houses: Mapping[str, WsgiApp], *, home: str, health: Callable[[], Mapping[str, object]]
) -> WsgiApp:
    """One WSGI callable over `houses` by their prefixes; `health()` reads every database of the process."""
    app = Flask("evertill", static_folder=None)

    @app.get("/")
    def lead_home() -> AnyResponse:
        return redirect(home)

    @app.get("/healthz")
    def show_health() -> Response:
        try:
            return jsonify(database="ok", **health())
        except SQLAlchemyError as problem:
            answer = jsonify(database="unreachable", problem=type(problem).__name__)
            answer.status_code = 503
            return answer

    return DispatcherMiddleware(app, dict(houses))


def behind_proxies(app: WsgiApp, *, count: int) -> WsgiApp:
    """Believe the nearest `count` proxies about the caller's address, scheme and host; nobody with 0."""
    return ProxyFix(app, x_for=count, x_proto=count, x_host=count) if count else app


def only(prefix: str, house: WsgiApp) -> WsgiApp:
    """`house` under `prefix` and nothing beside it, for calls inside one process."""
    return DispatcherMiddleware(_nothing, {prefix: house})


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [])
    return []
