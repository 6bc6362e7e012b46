"""The front door of a process: `/` leads to the house that lives here, `/healthz` says whether it is well,
`/metrics` tells a monitoring system how it stands.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from flask import Flask, Response, jsonify, redirect, request
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from shared_web.metrics import Figure, home_figures, may_read_metrics, metrics_text
from shared_web.socket_places import SocketPlaces

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


class House(Protocol):
    """What the front door asks of a house; both read its databases."""

    @property
    def app(self) -> Flask: ...
    def health(self) -> dict[str, object]: ...
    def figures(self, *, now: datetime) -> Iterable[Figure]: ...


def front_door(
    houses: Mapping[str, House],
    *,
    version: str,
    role: str,
    clock: Callable[[], datetime],
    backed_up_at: Callable[[], datetime | None],
    threads: int,
    has_siblings: bool,
    metrics_token: str | None = None,
) -> WsgiApp:
    """One WSGI callable over `houses` by their prefixes; `/` leads to the first.

    Metrics are for this computer, and for whoever has `metrics_token`; those of a process that `has_siblings`
    behind the same address name it.
    """
    app = Flask("evertill", static_folder=None)

    @app.get("/")
    def lead_home() -> AnyResponse:
        return redirect(f"{next(iter(houses))}/")

    @app.get("/healthz")
    def show_health() -> Response:
        told: dict[str, object] = {"version": version, "role": role, "worker": os.getpid()}
        try:
            for house in houses.values():
                told |= house.health()
            return jsonify(database="ok", **told)
        except SQLAlchemyError as problem:
            answer = jsonify(database="unreachable", problem=type(problem).__name__)
            answer.status_code = 503
            return answer

    @app.get("/metrics")
    def show_metrics() -> Response:
        if not may_read_metrics(
            caller=request.remote_addr or "",
            is_forwarded="X-Forwarded-For" in request.headers or "Forwarded" in request.headers,
            authorization=request.headers.get("Authorization", ""),
            token=metrics_token,
        ):
            return Response(
                "Ask from this computer, or with the metrics token.\n", 403, mimetype="text/plain"
            )
        try:
            worker = str(os.getpid()) if has_siblings else None
            text = metrics_text(figures_of_now(), own=places.figures(), worker=worker)
            return Response(text, content_type=CONTENT_TYPE_LATEST)
        except SQLAlchemyError as problem:
            return Response(f"{type(problem).__name__}\n", 503, mimetype="text/plain")

    def figures_of_now() -> Iterator[Figure]:
        yield from home_figures(version=version, role=role, backed_up_at=backed_up_at())
        for house in houses.values():
            yield from house.figures(now=clock())

    places = SocketPlaces(
        DispatcherMiddleware(app, {prefix: house.app for prefix, house in houses.items()}), threads=threads
    )
    return places


def behind_proxies(app: WsgiApp, *, count: int) -> WsgiApp:
    """Believe the nearest `count` proxies about the caller's address, scheme and host; nobody with 0."""
    return ProxyFix(app, x_for=count, x_proto=count, x_host=count) if count else app


def only(prefix: str, house: WsgiApp) -> WsgiApp:
    """`house` under `prefix` and nothing beside it, for calls inside one process."""
    return DispatcherMiddleware(_nothing, {prefix: house})


def _nothing(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("404 Not Found", [])
    return []
