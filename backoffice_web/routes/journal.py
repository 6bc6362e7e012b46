"""Who changed what, when: the journal, read only."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("journal", __name__)
