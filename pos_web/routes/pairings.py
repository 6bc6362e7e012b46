"""The first visit to a store node: which Back Office does it belong to? Asked once, answered by a code."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.screens import screen
from pos_web.syncing.office_link import OfficeLink, pair_node
from shared_web.access import anyone
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("pairings", __name__)


@blueprint.get("/pairings/new")
@anyone
def new() -> ResponseReturnValue:
    link = _open_link()
    return _form(link) if link is not None else go_to(url_for("terminals.index"))


@blueprint.post("/pairings")
@anyone
def create() -> ResponseReturnValue:
    link = _open_link()
    if link is None:
        return go_to(url_for("terminals.index"))
    office, code = request.form.get("office", "")[:300], request.form.get("code", "")[:80]
    try:
        if not code.strip():
            raise RuleError(_("Enter the code."), fields={"code": _("Enter the code.")})
        kept = pair_node(current.node().book, link, code=code, office=office)
    except RuleError as problem:
        errors = problem.fields or {"code": problem.sentence}
        return _form(link, office=office, code=code, errors=errors), problem.status
    current.agent().discover()
    said = toast("success", _("This computer is the store node %(name)s now.", name=kept.name))
    return go_to(url_for("terminals.index"), toasts=[said])


def _open_link() -> OfficeLink | None:
    """The link that waits for its office; a node that has one is paired anew on its own computer alone."""
    link = current.node().link
    return link if link is not None and not link.is_paired else None


def _form(
    link: OfficeLink, *, office: str = "", code: str = "", errors: Mapping[str, str] | None = None
) -> str:
    return screen(
        "pos/pairings/new.html", given=link.office, office=office, code=code, errors=dict(errors or {})
    )
