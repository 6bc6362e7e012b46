"""The first page: today's sales, the terminals, and what needs somebody's attention."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("dashboard", __name__)
