"""Begins and ends what a browser is signed in as: the row in the database, the cookie, the open sockets."""

from __future__ import annotations

import re

from flask import Response, after_this_request, current_app, request, url_for
from flask import session as browser
from flask_login import login_user
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.people.account import account_of
from backoffice_web.people.device import device_in_words
from backoffice_web.people.office_session import begin_session, end_session, sessions_of
from backoffice_web.publishing.saved_change import note_change
from shared_web.language import _

# Kept over a sign-in: how the page looks and which store it shows are the device's matter.
KEPT = ("theme", "store")


def caller_address() -> str:
    return request.remote_addr or ""


def begin(session: Session, employee_id: str, *, name: str) -> None:
    """Sign this browser in, in a new session: the one that it had, whosever it was, has ended. Commits."""
    now = current.now()
    end_session(session, str(browser.get("_user_id", "")))
    device = device_in_words(request.headers.get("User-Agent", ""))
    session_id = begin_session(
        session, employee_id=employee_id, address=caller_address(), device=device, now=now
    )
    note_change(
        session, kind="session", key=employee_id, label=name, action="signed_in", fields={}, stores=[],
        by=name, now=now,
    )  # fmt: skip
    account = account_of(session, session_id, now=now)
    session.commit()
    kept = {word: browser[word] for word in KEPT if word in browser}
    browser.clear()
    browser.update(kept)
    if account is not None:
        login_user(account)


def close_sockets(employee_id: str) -> None:
    """End the sockets of sessions of this person that have ended. Call it after the commit."""
    with current.read() as session:
        alive = {row.id for row in sessions_of(session, employee_id, now=current.now())}
    current.office().close_sockets(employee_id, alive)
    current.office().announcer.announce("office:session", {}, room=f"user:{employee_id}")


def close_sockets_when_sent(employee_id: str) -> None:
    """The same, once this answer is on its way with a new session for this browser.

    Its other tabs then look whether they are still signed in, and find that session.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def close() -> None:
        with app.app_context():
            close_sockets(employee_id)

    @after_this_request
    def when_sent(response: Response) -> Response:
        response.call_on_close(close)
        return response


def note_refused(email: str) -> None:
    """Journal a wrong password or code. The same is done whether somebody has the e-mail or not."""
    label = email if re.fullmatch(r"[^@\s]+@[^@\s]+", email) else _("(no e-mail address)")
    with current.write() as session:
        note_change(
            session, kind="session", key="", label=label, action="refused", fields={}, stores=[],
            by=caller_address() or _("unknown"), now=current.now(),
        )  # fmt: skip
        session.commit()


def after_signing_in() -> str:
    """Where they wanted to go, if that is a page of this house; else the start page."""
    after = own_address(request.values.get("after", "").removesuffix("?"))
    return request.script_root + after if after else url_for("dashboard.show")


def own_address(wanted: str) -> str:
    """`wanted`, if it is the path of a page of this house; else nothing."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else ""
