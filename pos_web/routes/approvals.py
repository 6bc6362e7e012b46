"""Asking a manager: the waiting question, its answer by PIN on the spot or from a manager's own screen."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, make_response, request, url_for
from flask.typing import ResponseReturnValue

from pos_web import current
from pos_web.approval_view import open_requests, request_context
from pos_web.approvals.answer import approve, deny, withdraw
from pos_web.approvals.approval import ApprovalRequest
from pos_web.approvals.request import find_request
from pos_web.screens import screen
from pos_web.sockets import announce_approvals
from pos_web.staff.sign_in import sign_in
from shared_web.access import signed_in
from shared_web.answers import fragment, go_to, is_htmx, toast
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("approvals", __name__)
# The bar is part of every screen; it finds what waits by itself.
blueprint.app_context_processor(lambda: {"open_requests": open_requests})


@blueprint.get("/approvals")
@signed_in
def index() -> ResponseReturnValue:
    """The requests that the person may answer, as a sheet for htmx, else as a page."""
    if is_htmx():
        return fragment("pos/approvals/_sheet.html", requests=open_requests())
    return screen("pos/approvals/index.html", requests=open_requests())


@blueprint.get("/approvals/bar")
@signed_in
def bar() -> ResponseReturnValue:
    """The bar with the count, and the list where it is open."""
    return fragment("pos/approvals/_bar.html")


@blueprint.get("/approvals/list")
@signed_in
def rows() -> ResponseReturnValue:
    return fragment("pos/approvals/_list.html", requests=open_requests())


@blueprint.get("/approvals/<uuid>")
@signed_in
def show(uuid: str) -> ResponseReturnValue:
    """How one's own question stands; for htmx nothing while it still waits."""
    context = request_context(_own(uuid))
    if not is_htmx():
        return screen("pos/approvals/show.html", **context)
    if context["state"] == "waiting":
        return "", 204
    return fragment("pos/approvals/_request.html", **context)


@blueprint.post("/approvals/<uuid>/pin")
@signed_in
def create_by_pin(uuid: str) -> ResponseReturnValue:
    """A manager approves at the asking till with their PIN; wrong ones count as at the Login screen."""
    asked, terminal, now = _own(uuid), current.the_terminal(), current.now()
    employee = request.form.get("employee", "")[:64]
    try:
        with current.book_write() as book, current.replica() as replica:
            result = sign_in(
                book,
                replica,
                store_id=terminal.store_id,
                terminal_id=terminal.id,
                employee=employee,
                pin=request.form.get("pin", "")[:64],
                now=now,
            )
            if result.person is not None:
                asked = approve(book, request_uuid=uuid, by=result.person, terminal_id=terminal.id, now=now)
            book.commit()
    except RuleError as problem:
        return _pin_again(asked, employee, problem.sentence)
    if result.person is None:
        return _pin_again(asked, employee, result.sentence, wait_s=result.wait_s)
    announce_approvals(current.node().announcer, terminal.store_id)
    return _answered(uuid)


@blueprint.post("/approvals/<uuid>/approval")
@signed_in
def create(uuid: str) -> ResponseReturnValue:
    return _decide(approve, uuid)


@blueprint.post("/approvals/<uuid>/denial")
@signed_in
def create_denial(uuid: str) -> ResponseReturnValue:
    return _decide(deny, uuid, reason=request.form.get("reason", ""))


@blueprint.post("/approvals/<uuid>/withdrawal")
@signed_in
def create_withdrawal(uuid: str) -> ResponseReturnValue:
    """The person who asked has closed the question."""
    with current.book_write() as book:
        asked = withdraw(book, request_uuid=uuid, by=current.person(), now=current.now())
        book.commit()
    if asked is None:
        abort(404)
    announce_approvals(current.node().announcer, asked.store_id)
    return ("", 204) if is_htmx() else go_to(url_for("order.show"))


def _decide(answer: Callable[..., ApprovalRequest], uuid: str, **more: str) -> ResponseReturnValue:
    terminal = current.the_terminal()
    with current.book_write() as book:
        if find_request(book, store_id=terminal.store_id, uuid=uuid) is None:
            abort(404)
        asked = answer(
            book,
            request_uuid=uuid,
            by=current.person(),
            terminal_id=terminal.id,
            now=current.now(),
            **more,
        )
        book.commit()
    announce_approvals(current.node().announcer, terminal.store_id)
    said = _("Approved") if answer is approve else _("Denied")
    toasts = [toast("success", said, f"{asked.employee_name}: {asked.what}")]
    if is_htmx():
        left = open_requests()
        # With nobody waiting any more the manager goes on where they were.
        trigger: dict[str, object] = {} if left else {"dialog:close": {}}
        return fragment("pos/approvals/_list.html", toasts=toasts, trigger=trigger, requests=left)
    return go_to(url_for("approvals.index"), toasts=toasts)


def _own(uuid: str) -> ApprovalRequest:
    """The person's own request; another's is not there."""
    with current.book_read() as book:
        asked = find_request(book, store_id=current.store_id(), uuid=uuid)
    if asked is None or asked.employee_id != current.person().employee:
        abort(404)
    return asked


def _pin_again(
    asked: ApprovalRequest, employee: str, sentence: str, *, wait_s: int = 0
) -> ResponseReturnValue:
    context = request_context(asked, message=sentence, chosen=employee) | {"wait_s": wait_s}
    if is_htmx():
        return fragment("pos/approvals/_pin.html", status=422, **context)
    return screen("pos/approvals/show.html", **context), 422


def _answered(uuid: str) -> ResponseReturnValue:
    context = request_context(_own(uuid))
    if not is_htmx():
        return screen("pos/approvals/show.html", **context)
    response = make_response(fragment("pos/approvals/_request.html", **context))
    response.headers["HX-Retarget"] = "#approval-request"
    response.headers["HX-Reswap"] = "outerHTML"
    return response
