"""Keeps what a store node last reported about its store and its tills, and whether its line stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival, StoreSync
from backoffice_web.terminals.terminal import StoreState, Terminal, TerminalState
from shared_web.clock import DIFFERENCE
from shared_web.database import one_after_another
from shared_web.formats import is_showable
from sync_contract.changes import NodeReport, TillReport

# How long the office remembers how versions arrived, and the syncs that brought them.
KEPT = timedelta(days=90)
LARGEST_SKEW_S = 2**31 - 1


def record_report(
    session: Session, *, report: NodeReport, now: datetime, address: str = "", app_version: str = ""
) -> None:
    """Remember the report, which came from `address`.

    Terminals that are not the store's are ignored, a clock ahead of ours is not believed.
    """
    # Its own node sends one at a time, but may send one again whose answer was lost while it is written.
    one_after_another(session, f"report {report.store}")
    state = session.get(StoreState, report.store)
    if state is None:
        state = StoreState(store_id=report.store, version=0, heard_version=0)
        session.add(state)
    clock = _Clock(report, now)
    if report.version and report.version != state.version:
        _arrive(session, report.store, APPLIED, report.version, clock.ours(report.applied_at) or now)
    if report.heard_version and report.heard_version != state.heard_version:
        _arrive(session, report.store, HEARD, report.heard_version, clock.ours(report.heard_at) or now)
    state.clock_ahead_s = clock.ahead_s
    state.address, state.app_version = _clip(address, 45), _clip(app_version, 20)
    state.heard_version = report.heard_version
    state.version = report.version
    state.digest = _clip(report.digest, 32)
    state.applied_at = clock.ours(report.applied_at)
    state.reported_at = now
    state.outcome = _clip(report.outcome, 40)
    state.started_by = _clip(report.started_by, 80)
    state.duration_ms = report.duration_ms
    state.outbox_length = report.outbox_length
    state.outbox_oldest_at = clock.ours(report.outbox_oldest_at)
    state.refused_count = report.refused_count
    _record_tills(session, report, clock, now)
    _record_syncs(session, report, clock, now)
    session.flush()


def record_line(session: Session, *, store_ids: Collection[str], now: datetime) -> None:
    """A socket of the stores' node has come."""
    # One of the future came before our clock was put back.
    is_older, is_ahead = StoreState.line_since < now, StoreState.line_since > now + DIFFERENCE
    is_newer = or_(StoreState.line_since.is_(None), is_older, is_ahead)
    here = update(StoreState).where(StoreState.store_id.in_(store_ids), is_newer)
    session.execute(here.values(line_since=now, line_cut_at=None))


def record_cut(session: Session, *, store_ids: Collection[str], since: datetime, now: datetime) -> None:
    """The socket that came at `since` has gone. A newer one, perhaps at another worker, counts more.

    One that came before the store's first report is written down nowhere.
    """
    is_newest = or_(StoreState.line_since.is_(None), StoreState.line_since == since)
    here = update(StoreState).where(StoreState.store_id.in_(store_ids), is_newest)
    session.execute(here.values(line_cut_at=now))


class _Clock:
    """Reads the times of a report by our own clock: the node's may be wrong by hours."""

    def __init__(self, report: NodeReport, now: datetime) -> None:
        self._now = now
        sent_at = _aware(report.sent_at)
        self._ahead = sent_at - now if sent_at is not None else timedelta(0)

    @property
    def ahead_s(self) -> int:
        # A report takes a moment on its way; a century fits into no column of seconds.
        seconds = round(self._ahead.total_seconds())
        return max(-LARGEST_SKEW_S, min(seconds, LARGEST_SKEW_S))

    def ours(self, moment: datetime | None) -> datetime | None:
        """The moment in UTC, at most now; None for one that no wall clock of ours shows."""
        found = _aware(moment)
        if found is None:
            return None
        try:
            return min(found - self._ahead, self._now)
        except OverflowError:
            return None


def _arrive(session: Session, store_id: str, place: str, version: int, at: datetime) -> None:
    # Merged, because an office that was restored from a backup counts the same numbers again.
    session.merge(Arrival(store_id=store_id, place=place, version=version, at=at))


def _record_syncs(session: Session, report: NodeReport, clock: _Clock, now: datetime) -> None:
    """Keep the syncs that are new to us, each once, however often it is told; forget what is old."""
    told = {_clip(sync.uuid, 64): sync for sync in report.syncs}
    if not told:
        return
    mine = StoreSync.store_id == report.store
    known = set(session.scalars(select(StoreSync.uuid).where(mine, StoreSync.uuid.in_(told))))
    for uuid in sorted(told.keys() - known):
        sync = told[uuid]
        session.add(
            StoreSync(
                uuid=uuid,
                store_id=report.store,
                started_at=clock.ours(sync.started_at) or now,
                started_by=_clip(sync.started_by, 80),
                is_manual=sync.is_manual,
                is_full=sync.is_full,
                from_version=sync.from_version,
                to_version=sync.to_version,
                change_count=sync.change_count,
                byte_count=sync.byte_count,
                duration_ms=sync.duration_ms,
                outcome=_clip(sync.outcome, 40),
                reason=_clip(sync.reason, 500),
            )
        )
    session.execute(delete(StoreSync).where(mine, StoreSync.started_at < now - KEPT))
    session.execute(delete(Arrival).where(Arrival.store_id == report.store, Arrival.at < now - KEPT))


def _record_tills(session: Session, report: NodeReport, clock: _Clock, now: datetime) -> None:
    tills: Mapping[str, TillReport] = {till.terminal: till for till in report.tills}
    if not tills:
        return
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
            if till.shown_version:
                _arrive(session, report.store, terminal_id, till.shown_version, now)
        state.shown_version = till.shown_version
        state.has_open_order = till.has_open_order
        state.address = _clip(till.address, 45)
        state.seen_at = clock.ours(till.seen_at)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or not is_showable(moment):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _clip(text: str, longest: int) -> str:
    return text.replace("\x00", "")[:longest]
