"""The bridge for store nodes lives in its own folder; here it joins the Back Office's routes."""

from __future__ import annotations

from backoffice_web.bridge.routes import blueprint

__all__ = ["blueprint"]
