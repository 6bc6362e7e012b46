"""The Login screen: who is working? People tiles and a PIN pad."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from pos_web import current
from pos_web.orders.begin import open_order
from pos_web.screens import screen
from pos_web.staff.person import Person, people
from shared_web.access import at_terminal
from shared_web.answers import go_to

blueprint = Blueprint("login", __name__)


@blueprint.get("/")
@at_terminal
def show() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return go_to(url_for("order.show"))
    with current.replica() as replica:
        everybody = people(replica, store_id=current.store_id())
    with current.book_read() as book:
        waiting = open_order(book, terminal_id=current.the_terminal().id)
    return screen(
        "pos/login/show.html",
        people=everybody,
        chosen=_chosen(everybody, request.args.get("person", "")),
        waiting=waiting,
        message="",
        after=request.args.get("after", "")[:20],
    )


def _chosen(everybody: list[Person], wanted: str) -> Person | None:
    return next((person for person in everybody if person.employee == wanted), None)
