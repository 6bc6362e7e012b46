"""What every POS page knows, whatever it shows: applied version, idle lock, whether this is a demo."""

from __future__ import annotations

from typing import Any

from flask import render_template

from pos_web import current
from pos_web.catalog import published
from pos_web.terminals.registration import is_demo


def screen(template: str, **context: Any) -> str:
    """A whole page of the POS."""
    terminal = current.terminal()
    with current.book_read() as book:
        demo = is_demo(book)
    version, idle_lock_s, pin_length = 0, 0, 4
    if terminal is not None:
        with current.replica() as replica:
            version = published.applied_version(replica, store_id=terminal.store_id)
            settings = published.settings(replica, store_id=terminal.store_id)
            idle_lock_s, pin_length = settings.idle_lock_s, settings.pin_length
    return render_template(
        template,
        **{
            "version": version,
            "idle_lock_s": idle_lock_s,
            "pin_length": pin_length,
            "is_demo": demo,
            "now": current.now(),
            **context,
        },
    )
