"""Builds the POS: a Flask app around one store node."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flask import Flask, Response, g
from flask_login import current_user
from sqlalchemy.exc import DatabaseError

from pos_web import access, current, routes
from pos_web.catalog import published
from pos_web.catalog.published import NothingPublished
from pos_web.current import StoreNode
from pos_web.order_answers import other_order
from pos_web.orders.begin import OtherOrder
from pos_web.refusals import journal_refusals
from shared_web import language
from shared_web.error_pages import database_trouble, error_answer
from shared_web.language import _
from shared_web.pages_first import pages_first
from shared_web.skeleton import new_app, register_routes
from sync_contract.records import UnreadableRecord

PREFIX = "/pos"


def create_pos(node: StoreNode, *, secret_key: str, is_https: bool = False) -> Flask:
    """The POS over `node`, to be mounted at `/pos`. The caller starts and stops the node's agent."""
    app = new_app(
        "pos_web", folder=Path(__file__).parent, prefix=PREFIX, secret_key=secret_key, is_https=is_https
    )
    app.extensions["pos"] = node
    app.wsgi_app = pages_first(app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_speak_the_stores_language)
    app.register_error_handler(DatabaseError, _database_trouble)
    app.register_error_handler(OtherOrder, other_order)
    app.register_error_handler(UnreadableRecord, _catalog_trouble)
    access.guard(app)
    journal_refusals(app)
    register_routes(app, routes)
    app.context_processor(_terminal_words)
    return app


def _database_trouble(problem: DatabaseError) -> Response:
    # It may be the replica, which can be had again.
    current.agent().check_replica_soon()
    return database_trouble(problem)


def _catalog_trouble(_problem: UnreadableRecord) -> Response:
    # A record that was published can be read: somebody, or the disk, has changed it since.
    current.agent().check_replica_soon()
    return error_answer(
        503,
        _("This store's copy of the catalog is damaged."),
        _("It is read again from the Back Office as soon as that answers. Try again in a moment."),
    )


def _speak_the_stores_language() -> None:
    terminal = current.terminal()
    profile = None
    if terminal is not None:
        with current.replica() as replica, suppress(NothingPublished):
            profile = published.profile(replica, store_id=terminal.store_id)
    g.store_profile = profile
    locale = profile.locale if profile is not None else language.DEFAULT_LOCALE
    wished = current.terminal_settings().language
    # A person's own language goes before the terminal's.
    if profile is not None and current_user.is_authenticated:
        wished = current.person().language or wished
    language.speak(language.localised(locale, wished))


def _terminal_words() -> dict[str, object]:
    """Every page of the POS knows its terminal, its store's profile and the terminal's settings."""
    terminal, settings = current.terminal(), current.terminal_settings()
    return {
        "terminal": terminal,
        "store_profile": g.get("store_profile"),
        "theme": settings.theme,
        "text_size": settings.text_size,
        "device": settings,
        "app_version": current.node().version,
        "office_url": lambda: current.node().office_url,
    }
