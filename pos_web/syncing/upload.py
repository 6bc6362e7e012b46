"""Sends what waits in the outbox, oldest first, and records the office's answer for each document.

Invariants: no network inside a transaction; a batch that the office cannot read is sent one by one, so
that only the unreadable document becomes a dead letter; without an answer a document goes on waiting; each
answer is written down before the next request, so that a line that breaks again and again gets on as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pos_web.syncing import outbox
from pos_web.syncing.bridge_client import BridgeClient, Refused
from shared_web.database import Database
from sync_contract.uploads import Receipt

BATCH = 200
LARGEST_BATCH = 512 * 1024  # bytes
# The office's answers that are about the content of a request, not about who or when.
UNREADABLE = frozenset({400, 413, 415, 422})


class BatchRefused(Exception):
    """The office cannot read something of it: each document has to go by itself."""


def send_waiting(
    book: Database,
    client: BridgeClient,
    *,
    store_id: str,
    epoch: str,
    clock: Callable[[], datetime],
    batch: int = BATCH,
) -> int:
    """Send everything that waits; returns how many documents were answered.

    `epoch` is the office's, as it last told. Raises Offline and Refused (the whole office says no);
    what was answered before that is recorded.
    """
    answered = one_by_one = 0
    while True:
        with book.read() as session:
            documents = outbox.next_waiting(
                session,
                store_id=store_id,
                count=1 if one_by_one else batch,
                largest_bytes=LARGEST_BATCH,
            )
        if not documents:
            return answered
        try:
            receipts = _send(client, store_id, documents)
        except BatchRefused:
            one_by_one = len(documents)
            continue
        one_by_one = max(one_by_one - 1, 0)
        if not receipts:
            return answered
        with book.write() as session:
            outbox.record_receipts(session, store_id=store_id, receipts=receipts, epoch=epoch, now=clock())
            session.commit()
        answered += len(receipts)


def is_about_content(refusal: Refused) -> bool:
    """Did the office itself say no to what was sent? Without its own word somebody between us answered."""
    return refusal.status in UNREADABLE and bool(refusal.error)


def _send(client: BridgeClient, store_id: str, documents: list[tuple[str, bytes]]) -> list[Receipt]:
    """The receipts of these documents. Raises BatchRefused when one of several cannot be read."""
    try:
        receipts = client.upload(store_id, [content for _uuid, content in documents])
    except Refused as refusal:
        if not is_about_content(refusal):
            raise
        if len(documents) > 1:
            raise BatchRefused from refusal
        receipts = [Receipt(uuid=documents[0][0], outcome="refused", reason=refusal.sentence)]
    sent = {uuid for uuid, _content in documents}
    return [each for each in receipts if each.uuid in sent]
