"""The stores' syncs as their nodes told them: who or what started each, what it brought, how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.listing import Page, Wish, contains, fetch_page
from backoffice_web.stores.store import Store
from backoffice_web.terminals.arrival import StoreSync
from shared_web.language import _

SORTS = ("time",)
DEFAULT_SORT = "-time"
FILTERS = ("outcome",)
APPLIED, UP_TO_DATE, OFFLINE = "applied", "already_up_to_date", "offline"
# What nodes call a sync that nobody pressed.
BY_ITSELF = frozenset({"auto", "start"})


def sync_history(session: Session, wish: Wish, *, stores: Sequence[Store]) -> Page[StoreSync]:
    """One page of these stores' syncs, newest first."""
    statement = select(StoreSync).where(StoreSync.store_id.in_([store.id for store in stores]))
    outcome = wish.filter("outcome")
    if outcome == "failed":
        statement = statement.where(StoreSync.outcome.not_in([APPLIED, UP_TO_DATE]))
    elif outcome in OUTCOMES:
        statement = statement.where(StoreSync.outcome == outcome)
    if wish.text:
        statement = statement.where(contains(StoreSync.started_by, wish.text))
    return fetch_page(session, statement, wish, sorts={"time": (StoreSync.started_at, StoreSync.uuid)})


OUTCOMES = (APPLIED, UP_TO_DATE, "failed")


def outcome_words(outcome: str) -> str:
    """How a sync ended; a node's own word for it where the office has none."""
    words = {
        APPLIED: _("Applied"),
        UP_TO_DATE: _("Already up to date"),
        OFFLINE: _("Offline"),
        "refused": _("Refused"),
        "failed_verification": _("Did not arrive intact"),
        "failed": _("Failed"),
    }
    return words.get(outcome, outcome)


def starter_words(sync: StoreSync) -> str:
    """Who pressed, or that nobody did."""
    return sync.started_by if sync.is_manual or sync.started_by not in BY_ITSELF else _("Automatic")
