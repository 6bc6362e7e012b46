"""Takes in a file of documents that a store's node exported and somebody carried here.

Invariants: only a file with the signature of a node that this office knows is taken in; each document
is kept once, whether it comes by file, by the bridge, or both, and however often.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.ledger.ingest import ingest
from backoffice_web.ledger.news import news_of
from backoffice_web.stores.store import Store
from backoffice_web.terminals.node import Node
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.document_file import SignedFile, UnreadableFile, read_file
from sync_contract.uploads import Receipt, UnreadableDocument, decode_document


@dataclass(frozen=True)
class ImportedFile:
    """What came of a file: how many documents were new, known and refused.

    `news` are the stores concerned, each with the events to announce after the commit. `notes` are the
    sentences about those that nobody has to look after although they did not simply come in.
    """

    news: Mapping[str, Sequence[str]]
    accepted: int
    known: int
    refused: int
    notes: Sequence[str] = ()


def import_document_file(session: Session, *, content: bytes, now: datetime) -> ImportedFile:
    """Keep the documents of the file, each under the store that it names. Raises RuleError."""
    try:
        signed = read_file(content)
    except UnreadableFile:
        raise RuleError(
            _("This is not a whole file of documents. Export it again at the till and choose that file.")
        ) from None
    if not _is_from_a_known_node(session, signed):
        raise RuleError(
            _("The file was changed on its way, or comes from a store node that this office does not know.")
        )
    outcomes: list[str] = []
    notes: list[str] = []
    news = {}
    for store_id, documents in _by_store(session, signed).items():
        receipts = ingest(session, store_id=store_id, documents=documents, now=now)
        outcomes += ["settled" if receipt.is_settled else receipt.outcome for receipt in receipts]
        notes += _notes(documents, receipts)
        news[store_id] = news_of(documents, receipts)
    return ImportedFile(
        news,
        accepted=outcomes.count("accepted"),
        known=outcomes.count("duplicate"),
        refused=outcomes.count("refused"),
        notes=notes,
    )


def _notes(documents: Sequence[bytes], receipts: Sequence[Receipt]) -> Iterator[str]:
    for content, receipt in zip(documents, receipts, strict=True):
        if receipt.reason and (receipt.is_settled or receipt.outcome == "duplicate"):
            yield _("%(document)s: %(what)s", document=_name_of(content) or receipt.uuid, what=receipt.reason)


def _name_of(content: bytes) -> str:
    try:
        return getattr(decode_document(content), "number", "")
    except (UnreadableDocument, RecursionError):
        return ""


def _is_from_a_known_node(session: Session, signed: SignedFile) -> bool:
    # A node that was revoked since may have been the very reason for the export: a person decides here.
    # So may a renewed token, which comes with every start: the hashes of former ones are kept for this.
    nodes = session.execute(select(Node.token_hash, Node.next_token_hash, Node.former_token_hashes))
    return any(
        signed.is_signed_with(key.encode())
        for present, following, former in nodes
        for key in (present, following, *former)
        if key
    )


def _by_store(session: Session, signed: SignedFile) -> dict[str, list[bytes]]:
    """The documents by the store that they name. What names none of ours goes under the file's own."""
    stores = set(session.scalars(select(Store.id)))
    if signed.head.store not in stores:
        raise RuleError(_("The file comes from a store that this office does not have."))
    found: dict[str, list[bytes]] = defaultdict(list)
    for document in signed.documents:
        named = _store_of(document)
        found[named if named in stores else signed.head.store].append(document)
    # In the same order in every file: two that are imported at once then wait for each other in no circle.
    return dict(sorted(found.items()))


def _store_of(document: bytes) -> str:
    try:
        return decode_document(document).store
    except (UnreadableDocument, RecursionError):
        return ""
