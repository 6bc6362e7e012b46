"""What the office answers to a document whose UUID it has already.

Invariant: what it has stays as it is. The same facts are a duplicate, also with another text in them, and
then the answer says so; other facts (an amount, a line, a number) are for a person, and refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared_web.language import _
from sync_contract.uploads import Document, Order, Receipt, UnreadableDocument, decode_document

# What a person can correct at the till without making another sale of it.
TEXTS = frozenset({"reason"})


def answer_held(document: Document, content: bytes, *, held: bytes) -> Receipt:
    """`held` are the bytes that the office has under the UUID of `document`, which came as `content`."""
    if content == held:
        return Receipt(uuid=document.uuid, outcome="duplicate")
    kept = _read(held)
    differing = _differing(kept, document)
    if kept is None or differing - TEXTS:
        return Receipt(uuid=document.uuid, outcome="refused", reason=_conflict(differing))
    if not differing:
        # Other bytes of the same facts: another release wrote them.
        return Receipt(uuid=document.uuid, outcome="duplicate")
    return Receipt(uuid=document.uuid, outcome="duplicate", reason=_other_text(kept, document))


def _read(content: bytes) -> Document | None:
    try:
        return decode_document(content)
    except (UnreadableDocument, RecursionError):
        return None


def _differing(kept: Document | None, document: Document) -> set[str]:
    if type(kept) is not type(document):
        return {"kind"}
    return {name for name in document.__struct_fields__ if getattr(kept, name) != getattr(document, name)} - {
        "contract"
    }


def _other_text(kept: Document, document: Document) -> str:
    assert isinstance(kept, Order) and isinstance(document, Order)  # only orders have a reason
    return _(
        "The office has this document already, with other content: the reason is “%(kept)s” there, "
        "“%(sent)s” here. The office's stays.",
        kept=kept.reason,
        sent=document.reason,
    )


def _conflict(differing: Iterable[str]) -> str:
    words = {
        "kind": _("the kind"),
        "store": _("the store"),
        "terminal": _("the terminal"),
        "number": _("the receipt number"),
        "total_cents": _("the total"),
        "tax_cents": _("the taxes"),
        "lines": _("the lines"),
        "payments": _("the payments"),
        "currency": _("the currency"),
        "finished_at": _("the time"),
        "employee": _("the employee"),
        "reason": _("the reason"),
    }
    named = [word for field, word in words.items() if field in differing] or [_("details")]
    return _(
        "The office holds another document under this UUID. What differs: %(fields)s.",
        fields=", ".join(named),
    )
