"""What open pages of the office hear of documents that were taken in, by bridge or by file."""

from __future__ import annotations

from collections.abc import Sequence

from sync_contract.uploads import Document, Order, Receipt, TimePunch, decode_document

# Whatever else comes is shown by no page that stands open.
EVENTS: dict[type[Document], str] = {Order: "office:sales", TimePunch: "office:punches"}


def news_of(documents: Sequence[bytes], receipts: Sequence[Receipt]) -> list[str]:
    """The events to announce after the commit: only of what was accepted, each once."""
    pairs = zip(documents, receipts, strict=True)
    kinds = {type(decode_document(content)) for content, receipt in pairs if receipt.outcome == "accepted"}
    return [event for kind, event in EVENTS.items() if kind in kinds]
