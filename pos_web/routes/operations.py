"""The Operations menu as a page of its own, for browsers that cannot open the sheet."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from pos_web.screens import screen
from shared_web.access import signed_in

blueprint = Blueprint("operations", __name__)


@blueprint.get("/operations")
@signed_in
def index() -> ResponseReturnValue:
    return screen("pos/operations/index.html")
