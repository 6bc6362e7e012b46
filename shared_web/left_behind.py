"""What both houses say of a pairing that would leave documents of a store behind."""

from __future__ import annotations

from shared_web.language import ngettext


def left_behind(store: str, count: int) -> str:
    """`count` documents of `store`, which the new code is not for."""
    return ngettext(
        "%(count)s document of %(store)s waits on that computer and would be left behind. Make a code for "
        "that store too, or run python app.py export-unsent there and pair with --discard-unsent.",
        "%(count)s documents of %(store)s wait on that computer and would be left behind. Make a code for "
        "that store too, or run python app.py export-unsent there and pair with --discard-unsent.",
        count,
        store=store,
    )
