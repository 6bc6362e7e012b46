"""The photos of the people who work here, for the tiles of the Login screen."""

from __future__ import annotations

from flask import Blueprint, abort, make_response
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.staff.person import person_of
from shared_web.access import at_terminal

blueprint = Blueprint("photos", __name__)


@blueprint.get("/photos/<employee>")
@at_terminal
def show(employee: str) -> ResponseReturnValue:
    with current.replica() as replica:
        person = person_of(replica, store_id=current.store_id(), employee=employee)
    if person is None or not person.photo:
        abort(404)
    response = make_response(person.photo)
    response.headers["Content-Type"] = "image/jpeg"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
