"""What both houses' Flask apps have in common: templates, assets, headers, CSRF, errors, language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from flask import Flask, Request, abort, get_flashed_messages, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined

from shared_web import formats, language
from shared_web.access import undeclared
from shared_web.assets import serve_assets
from shared_web.error_pages import handle_errors
from shared_web.headers import send_headers
from shared_web.language import _
from shared_web.request_log import log_requests

SHARED_TEMPLATES = Path(__file__).parent / "templates"
LARGEST_UPLOAD = 26 * 1024 * 1024


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's own; who brings no cookie, such as a store node, waits for no key to read one with."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def new_app(name: str, *, folder: Path, prefix: str, secret_key: str, is_https: bool) -> Flask:
    """A Flask app with its own session cookie under `prefix`, ready for its routes."""
    app = Flask(name, root_path=str(folder), static_folder=None)
    cookie = prefix.strip("/")
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=cookie_name(f"evertill_{cookie}", is_https=is_https),
        SESSION_COOKIE_PATH=prefix,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        REMEMBER_COOKIE_NAME=cookie_name(f"evertill_{cookie}_remember", is_https=is_https),
        REMEMBER_COOKIE_PATH=prefix,
        APPLICATION_ROOT=prefix,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=20_000,
        WTF_CSRF_TIME_LIMIT=None,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_MIMETYPES=["text/html", "text/css", "text/javascript", "image/svg+xml", "application/json"],
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.session_interface = BrowserSessions()
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(folder / "templates"), FileSystemLoader(SHARED_TEMPLATES)]
    )
    log_requests(app, house=prefix.strip("/") or name)
    serve_assets(app, folder / "static")
    send_headers(app)
    handle_errors(app)
    app.before_request(_refuse_null)
    Compress(app)
    app.extensions["csrf_protect"] = CSRFProtect(app)
    _add_template_words(app)
    return app


def _refuse_null() -> None:
    """No person types a null character, and PostgreSQL can neither keep one nor look for it."""
    if request.blueprint == "bridge":
        # It reads its bodies itself, and has a smaller limit for them that looking here would lift.
        return
    fields = (*request.args.items(multi=True), *request.form.items(multi=True))
    if any("\x00" in name or "\x00" in text for name, text in fields):
        abort(400)
    if "\x00" in request.path:
        abort(404)


def cookie_name(name: str, *, is_https: bool) -> str:
    """A browser keeps a `__Secure-` cookie only when it came over TLS: nothing on a plain line can plant one.

    `__Host-` would ask for the path `/`, and the two houses have a path each.
    """
    return f"__Secure-{name}" if is_https else name


def register_routes(app: Flask, routes: ModuleType) -> None:
    """Register the `blueprint` of every file in `routes`, and refuse a route that demands nothing."""
    for module in sorted(iter_modules(routes.__path__), key=lambda entry: entry.name):
        blueprint = getattr(import_module(f"{routes.__name__}.{module.name}"), "blueprint", None)
        if blueprint is not None:
            app.register_blueprint(blueprint)
    if missing := undeclared(app):
        raise RuntimeError(f"these routes do not say who may use them: {', '.join(missing)}")


def _add_template_words(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _(message),
        # Jinja fills in the placeholders itself and calls the number `num`.
        lambda one, many, n: language.counted(one, many, n).replace("%(count)s", "%(num)s"),
        newstyle=True,
    )
    app.jinja_env.globals.update(
        money=formats.money,
        amount=formats.amount,
        number=formats.number,
        percent=formats.percent,
        file_size=formats.file_size,
        seconds=formats.seconds,
        local_datetime=formats.local_datetime,
        local_time=formats.local_time,
        local_date=formats.local_date,
        ago=lambda at: formats.ago(at, datetime.now(UTC)),
    )
    app.context_processor(_page_words)
    app.extensions["page_words"] = _page_words


def _page_words() -> dict[str, Any]:
    locale = language.current_locale()
    return {
        "locale_tag": str(locale).replace("_", "-"),
        "text_direction": locale.text_direction,
        "theme": "auto",
        "text_size": "normal",
        "flashed_toasts": flashed_toasts,
    }


def flashed_toasts() -> list[dict[str, str]]:
    """The toasts that the page before left for this one."""
    return [json.loads(str(text)) for text in get_flashed_messages(category_filter=["toast"])]
