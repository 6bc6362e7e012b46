"""The terminals board: what every till shows now, and how each store and its node stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.publication import Publication, PublishedHead
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import StoreState, Terminal, TerminalState
from shared_web.clock import DIFFERENCE, is_within
from shared_web.formats import local_datetime, local_time
from shared_web.language import _, ngettext

# Three heartbeats of 30 s, for a node whose line nobody saw break.
OFFLINE_AFTER = timedelta(seconds=90)
# A report takes a moment on its way, and nobody minds a minute or two.
TOLERATED_SKEW_S = 120
# Our own publication of the version that the store's node sells by.
_SOLD_BY = and_(Publication.store_id == StoreState.store_id, Publication.version == StoreState.version)


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """`state` is up_to_date, behind, after_sale, other_state, offline, never_seen or not_registered; `words`
    says it.

    `is_other`: it sells by what this office did not publish. `since`: when it was there to be waited for.
    """

    terminal_id: str
    name: str
    code: str
    revision: int
    store_id: str
    store_name: str
    time_zone: str
    state: str
    words: str
    is_other: bool
    since: datetime | None
    shown_version: int
    newest_version: int
    has_open_order: bool
    seen_at: datetime | None
    applied_at: datetime | None
    started_by: str
    outcome: str
    outbox_length: int
    outbox_oldest_at: datetime | None
    address: str

    @property
    def behind(self) -> int:
        """How many versions the terminal's screen lacks."""
        return max(0, self.newest_version - self.shown_version)

    def shows(self, version: int) -> bool:
        """That version of this office, or a later one."""
        return self.shown_version >= version and not self.is_other

    @property
    def can_sync(self) -> bool:
        return self.state in ("up_to_date", "behind", "after_sale", "other_state")


@dataclass(frozen=True, kw_only=True)
class StoreRow:
    """A store and its node. `state` is up_to_date, behind, other_state, offline or never_seen: see `words`.

    `clock_ahead_s` is 0 within tolerance. `node_name` is empty while this installation serves the store,
    or nobody does.
    """

    store_id: str
    store_name: str
    time_zone: str
    node_name: str
    state: str
    words: str
    version: int
    newest_version: int
    reported_at: datetime | None
    applied_at: datetime | None
    started_by: str
    duration_ms: int
    outbox_length: int
    outbox_oldest_at: datetime | None
    refused_count: int
    app_version: str
    clock_ahead_s: int
    address: str

    @property
    def behind(self) -> int:
        """How many versions the store does not sell from yet."""
        return max(0, self.newest_version - self.version)

    @property
    def can_sync(self) -> bool:
        return self.state in ("up_to_date", "behind", "other_state")


def board(session: Session, *, now: datetime, store_ids: Collection[str] | None = None) -> list[BoardRow]:
    """Every terminal that is not archived, by store and name; of all stores, or of some."""
    query = (
        select(Terminal, Store, TerminalState, StoreState, PublishedHead.version, Publication.digest)
        .join(Store, Store.id == Terminal.store_id)
        .outerjoin(TerminalState, TerminalState.terminal_id == Terminal.id)
        .outerjoin(StoreState, StoreState.store_id == Store.id)
        .outerjoin(PublishedHead, PublishedHead.store_id == Store.id)
        .outerjoin(Publication, _SOLD_BY)
        .where(~Terminal.is_archived)
        .order_by(Store.name, Terminal.name)
    )
    if store_ids is not None:
        query = query.where(Store.id.in_(store_ids))
    return [_row(*found, now=now) for found in session.execute(query)]


def store_board(
    session: Session, *, now: datetime, store_ids: Collection[str], node_names: Mapping[str, str]
) -> list[StoreRow]:
    """The stores and how their nodes stand, by name. `node_names`: the paired node of each store."""
    found = session.execute(
        select(Store, StoreState, PublishedHead.version, Publication.digest)
        .outerjoin(StoreState, StoreState.store_id == Store.id)
        .outerjoin(PublishedHead, PublishedHead.store_id == Store.id)
        .outerjoin(Publication, _SOLD_BY)
        .where(Store.id.in_(store_ids))
        .order_by(Store.name)
    )
    return [
        _store_row(store, node, newest or 0, digest, node_names.get(store.id, ""), now)
        for store, node, newest, digest in found
    ]


def terminal_counts(session: Session, *, store_ids: Collection[str]) -> dict[str, int]:
    """How many terminals each store has, for "Downtown, Airport · 6 terminals"."""
    rows = session.execute(
        select(Terminal.store_id, func.count())
        .where(Terminal.store_id.in_(store_ids), ~Terminal.is_archived)
        .group_by(Terminal.store_id)
    )
    counts: dict[str, int] = dict(rows.all())
    return {store_id: counts.get(store_id, 0) for store_id in store_ids}


