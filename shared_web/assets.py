"""Static files under names that change with their content, so that browsers may keep them for ever.

A house's own `static/` folder comes before the shared one. `bundle.css` and `bundle.js` are the
shared files in the order of `css/order.txt` (`js/order.txt`, vendored scripts included, so that a cold
page asks only once), followed by the house's own likewise.
"""

from __future__ import annotations

import posixpath
import re
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request

from shared_web.access import anyone

SHARED_STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
# File systems refuse longer ones with an error of their own.
LONGEST_NAME = 100


class Assets:
    """The static files of one house, read once and known by the hash of their content."""

    def __init__(self, own: Path) -> None:
        self._folders = (own, SHARED_STATIC)
        self._content: dict[str, bytes] = {}
        # A page names the icons once for each icon: hashing them each time costs more than all its queries.
        self._digests: dict[str, str] = {}
        self._content["bundle.css"] = self._with_hashed_urls(self._bundle("css")).encode()
        self._content["bundle.js"] = self._bundle("js").encode()

    def content(self, name: str) -> bytes | None:
        """The bytes of `name`, or None when no such file is served."""
        if name not in self._content:
            file = self._find(name)
            if file is None:
                return None
            self._content[name] = file.read_bytes()
        return self._content[name]

    def digest(self, name: str) -> str:
        """A short hash of the file's content. KeyError when no such file is served."""
        if name not in self._digests:
            content = self.content(name)
            if content is None:
                raise KeyError(f"no static file is called {name!r}")
            self._digests[name] = blake2b(content, digest_size=6).hexdigest()
        return self._digests[name]

    def _find(self, name: str) -> Path | None:
        # Only plain names: a NUL is no path at all, and `a/../a` would be kept once for each spelling.
        if posixpath.normpath(name) != name or len(name) > LONGEST_NAME or not name.isprintable():
            return None
        for folder in self._folders:
            file = (folder / name).resolve()
            if file.is_relative_to(folder) and file.is_file():
                return file
        return None

    def _bundle(self, kind: str) -> str:
        texts = []
        for folder in reversed(self._folders):
            order = folder / kind / "order.txt"
            names = order.read_text().split() if order.exists() else []
            texts += [(folder / kind / name).read_text() for name in names]
        return "\n".join(texts)

    def _with_hashed_urls(self, css: str) -> str:
        return re.sub(r"url\(\s*[\"']?([^\"'):]+)[\"']?\s*\)", self._hashed_url, css)

    def _hashed_url(self, match: re.Match[str]) -> str:
        # The bundle is served from `assets/HASH/bundle.css`, its sources lie in `css/`.
        name = posixpath.normpath(posixpath.join("css", match[1]))
        return f'url("../{self.digest(name)}/{name}")'


def serve_assets(app: Flask, own: Path) -> None:
    """Give `app` the routes and template functions `asset_url` and `bundle_url`."""
    assets = Assets(own)
    blueprint = Blueprint("assets", __name__)

    @blueprint.get("/assets/<digest>/<path:name>")
    @anyone
    def show(digest: str, name: str) -> Response:
        content = assets.content(name)
        if content is None:
            abort(404)
        response = Response(content, mimetype=guess_type(name)[0] or "application/octet-stream")
        # An old page may still ask by an old hash: answer, but let nobody keep it under that name.
        is_current = digest == assets.digest(name)
        response.headers["Cache-Control"] = FOR_EVER if is_current else "no-cache"
        return response

    def asset_url(name: str) -> str:
        # As `url_for` would say it: a page asks for dozens, one for each icon.
        return f"{request.script_root}/assets/{assets.digest(name)}/{name}"

    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.globals["bundle_url"] = lambda kind: asset_url(f"bundle.{kind}")
    app.extensions["assets"] = assets
