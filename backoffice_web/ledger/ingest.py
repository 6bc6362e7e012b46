"""Takes the documents of a store into the ledger, each once, and gives a receipt for each.

Invariants: a UUID is kept once – the same again is a duplicate, another document under it is refused
(`held.py`); a sale is a fact, so an unknown item or an odd total is accepted and flagged; a document that
cannot be kept never holds up the others; all is one transaction, which the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, IntegrityError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice_web.ledger.held import answer_held
from backoffice_web.ledger.record import Unstorable, record_document
from backoffice_web.ledger.refused import forget_refused, note_refused
from backoffice_web.ledger.sale import UploadedDocument
from backoffice_web.publishing.upsert import chunks
from shared_web.database import one_after_another
from shared_web.language import _
from sync_contract.readers import reader
from sync_contract.uploads import Document, Receipt, UnreadableDocument, decode_document

LONGEST_UUID = 64

log = structlog.get_logger("evertill.ledger")


class _Named(msgspec.Struct):
    uuid: str = ""


_NAMED = reader(_Named)


def ingest(session: Session, *, store_id: str, documents: Sequence[bytes], now: datetime) -> list[Receipt]:
    """Keep the documents of one store. One receipt for each, in their order.

    Refused: what cannot be read, is another store's, is another document under a known UUID, or holds a
    number or a moment that no database can hold.
    """
    # A store has one node, but a lost answer or a file beside the line brings the same sales a second time:
    # two uploads that overlap in other orders would wait for each other in a circle.
    one_after_another(session, f"ingest {store_id}")
    readings = [_read(content) for content in documents]
    kept = _kept(session, [reading.uuid for reading in readings if not isinstance(reading, Receipt)])
    receipts = []
    for content, reading in zip(documents, readings, strict=True):
        receipt = reading
        if not isinstance(reading, Receipt):
            receipt = _take(session, store_id, content, reading, kept, now)
            if receipt.outcome == "accepted":
                kept[reading.uuid] = content
        assert isinstance(receipt, Receipt)
        if receipt.outcome == "refused":
            receipt = note_refused(session, store_id=store_id, content=content, receipt=receipt, now=now)
        receipts.append(receipt)
    # What is in the ledger waits for nobody any more, by whatever way and however late it came.
    last = {receipt.uuid: receipt.outcome for receipt in receipts}
    for chunk in chunks([uuid for uuid, outcome in last.items() if outcome != "refused"]):
        forget_refused(session, uuids=chunk)
    return receipts


def _read(content: bytes) -> Document | Receipt:
    try:
        document = decode_document(content)
    except (UnreadableDocument, RecursionError):
        return _refused(_uuid_in(content), _("The office cannot read this document."))
    if not 0 < len(document.uuid) <= LONGEST_UUID or not document.uuid.isprintable():
        return _refused(_uuid_in(content), _("This document has no usable UUID."))
    return document


def _take(
    session: Session,
    store_id: str,
    content: bytes,
    document: Document,
    kept: dict[str, bytes],
    now: datetime,
) -> Receipt:
    uuid = document.uuid
    if document.store != store_id:
        return _refused(uuid, _("This document belongs to another store."))
    if uuid in kept:
        return answer_held(document, content, held=kept[uuid])
    try:
        _record(session, document, content, now)
    except IntegrityError:
        # Another worker may have kept it at this very moment; otherwise it is one that cannot be kept.
        other = _kept(session, [uuid]).get(uuid)
        if other is None:
            return _refused(uuid, _("This document holds a value that cannot be kept."))
        return answer_held(document, content, held=other)
    except (Unstorable, SQLAlchemyError, ValueError, OverflowError) as problem:
        if _is_about_the_database(problem):
            # It says nothing about a document: the store sends it again.
            raise
        # The savepoint took back what was half written. The others go on: a bad one never blocks.
        log.warning("document refused", uuid=uuid, store=store_id, problem=repr(problem)[:500])
        return _refused(uuid, _("This document holds a value that cannot be kept."))
    return Receipt(uuid=uuid, outcome="accepted")


def _is_about_the_database(problem: Exception) -> bool:
    """Is it away, full or damaged? `DatabaseError` itself is what SQLite gives for a damaged file."""
    return isinstance(problem, OperationalError | InternalError) or type(problem) is DatabaseError


def _record(session: Session, document: Document, content: bytes, now: datetime) -> None:
    """Within a savepoint. Raises IntegrityError when it is there, or cannot be kept."""
    try:
        with session.begin_nested():
            record_document(session, document, content, now=now)
    except IntegrityError:
        # Another upload of this store may have written the same receipt mark first: that one is there now.
        with session.begin_nested():
            record_document(session, document, content, now=now)


def _kept(session: Session, uuids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of those documents that the office holds already."""
    found: dict[str, bytes] = {}
    for chunk in chunks(uuids):
        rows = session.execute(
            select(UploadedDocument.uuid, UploadedDocument.content).where(UploadedDocument.uuid.in_(chunk))
        )
        found.update((uuid, content) for uuid, content in rows)
    return found


def _refused(uuid: str, sentence: str) -> Receipt:
    return Receipt(uuid=uuid, outcome="refused", reason=sentence)


def _uuid_in(content: bytes) -> str:
    """The UUID of a document that cannot be read otherwise, so that its store finds it again."""
    try:
        uuid = _NAMED.decode(content).uuid
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return uuid[:LONGEST_UUID] if uuid.isprintable() else ""
