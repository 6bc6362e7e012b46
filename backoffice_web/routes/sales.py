"""What the stores have sold: the list, one sale, and the list as a file."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("sales", __name__)
