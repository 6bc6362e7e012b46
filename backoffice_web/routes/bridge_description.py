"""The bridge's description for programs, open to all: it holds no data."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from backoffice_web import current
from backoffice_web.bridge.openapi import describe
from shared_web.access import anyone

blueprint = Blueprint("bridge_description", __name__, url_prefix="/bridge")


@blueprint.get("/openapi.json")
@anyone
def show() -> Response:
    return jsonify(describe(version=current.office().version))
