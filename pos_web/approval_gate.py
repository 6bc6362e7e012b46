"""The way through for who lacks a permission: a manager's approval of exactly this request.

A guarded request of somebody who may not is not carried out: it is kept as a question for the store's
managers, and answered with the dialog that waits for them (403: nothing was done). Once approved the
screen sends the same request again with `approval`, and only then, unchanged, it passes.
"""

from __future__ import annotations

import re

from flask import Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.approval_view import request_context
from pos_web.approvals.approval import ApprovalRequest
from pos_web.approvals.ask import Ask, Wanted
from pos_web.approvals.request import request_approval
from pos_web.approvals.use import presented
from pos_web.screens import screen
from pos_web.sockets import announce_approvals
from shared_web.access import Requirement
from shared_web.answers import is_htmx
from shared_web.errors import NotAllowed, RuleError
from shared_web.language import _

# A request that is kept to be sent again is a form with a few fields.
LARGEST_FORM = 16_384
ELEMENT = re.compile(r"[A-Za-z][\w-]{0,79}", re.ASCII)


def pass_or_ask(requirement: Requirement) -> ResponseReturnValue | None:
    """None when the request may go on. Raises NotAllowed where there is nothing to approve."""
    person = current.person()
    ask = _describe(requirement)
    needed = {requirement.permission, ask.permission if ask is not None else ""} - {""}
    missing = tuple(sorted(key for key in needed if not person.may(key)))
    if not missing:
        return None
    if ask is None:
        raise NotAllowed(_("You may not do this. Ask a manager."))
    return _present_or_ask(_wanted(ask, missing))


def _describe(requirement: Requirement) -> Ask | None:
    """What this request asks for; None when there is nothing that could be approved."""
    if requirement.asks is None or request.method != "POST" or request.is_json:
        return None
    try:
        with current.book_read() as book, current.replica() as replica:
            ask: Ask | None = requirement.asks(book, replica, **(request.view_args or {}))
            return ask
    except RuleError as problem:
        # The view says the same to who may; nobody is asked for what cannot be done.
        if current.person().may(requirement.permission):
            return None
        raise NotAllowed(problem.sentence, fields=problem.fields) from None


def _wanted(ask: Ask, permissions: tuple[str, ...]) -> Wanted:
    form = list(request.form.items(multi=True))
    if sum(len(name) + len(value) for name, value in form) > LARGEST_FORM or request.files:
        raise NotAllowed(_("You may not do this. Ask a manager."))
    path = request.script_root + request.path
    return Wanted(ask=ask, permissions=permissions, path=path[:300], form=form, swaps=_swapped())


def _swapped() -> str:
    """The element whose place the answer takes; a form that goes to another page has none."""
    target = request.headers.get("HX-Target", "") if is_htmx() else ""
    return target if ELEMENT.fullmatch(target) else ""


def _present_or_ask(wanted: Wanted) -> ResponseReturnValue | None:
    terminal, person, now = current.the_terminal(), current.person(), current.now()
    uuid = request.form.get("approval", "")[:64]
    with current.book_write() as book, current.replica() as replica:
        approval = presented(book, replica, uuid=uuid, terminal=terminal, by=person, wanted=wanted, now=now)
        if approval is not None:
            current.lend(approval)
            return None
        asked = request_approval(book, terminal=terminal, by=person, wanted=wanted, now=now)
        book.commit()
    announce_approvals(current.node().announcer, terminal.store_id)
    message = _("This has changed since it was approved. Ask again.") if uuid else ""
    return _ask_on_screen(asked, message)


def _ask_on_screen(asked: ApprovalRequest, message: str) -> Response:
    g.is_asked = True
    context = request_context(asked, message=message)
    if is_htmx():
        response = make_response(render_template("pos/approvals/_dialog.html", **context), 403)
        response.headers["HX-Reswap"] = "none"
        # The dialog in which it was asked for has done its work.
        response.headers["HX-Trigger"] = "dialog:close"
        return response
    return make_response(screen("pos/approvals/show.html", **context), 403)