def _row(
    terminal: Terminal,
    store: Store,
    till: TerminalState | None,
    node: StoreState | None,
    newest: int | None,
    digest: str | None,
    *,
    now: datetime,
) -> BoardRow:
    newest = newest or 0
    is_other = _is_other(node, newest, digest) or (till is not None and till.shown_version > newest)
    state, words = _state(terminal, store, till, node, newest, is_other, now)
    return BoardRow(
        terminal_id=terminal.id,
        name=terminal.name,
        code=terminal.code,
        revision=terminal.revision,
        store_id=store.id,
        store_name=store.name,
        time_zone=store.time_zone,
        state=state,
        words=words,
        is_other=is_other,
        since=terminal.registered_at or (till.first_seen_at if till else None),
        shown_version=till.shown_version if till else 0,
        newest_version=newest,
        has_open_order=till.has_open_order if till else False,
        seen_at=till.seen_at if till else None,
        applied_at=node.applied_at if node else None,
        started_by=node.started_by if node else "",
        outcome=node.outcome if node else "",
        outbox_length=node.outbox_length if node else 0,
        outbox_oldest_at=node.outbox_oldest_at if node else None,
        address=till.address if till else "",
    )


def _store_row(
    store: Store, node: StoreState | None, newest: int, digest: str | None, node_name: str, now: datetime
) -> StoreRow:
    node = node or StoreState(
        store_id=store.id, version=0, started_by="", duration_ms=0, outbox_length=0, refused_count=0,
        app_version="", clock_ahead_s=0, address="",
    )  # fmt: skip
    state, words = _node_state(node, store, newest, _is_other(node, newest, digest), now)
    skew = node.clock_ahead_s
    return StoreRow(
        store_id=store.id,
        store_name=store.name,
        time_zone=store.time_zone,
        node_name=node_name,
        state=state,
        words=words,
        version=node.version,
        newest_version=newest,
        reported_at=node.reported_at,
        applied_at=node.applied_at,
        started_by=node.started_by,
        duration_ms=node.duration_ms,
        outbox_length=node.outbox_length,
        outbox_oldest_at=node.outbox_oldest_at,
        refused_count=node.refused_count,
        app_version=node.app_version,
        clock_ahead_s=skew if abs(skew) > TOLERATED_SKEW_S else 0,
        address=node.address,
    )


def _is_other(node: StoreState | None, newest: int, digest: str | None) -> bool:
    """Does the node sell by what another life of this office published, before it was restored?

    `digest` is that of our own publication of the node's version.
    """
    if node is None or not node.version:
        return False
    # An older node says no digest.
    return node.version > newest or (bool(node.digest and digest) and node.digest != digest)


def _other_words(version: int, newest: int) -> str:
    # A store takes what is newer by itself; to go back is for a person to decide.
    if version > newest:
        return _("Sells by a later state than this office – ask at the till")
    return _("Sells by another state than this office")


def _node_state(
    node: StoreState, store: Store, newest: int, is_other: bool, now: datetime
) -> tuple[str, str]:
    if node.reported_at is None:
        return "never_seen", _("Never seen")
    if (lost_at := _lost_at(node, now)) is not None:
        return "offline", _("Offline since %(time)s", time=_since(lost_at, store.time_zone, now))
    if is_other:
        return "other_state", _other_words(node.version, newest)
    behind = newest - node.version
    if behind == 0:
        return "up_to_date", _("Up to date")
    return "behind", ngettext("%(count)s version behind", "%(count)s versions behind", behind)


def _state(
    terminal: Terminal,
    store: Store,
    till: TerminalState | None,
    node: StoreState | None,
    newest: int,
    is_other: bool,
    now: datetime,
) -> tuple[str, str]:
    # In the demo a browser chooses its terminal without a code: then it is heard of all the same.
    is_seen = till is not None and till.seen_at is not None
    if terminal.registered_at is None and not is_seen:
        return "not_registered", _("Not registered")
    if till is None or till.seen_at is None or node is None or node.reported_at is None:
        return "never_seen", _("Never seen")
    # A till is heard of through its node: when the node is silent, so is the till.
    lost_at = _lost_at(node, now)
    if lost_at is not None or now - till.seen_at > OFFLINE_AFTER:
        since = min(till.seen_at, lost_at or till.seen_at)
        return "offline", _("Offline since %(time)s", time=_since(since, store.time_zone, now))
    if is_other:
        return "other_state", _other_words(node.version, newest)
    behind = newest - till.shown_version
    if behind == 0:
        return "up_to_date", _("Up to date")
    if till.has_open_order and node.version >= newest:
        return "after_sale", _("Shows after sale")
    return "behind", ngettext("%(count)s version behind", "%(count)s versions behind", behind)


def _lost_at(node: StoreState, now: datetime) -> datetime | None:
    """Since when nothing is heard of a node that has reported; None while it is heard of."""
    assert node.reported_at is not None
    # What lies ahead was written before our clock was put back, and says nothing of now.
    is_known = node.line_cut_at is not None and node.line_cut_at <= now + DIFFERENCE
    if node.line_cut_at is not None and is_known and node.line_cut_at >= node.reported_at:
        return node.line_cut_at
    if is_within(now, node.reported_at, node.reported_at + OFFLINE_AFTER):
        return None
    return min(node.reported_at, now)


def _since(moment: datetime, time_zone: str, now: datetime) -> str:
    is_today = now - moment < timedelta(hours=12)
    return local_time(moment, time_zone) if is_today else local_datetime(moment, time_zone, "short")
