"""The means of payment that the store publishes, and the two that every store has."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pos_web.catalog import published
from shared_web.language import _

CASH, CARD_MACHINE = "cash", "card_machine"


def cash_tender(replica: Session, *, store_id: str) -> tuple[str, str]:
    """Key and name of the store's cash."""
    return _first(replica, store_id, CASH) or (CASH, _("Cash"))


def card_tender(replica: Session, *, store_id: str) -> tuple[str, str]:
    """Key and name of what is taken on the standalone card machine."""
    return _first(replica, store_id, CARD_MACHINE) or (CARD_MACHINE, _("Card"))


def _first(replica: Session, store_id: str, method: str) -> tuple[str, str] | None:
    for key, tender in published.tender_types(replica, store_id=store_id):
        if tender.method == method:
            return key, tender.name
    return None
