"""Finding out who stands at this terminal, from what the PIN pad or the scanner sent in this request."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session

from pos_web import current
from pos_web.staff.identify import identify
from pos_web.staff.sign_in import SignIn


def asked_employee() -> str:
    """Whose tile was tapped; empty when nobody's was."""
    return request.form.get("employee", "")[:64]


def identify_here(book: Session, replica: Session) -> SignIn:
    """By a tile and its PIN, the PIN alone, or a badge; the caller commits, also what was wrong."""
    terminal = current.the_terminal()
    return identify(
        book,
        replica,
        store_id=terminal.store_id,
        terminal_id=terminal.id,
        employee=asked_employee(),
        pin=request.form.get("pin", "")[:64],
        badge=request.form.get("badge", "").strip(),
        now=current.now(),
    )
