"""Each request gets an id that its log lines carry, is measured, and is logged when it failed or was slow."""

from __future__ import annotations

import re
from time import perf_counter
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from shared_web.metrics import REQUEST_SECONDS

REQUEST_ID = "X-Request-ID"
# A proxy's own id is kept, so that its log and ours can be read together.
GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Slower answers than this are worth a line.
SLOW_S = 1.0
log = structlog.get_logger("evertill.requests")


def log_requests(app: Flask, *, house: str) -> None:
    """Add it to `app`; call it before anything else asks to run before requests."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if GIVEN_ID.fullmatch(given) else uuid4().hex
        g.began = perf_counter()
        # Threads are used again: nothing of the request before may cling to this one.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(house=house, request_id=g.request_id)

    app.teardown_request(_forget)

    @app.after_request
    def end(response: Response) -> Response:
        if "began" not in g:
            return response
        took_s = perf_counter() - g.began
        route = request.endpoint or "unknown"
        response.headers[REQUEST_ID] = g.request_id
        REQUEST_SECONDS.labels(house, route, _method(), f"{response.status_code // 100}xx").observe(took_s)
        if response.status_code >= 500:
            log.error("a request failed", route=route, method=_method(), status=response.status_code)
        elif took_s > SLOW_S:
            log.warning("a request was slow", route=route, method=_method(), took_ms=round(took_s * 1_000))
        return response


def _forget(_problem: BaseException | None = None) -> None:
    # The agent of a node in this process asks on a thread of its own, which logs on after this.
    structlog.contextvars.clear_contextvars()


def _method() -> str:
    return request.method if request.method in {"GET", "HEAD", "POST"} else "other"
