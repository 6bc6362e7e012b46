"""Keeps what a store node last reported about its store and its tills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.terminals.terminal import StoreState, Terminal, TerminalState
from shared_web.formats import is_showable
from sync_contract.changes import NodeReport, TillReport


def record_report(session: Session, *, report: NodeReport, now: datetime) -> None:
    """Remember the report. Terminals that are not the store's are ignored, a clock ahead of ours is not
    believed."""
    state = session.get(StoreState, report.store)
    if state is None:
        state = StoreState(store_id=report.store)
        session.add(state)
    state.version = report.version
    state.digest = _clip(report.digest, 32)
    state.applied_at = _past(report.applied_at, now)
    state.reported_at = now
    state.outcome = _clip(report.outcome, 40)
    state.started_by = _clip(report.started_by, 80)
    state.duration_ms = report.duration_ms
    state.outbox_length = report.outbox_length
    state.outbox_oldest_at = _past(report.outbox_oldest_at, now)
    state.refused_count = report.refused_count
    _record_tills(session, report, now)
    session.flush()


def _record_tills(session: Session, report: NodeReport, now: datetime) -> None:
    tills: Mapping[str, TillReport] = {till.terminal: till for till in report.tills}
    terminals = set(session.scalars(select(Terminal.id).where(Terminal.store_id == report.store)))
    known = session.scalars(select(TerminalState).where(TerminalState.terminal_id.in_(terminals)))
    states = {state.terminal_id: state for state in known}
    for terminal_id in sorted(terminals & tills.keys()):
        till = tills[terminal_id]
        state = states.get(terminal_id)
        if state is None:
            state = TerminalState(terminal_id=terminal_id, shown_version=0)
            session.add(state)
        if state.shown_version != till.shown_version:
            state.shown_at = now
        state.shown_version = till.shown_version
        state.has_open_order = till.has_open_order
        state.seen_at = _past(till.seen_at, now)


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment in UTC, at most `now`; None for one that no wall clock of ours shows."""
    if moment is None or not is_showable(moment):
        return None
    return min((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), now)


def _clip(text: str, longest: int) -> str:
    return text.replace("\x00", "")[:longest]
