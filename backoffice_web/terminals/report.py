"""Keeps what a store node last reported about its store and its tills, and whether its line stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from backoffice_web.terminals.arrival import APPLIED, HEARD, Arrival, StoreSync
from backoffice_web.terminals.record_arrivals import Came, record_arrivals
from backoffice_web.terminals.terminal import StoreState, Terminal, TerminalState
from shared_web.clock import DIFFERENCE
from shared_web.database import one_after_another
from shared_web.formats import is_showable
from sync_contract.changes import NodeReport, TillReport

# How long the office remembers how versions arrived, and the syncs that brought them.
KEPT = timedelta(days=90)
LARGEST_SKEW_S = 2**31 - 1
# A request that its node gave up may still be on its way for as long; by more, the node's clock was put back.
OVERTAKEN_WITHIN = timedelta(minutes=1)


def record_report(
    session: Session,
    *,
    report: NodeReport,
    now: datetime,
    address: str = "",
    app_version: str = "",
    node_since: datetime | None = None,
) -> None:
    """Remember the report, which came from `address`, of a node that is there since `node_since`.

    Terminals that are not the store's are ignored, a clock ahead of ours is not believed. Of a report that
    a newer one overtook, only the syncs are kept.
    """
    # Its own node sends one at a time, but may send one again whose answer was lost while it is written.
    one_after_another(session, f"report {report.store}")
    state = session.get(StoreState, report.store)
    if state is None:
        state = StoreState(store_id=report.store, version=0, heard_version=0)
        session.add(state)
    clock = _Clock(report, now)
    if not _is_overtaken(report, state):
        came = [*_come_to_store(report, state, clock, node_since), *_record_tills(session, report, clock)]
        record_arrivals(
            session, store_id=report.store, version=report.version, digest=report.digest, came=came, now=now
        )
        _record_state(state, report, clock)
        state.address, state.app_version = _clip(address, 45), _clip(app_version, 20)
    _record_syncs(session, report, clock, now)
    session.flush()


def _is_overtaken(report: NodeReport, state: StoreState) -> bool:
    sent_at = _aware(report.sent_at)
    if sent_at is None or state.sent_at is None:
        return False
    return timedelta(0) < state.sent_at - sent_at < OVERTAKEN_WITHIN


def _come_to_store(
    report: NodeReport, state: StoreState, clock: _Clock, since: datetime | None
) -> Iterator[Came]:
    """What the node heard of and applied since it reported last."""
    if report.version and (report.version, _clip(report.digest, 32)) != (state.version, state.digest):
        yield Came(APPLIED, report.version, clock.ours(report.applied_at) or clock.now, since)
    if report.heard_version and report.heard_version != state.heard_version:
        yield Came(HEARD, report.heard_version, clock.ours(report.heard_at) or clock.now, since)


def _record_state(state: StoreState, report: NodeReport, clock: _Clock) -> None:
    state.clock_ahead_s = clock.ahead_s
    state.sent_at = _aware(report.sent_at)
    state.heard_version = report.heard_version
    state.version = report.version
    state.digest = _clip(report.digest, 32)
    state.applied_at = clock.ours(report.applied_at)
    state.reported_at = clock.now
    state.outcome = _clip(report.outcome, 40)
    state.started_by = _clip(report.started_by, 80)
    state.duration_ms = report.duration_ms
    state.outbox_length = report.outbox_length
    state.outbox_oldest_at = clock.ours(report.outbox_oldest_at)
    state.refused_count = report.refused_count


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
        self.now = now
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
            return min(found - self._ahead, self.now)
        except OverflowError:
            return None


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


def _record_tills(session: Session, report: NodeReport, clock: _Clock) -> Sequence[Came]:
    """Returns what came to the screens since the last report."""
    tills: Mapping[str, TillReport] = {till.terminal: till for till in report.tills}
    if not tills:
        return ()
    mine = select(Terminal.id, Terminal.registered_at).where(Terminal.store_id == report.store)
    terminals: dict[str, datetime | None] = dict(session.execute(mine).all())
    known = session.scalars(select(TerminalState).where(TerminalState.terminal_id.in_(terminals)))
    states = {state.terminal_id: state for state in known}
    came = []
    for terminal_id in sorted(terminals.keys() & tills.keys()):
        till = tills[terminal_id]
        state = states.get(terminal_id)
        if state is None:
            state = TerminalState(terminal_id=terminal_id, shown_version=0, first_seen_at=clock.now)
            session.add(state)
        if state.shown_version != till.shown_version:
            state.shown_at = clock.ours(till.shown_at) or clock.now
            if till.shown_version:
                # In the demo a browser chooses its terminal and is not registered.
                since = terminals[terminal_id] or state.first_seen_at
                came.append(Came(terminal_id, till.shown_version, state.shown_at, since))
        state.shown_version = till.shown_version
        state.has_open_order = till.has_open_order
        state.address = _clip(till.address, 45)
        state.seen_at = clock.ours(till.seen_at)
    return came


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or not is_showable(moment):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _clip(text: str, longest: int) -> str:
    return text.replace("\x00", "")[:longest]
