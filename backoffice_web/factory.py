"""Builds the Back Office: a Flask app around the office's database."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from backoffice_web import access, routes
from backoffice_web.confirmation import ask_for_passwords
from backoffice_web.current import Office
from backoffice_web.refusals import journal_refusals
from shared_web.skeleton import new_app, register_routes

PREFIX = "/backoffice"


def create_backoffice(office: Office, *, secret_key: str, is_https: bool = False) -> Flask:
    """The Back Office over `office`, to be mounted at `/backoffice`."""
    app = new_app(
        "backoffice_web",
        folder=Path(__file__).parent,
        prefix=PREFIX,
        secret_key=secret_key,
        is_https=is_https,
    )
    app.extensions["office"] = office
    access.guard(app)
    ask_for_passwords(app)
    journal_refusals(app)
    register_routes(app, routes)
    return app
