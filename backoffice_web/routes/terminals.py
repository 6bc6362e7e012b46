"""The stores' terminals: how they stand, their names, and the codes that register them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("terminals", __name__)
