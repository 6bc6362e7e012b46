"""The first visit to an installation without a business: owner, first store, first terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from backoffice_web import current
from backoffice_web.forms.setup_form import SetupTexts, posted_setup, read_setup
from backoffice_web.reports.choices import currency_choices, region_choices, time_zone_choices
from backoffice_web.routes.editing import announce
from backoffice_web.signing_in import begin
from backoffice_web.stores.first_business import Opened, open_first_business
from backoffice_web.stores.setup import is_set_up
from shared_web.access import anyone
from shared_web.answers import go_to, instead_of_form
from shared_web.errors import RuleError

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
@anyone
def show() -> ResponseReturnValue:
    if not is_first_visit():
        return redirect(url_for("dashboard.show"))
    return _form(SetupTexts())


@blueprint.post("/setup")
@anyone
def create() -> ResponseReturnValue:
    if not is_first_visit():
        return go_to(url_for("dashboard.show"))
    texts = posted_setup(request.form)
    try:
        wanted = read_setup(texts, password=request.form.get("password", ""), pin=request.form.get("pin", ""))
        with current.write() as session:
            opened = open_first_business(session, wanted, now=current.now())
            begin(session, opened.owner.id, name=opened.owner.name)
    except RuleError as problem:
        return _form(texts, problem.fields or {"": problem.sentence}, status=422)
    announce(opened.publications)
    return _done(opened)


def is_first_visit() -> bool:
    with current.read() as session:
        return not is_set_up(session)


def _form(
    texts: SetupTexts, errors: Mapping[str, str] | None = None, *, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "backoffice/setup/show.html",
        form=texts,
        errors=defaultdict(str, errors or {}),
        currencies=currency_choices(),
        regions=region_choices(),
        time_zones=time_zone_choices(),
    )
    return page, status


def _done(opened: Opened) -> ResponseReturnValue:
    # The page is the answer to the post itself: nobody else ever sees the code, not even a reload.
    return instead_of_form(render_template("backoffice/setup/done.html", opened=opened))
