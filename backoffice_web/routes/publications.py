"""Publishing: what waits, what was published, how far it has come, and the way back."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("publications", __name__)
