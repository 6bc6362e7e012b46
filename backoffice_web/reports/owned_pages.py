"""What the office shows of store-owned things: the 86 lists, and what became of commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from backoffice_web.catalog.item import Item
from backoffice_web.listing import contains
from backoffice_web.owned.command import recent_commands, words_of
from backoffice_web.owned.mirror import DONE, REFUSED, STALE, WAITING, OwnedMirror, StoreCommand
from backoffice_web.stores.store import Store
from shared_web.language import _
from sync_contract.owned import SOLD_OUT, TERMINAL_SETTINGS, TerminalSettings, UnreadableOwned, decode_owned

MOST_FOUND = 20


@dataclass(frozen=True)
class SoldOutRow:
    """One entry of a store's 86 list, as the store last told."""

    key: str
    revision: int
    name: str
    by: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class CommandRow:
    """A command with what it asks for and what the store has, in words."""

    command: StoreCommand
    state: str
    tone: str
    asked: str
    has: str


@dataclass(frozen=True)
class StoreList:
    store: Store
    rows: Sequence[SoldOutRow]
    commands: Sequence[CommandRow]


@dataclass(frozen=True)
class Markable:
    """An item, or one form of it."""

    item: str
    variant: str
    name: str


def sold_out_lists(session: Session, stores: Sequence[Store], *, now: datetime) -> list[StoreList]:
    return [
        StoreList(
            store,
            _sold_out(session, store.id, now),
            command_rows(session, store_id=store.id, kind=SOLD_OUT, now=now),
        )
        for store in stores
    ]


def markable(session: Session, text: str) -> list[Markable]:
    """What the search finds to mark: items by name, each with its forms."""
    if not text:
        return []
    items = session.scalars(
        select(Item)
        .where(contains(Item.name, text), ~Item.is_archived)
        .options(selectinload(Item.variants))
        .order_by(Item.name, Item.id)
        .limit(MOST_FOUND)
    )
    found = []
    for item in items:
        found.append(Markable(item.id, "", item.name))
        if len(item.variants) > 1:
            found += [Markable(item.id, one.id, f"{item.name} · {one.name}") for one in item.variants]
    return found


def name_of(session: Session, item_id: str, variant_id: str) -> str | None:
    """The name of what shall be marked; None for what does not exist."""
    item = session.get(Item, item_id)
    if item is None or item.is_archived:
        return None
    if not variant_id:
        return item.name
    return next((f"{item.name} · {one.name}" for one in item.variants if one.id == variant_id), None)


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
        WAITING: (_("Waits until the store is online"), "warn"),
        DONE: (_("Done"), "ok"),
        STALE: (_("Not done: it was changed at the store meanwhile"), "error"),
        REFUSED: (_("Refused by the store"), "error"),
    }[command.state]
    asked = words_of(command.kind, command.body)
    has = words_of(command.kind, mirror.body if mirror is not None else None)
    if command.kind == SOLD_OUT:
        return CommandRow(command, words, tone, _listed(asked), _listed(has))
    differing = [name for name in {**has, **asked} if has.get(name) != asked.get(name)]
    if not has:  # never changed at the store: what it has are the defaults
        differing = list(asked)
    return CommandRow(command, words, tone, _some(asked, differing), _some(has, differing))


def _listed(words: dict[str, str]) -> str:
    return _("Sold out") if words else _("Available")


def _some(words: dict[str, str], names: Sequence[str]) -> str:
    return ", ".join(f"{name}: {words.get(name) or '–'}" for name in names) if words else _("The defaults")


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
