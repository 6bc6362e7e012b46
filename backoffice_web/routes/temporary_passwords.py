"""A temporary password for somebody who lost theirs: shown once, good until they choose their own."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.people.authority import check_person, check_somebody_else
from backoffice_web.people.employee import Employee
from backoffice_web.people.new_password import set_temporary_password
from backoffice_web.signing_in import close_sockets
from shared_web.access import needs
from shared_web.errors import RuleError
from shared_web.language import _

blueprint = Blueprint("temporary_passwords", __name__)


@blueprint.get("/employees/<key>/temporary-password")
@needs("people.edit")
def new(key: str) -> ResponseReturnValue:
    with current.read() as session:
        person = session.get(Employee, key) or abort(404)
        check_person(session, person, by=current.account())
        check_somebody_else(person, by=current.account())
        return render_template("backoffice/temporary_passwords/new.html", person=person)


@blueprint.post("/employees/<key>/temporary-password")
@needs("people.edit", wants_password=True)
def create(key: str) -> ResponseReturnValue:
    """The answer is the page that shows it: nobody sees it again, not even by a reload."""
    with current.write() as session:
        person = session.get(Employee, key) or abort(404)
        check_person(session, person, by=current.account())
        check_somebody_else(person, by=current.account())
        if not person.has_sign_in:
            raise RuleError(_("Enable the sign-in of this person first."))
        password = set_temporary_password(session, person, by=current.account().name, now=current.now())
        session.commit()
    close_sockets(key)
    return render_template("backoffice/temporary_passwords/created.html", person=person, password=password)
