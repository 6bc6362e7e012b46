"""What the office shows of store-owned things: the 86 lists, and what became of commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.owned.command import is_newest_stale, recent_commands, words_of
from backoffice_web.owned.mirror import DONE, REFUSED, STALE, WAITING, OwnedMirror, StoreCommand
from backoffice_web.stores.store import Store
from shared_web.language import _
from sync_contract.owned import (
    SOLD_OUT,
    TERMINAL_SETTINGS,
    TerminalSettings,
    UnreadableOwned,
    decode_owned,
    encode_owned,
    modifier_of_key,
)


@dataclass(frozen=True)
class SoldOutRow:
    """One entry of a store's 86 list, as the store last told."""

    key: str
    revision: int
    name: str
    by: str
    since: datetime
    until: datetime | None

    @property
    def is_modifier(self) -> bool:
        return bool(modifier_of_key(self.key))


@dataclass(frozen=True)
class CommandRow:
    """A command with what it asks for and what the store has, in words. `can_repeat`: it went stale."""

    command: StoreCommand
    state: str
    tone: str
    why: str
    asked: str
    has: str
    can_repeat: bool


@dataclass(frozen=True)
class StoreList:
    store: Store
    rows: Sequence[SoldOutRow]
    commands: Sequence[CommandRow]


def sold_out_lists(session: Session, stores: Sequence[Store], *, now: datetime) -> list[StoreList]:
    return [
        StoreList(
            store,
            _sold_out(session, store.id, now),
            command_rows(session, store_id=store.id, kind=SOLD_OUT, now=now),
        )
        for store in stores
    ]


def mirrored_settings(
    session: Session, *, store_id: str, terminal_id: str
) -> tuple[TerminalSettings, OwnedMirror | None]:
    """A terminal's settings as its store last told; the defaults until it does."""
    row = session.get(OwnedMirror, (store_id, TERMINAL_SETTINGS, terminal_id))
    try:
        return (decode_owned(row.kind, row.body) if row is not None else TerminalSettings()), row
    except UnreadableOwned:
        return TerminalSettings(), row


def command_rows(
    session: Session, *, store_id: str, kind: str, key: str = "", now: datetime
) -> list[CommandRow]:
    found = recent_commands(session, store_id=store_id, kind=kind, key=key, now=now)
    return [_command_row(session, command) for command in found]


def _command_row(session: Session, command: StoreCommand) -> CommandRow:
    mirror = session.get(OwnedMirror, (command.store_id, command.kind, command.key))
    words, tone = {
        WAITING: (_("Waiting"), "warn"),
        DONE: (_("Done"), "ok"),
        STALE: (_("Not done"), "error"),
        REFUSED: (_("Refused by the store"), "error"),
    }[command.state]
    asked = words_of(command.kind, command.body)
    has = words_of(command.kind, mirror.body if mirror is not None else None)
    compared = _listed(asked, has) if command.kind == SOLD_OUT else _settings(asked, has)
    why = {
        WAITING: _("Done as soon as the store is online."),
        STALE: _("It was changed at the store meanwhile."),
    }.get(command.state, command.reason)
    return CommandRow(command, words, tone, why, *compared, can_repeat=is_newest_stale(session, command))


def _listed(asked: dict[str, str], has: dict[str, str]) -> tuple[str, str]:
    names = _("Available"), _("Sold out")
    return names[bool(asked)], names[bool(has)]


def _settings(asked: dict[str, str], has: dict[str, str]) -> tuple[str, str]:
    """Only where the two differ; when they do not, what is unusual about them."""
    defaults = words_of(TERMINAL_SETTINGS, encode_owned(TerminalSettings()))
    # What was never changed at the store is as it comes.
    has = has or defaults
    if has == asked:
        return _some(asked, defaults), _("The same")
    return _some(asked, has), _some(has, asked)


def _some(words: dict[str, str], other: dict[str, str]) -> str:
    differing = {name: value for name, value in words.items() if value != other.get(name)}
    return ", ".join(f"{name}: {value or '–'}" for name, value in differing.items()) or _("The defaults")


def _sold_out(session: Session, store_id: str, now: datetime) -> list[SoldOutRow]:
    mirrors = session.scalars(
        select(OwnedMirror)
        .where(OwnedMirror.store_id == store_id, OwnedMirror.kind == SOLD_OUT)
        .order_by(OwnedMirror.revision.desc())
    )
    rows = []
    for each in mirrors:
        body = decode_owned(each.kind, each.body)
        if body.until is None or body.until > now:
            rows.append(
                SoldOutRow(each.key, each.revision, body.name, each.changed_by, each.changed_at, body.until)
            )
    return rows
