"""Asking a store to change something of its own: made, told with every status until answered, withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.names import yes_or_no
from backoffice_web.editing import NoSuchRecord
from backoffice_web.owned.mirror import (
    DONE,
    STALE,
    WAITING,
    WITHDRAWN,
    OwnedMirror,
    OwnedMirrorState,
    StoreCommand,
)
from backoffice_web.publishing.saved_change import changed_fields, note_change
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.owned import (
    Command,
    Owned,
    SoldOut,
    TerminalSettings,
    UnreadableOwned,
    decode_owned,
    encode_owned,
    laid_over,
)

MOST_AT_ONCE = 100
SHOWN_FOR = timedelta(days=2)


def command_store(
    session: Session,
    *,
    store_id: str,
    kind: str,
    key: str,
    seen: int,
    body: Owned | msgspec.Raw | None,
    label: str,
    by: str,
    now: datetime,
) -> StoreCommand:
    """Ask the store to change a record that was seen at revision `seen`. The caller commits and notifies.

    A command about the same record that still waits is replaced: the newest wish counts.
    """
    for older in _waiting(session, store_id):
        if (older.kind, older.key) == (kind, key):
            older.state, older.answered_at = WITHDRAWN, now
    command = StoreCommand(
        store_id=store_id,
        kind=kind,
        key=key,
        seen_revision=seen,
        body=encode_owned(body) if body is not None else None,
        label=label[:200],
        asked_by=by[:80],
        asked_at=_after_the_last(session, store_id, kind, key, now),
        state=WAITING,
    )
    session.add(command)
    session.flush()
    mirror = session.get(OwnedMirror, (store_id, kind, key))
    before, after = words_of(kind, mirror.body if mirror else None), words_of(kind, command.body)
    fields = changed_fields(before, after)
    note_change(
        session, kind=kind, key=key[:64], label=label, action="commanded", fields=fields, stores=[],
        by=by, now=now,
    )  # fmt: skip
    return command


def withdraw(session: Session, *, command_id: str, by: str, now: datetime) -> StoreCommand:
    """Take back a command that the store has not answered. Raises NoSuchRecord, RuleError."""
    command = session.get(StoreCommand, command_id, with_for_update=True)
    if command is None:
        raise NoSuchRecord(_("This command does not exist."))
    if command.state != WAITING:
        raise RuleError(_("The store has answered already."))
    command.state, command.answered_at = WITHDRAWN, now
    note_change(
        session, kind=command.kind, key=command.key[:64], label=command.label, action="withdrawn",
        fields={}, stores=[], by=by, now=now,
    )  # fmt: skip
    return command


def ask_again(session: Session, *, command_id: str, by: str, now: datetime) -> StoreCommand:
    """Ask for the same once more, against what the store has now. Raises NoSuchRecord, RuleError.

    Only the newest wish about a record that went stale: what was asked for after it counts more.
    """
    stale = session.get(StoreCommand, command_id, with_for_update=True)
    if stale is None:
        raise NoSuchRecord(_("This command does not exist."))
    if not is_newest_stale(session, stale):
        raise RuleError(_("Something newer was asked of the store meanwhile."))
    mirror = session.get(OwnedMirror, (stale.store_id, stale.kind, stale.key))
    return command_store(
        session,
        store_id=stale.store_id,
        kind=stale.kind,
        key=stale.key,
        seen=mirror.revision if mirror is not None else 0,
        body=msgspec.Raw(stale.body) if stale.body is not None else None,
        label=stale.label,
        by=by,
        now=now,
    )


def is_newest_stale(session: Session, command: StoreCommand) -> bool:
    """Did the store leave this undone, and has nothing been asked about the same record since?"""
    newer = select(StoreCommand.id).where(
        StoreCommand.store_id == command.store_id,
        StoreCommand.kind == command.kind,
        StoreCommand.key == command.key,
        StoreCommand.asked_at > command.asked_at,
        StoreCommand.state != WITHDRAWN,
    )
    return command.state == STALE and session.scalar(newer.limit(1)) is None


def seen_with(session: Session, *, asked: str, store_id: str, kind: str, key: str, seen: int) -> int:
    """The revision that was seen by somebody who looked at `seen` and, laid over it, at the command `asked`.

    Once the store has done it and nothing else since, that is the record's newest.
    """
    command = session.get(StoreCommand, asked) if asked else None
    mirror = session.get(OwnedMirror, (store_id, kind, key))
    if command is None or mirror is None or command.state != DONE or command.body is None:
        return seen
    # The store keeps what a wish does not name.
    if laid_over(mirror.body, command.body) != mirror.body:
        return seen
    is_of_this = (command.store_id, command.kind, command.key) == (store_id, kind, key)
    return mirror.revision if is_of_this else seen


def commands_for(session: Session, *, store_id: str) -> tuple[Command, ...]:
    """What waits for the store, oldest first."""
    return tuple(
        Command(
            uuid=each.id,
            kind=each.kind,
            key=each.key,
            revision=each.seen_revision,
            body=msgspec.Raw(each.body or b"null"),
            by=each.asked_by,
            at=each.asked_at,
        )
        for each in _waiting(session, store_id)[:MOST_AT_ONCE]
    )


def mirrored_revision(session: Session, *, store_id: str) -> int:
    state = session.get(OwnedMirrorState, store_id)
    return state.revision if state is not None else 0


def recent_commands(
    session: Session, *, store_id: str, kind: str, key: str = "", now: datetime
) -> list[StoreCommand]:
    """What waits, and what was answered lately, newest first; for one record with `key`."""
    query = select(StoreCommand).where(
        StoreCommand.store_id == store_id,
        StoreCommand.kind == kind,
        (StoreCommand.state == WAITING) | (StoreCommand.asked_at > now - SHOWN_FOR),
        StoreCommand.state != WITHDRAWN,
    )
    if key:
        query = query.where(StoreCommand.key == key)
    return list(session.scalars(query.order_by(StoreCommand.asked_at.desc()).limit(20)))


def words_of(kind: str, body: bytes | None) -> dict[str, str]:
    """The fields of a body in words; of nothing, nothing."""
    try:
        found = decode_owned(kind, body) if body is not None else None
    except UnreadableOwned:
        found = None
    if isinstance(found, SoldOut):
        return {_("Sold out"): found.until.isoformat(timespec="minutes") if found.until else _("Yes")}
    if isinstance(found, TerminalSettings):
        return {
            _("Theme"): found.theme,
            _("Text size"): found.text_size,
            _("Sounds"): yes_or_no(found.has_sounds),
            _("Volume"): f"{found.volume} %",
            _("Scanner prefix"): found.scanner_prefix,
            _("Language"): found.language,
        }
    return {}


def _after_the_last(session: Session, store_id: str, kind: str, key: str, now: datetime) -> datetime:
    """Which of two wishes about a record is the newer one must not turn with a clock that is put back."""
    of_record = (StoreCommand.store_id == store_id, StoreCommand.kind == kind, StoreCommand.key == key)
    last = session.scalar(select(func.max(StoreCommand.asked_at)).where(*of_record))
    return now if last is None or last < now else last + timedelta(microseconds=1)


def _waiting(session: Session, store_id: str) -> list[StoreCommand]:
    return list(
        session.scalars(
            select(StoreCommand)
            .where(StoreCommand.store_id == store_id, StoreCommand.state == WAITING)
            .order_by(StoreCommand.asked_at, StoreCommand.id)
        )
    )
