"""Puts sales into a running house, as its stores would send them."""

from __future__ import annotations

from datetime import UTC, datetime

from backoffice_web.ledger.ingest import ingest
from shared_web.formats import business_date
from sync_contract.uploads import encode_document
from tests.backoffice_web.ledger.documents import order
from tests.cast import first_store, first_terminal


def sell(evertill, *, currency="USD", make=order, at=None, **fields):
    """One sale in the store of `currency`, just now unless `at` says otherwise; its UUID."""
    store, terminal = first_store(evertill, currency=currency), first_terminal(evertill, currency=currency)
    at = at or datetime.now(UTC)
    usual = {
        "store": store.id,
        "terminal": terminal.id,
        "currency": currency,
        "at": at,
        "on": business_date(at, store.time_zone, store.day_cutoff_minutes),
    }
    document = make(**{**usual, **fields})
    with evertill.office_database.write() as session:
        (receipt,) = ingest(session, store_id=store.id, documents=[encode_document(document)], now=at)
        session.commit()
    assert receipt.outcome == "accepted"
    return document.uuid
