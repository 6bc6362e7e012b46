"""What a store node hears when it asks: which stores are its own, and is there something new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, select
from sqlalchemy.orm import Session

from backoffice_web.attendance.shift import Correction
from backoffice_web.bridge.access import NodeAccess
from backoffice_web.ledger.sale import ReceiptMark
from backoffice_web.owned.command import commands_for, mirrored_revision
from backoffice_web.publishing.publication import Publication, PublishedHead, PublishedRecord
from backoffice_web.publishing.upsert import table_of
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from sync_contract.changes import ShiftCorrection, Status, StoreEntry, TerminalEntry

# A new store need not hear of everybody who ever published.
NEWEST_PUBLICATIONS = 50
# The rest comes with the next comparison.
MOST_CORRECTIONS = 200
_publications = table_of(Publication)
# Asked at every pull, so it is built once.
_NEWEST_PUBLICATIONS = (
    select(
        _publications.c.version,
        _publications.c.at,
        _publications.c.by,
        _publications.c.note,
        _publications.c.change_count,
        _publications.c.is_urgent,
    )
    .where(_publications.c.store_id == bindparam("store"), _publications.c.version > bindparam("since"))
    .order_by(_publications.c.version.desc())
    .limit(NEWEST_PUBLICATIONS)
)


def stores_of(session: Session, node: NodeAccess) -> list[StoreEntry]:
    """The stores that the node serves, with their terminals, by name."""
    enterprise = session.get(Enterprise, 1)
    if enterprise is None:  # nobody has set the business up yet
        return []
    stores = session.scalars(select(Store).where(Store.id.in_(node.store_ids)).order_by(Store.name))
    return [
        StoreEntry(
            id=store.id,
            name=store.name,
            epoch=enterprise.epoch,
            is_demo=enterprise.is_demo,
            terminals=terminals_of(session, store.id),
        )
        for store in stores
    ]


def status_of(session: Session, *, store_id: str, since: int, corrections_heard: int | None = None) -> Status:
    """The newest version of the store and what lies between it and `since`; O(1) when nothing does.

    `corrections_heard`: the newest correction of a shift that the store knows; None, it wants none.
    """
    enterprise = session.get_one(Enterprise, 1)
    head = session.get(PublishedHead, store_id)
    version = head.version if head is not None else 0
    newer = publications_after(session, store_id=store_id, since=since) if since < version else []
    return Status(
        store=store_id,
        epoch=enterprise.epoch,
        version=version,
        change_count=_change_count(session, store_id, since) if newer else 0,
        authors=tuple(dict.fromkeys(publication.by for publication in newer)),
        # Asked by itself: an urgent one may lie before the newest ones.
        is_urgent=bool(newer) and _is_urgent(session, store_id, since),
        receipt_marks=_receipt_marks(session, store_id),
        terminals=terminals_of(session, store_id),
        is_demo=enterprise.is_demo,
        corrections=_corrections(session, store_id, corrections_heard),
        commands=commands_for(session, store_id=store_id),
        owned_revision=mirrored_revision(session, store_id=store_id),
        digest=head.digest if head is not None else "",
    )


def _is_urgent(session: Session, store_id: str, since: int) -> bool:
    urgent = exists().where(
        Publication.store_id == store_id, Publication.version > since, Publication.is_urgent
    )
    return bool(session.scalar(select(urgent)))


def publications_after(asking: Session | Connection, *, store_id: str, since: int) -> Sequence[Any]:
    """The publications after version `since`, oldest first; of a long history the newest ones.

    Rows with version, at, by, note, change_count and is_urgent.
    """
    asked = {"store": store_id, "since": since}
    return asking.execute(_NEWEST_PUBLICATIONS, asked).all()[::-1]


def terminals_of(session: Session, store_id: str) -> tuple[TerminalEntry, ...]:
    terminals = session.scalars(
        select(Terminal)
        .where(Terminal.store_id == store_id, ~Terminal.is_archived)
        .order_by(Terminal.name, Terminal.id)
    )
    return tuple(terminal_entry(terminal) for terminal in terminals)


def terminal_entry(terminal: Terminal) -> TerminalEntry:
    return TerminalEntry(
        id=terminal.id,
        name=terminal.name,
        code=terminal.code,
        is_registered=terminal.registered_at is not None,
        registration=terminal.registration,
    )


def _change_count(session: Session, store_id: str, since: int) -> int:
    changed = select(func.count()).where(
        PublishedRecord.store_id == store_id, PublishedRecord.version > since
    )
    if since == 0:
        changed = changed.where(PublishedRecord.body.is_not(None))
    return session.scalar(changed) or 0


def _corrections(session: Session, store_id: str, heard: int | None) -> tuple[ShiftCorrection, ...]:
    if heard is None:
        return ()
    newer = session.scalars(
        select(Correction)
        .where(Correction.store_id == store_id, Correction.sequence > heard)
        .order_by(Correction.sequence)
        .limit(MOST_CORRECTIONS)
    )
    return tuple(
        ShiftCorrection(
            sequence=each.sequence,
            shift=each.shift_uuid,
            employee=each.employee_id,
            employee_name=each.employee_name,
            role=each.role_id,
            role_name=each.role_name,
            business_date=each.business_date,
            clocked_in_at=each.clocked_in_at,
            clocked_out_at=each.clocked_out_at,
            by=each.by,
        )
        for each in newer
    )


def _receipt_marks(session: Session, store_id: str) -> dict[str, int]:
    marks = session.scalars(select(ReceiptMark).where(ReceiptMark.store_id == store_id))
    return {f"{mark.terminal_id}/{mark.series}": mark.counter for mark in marks}
