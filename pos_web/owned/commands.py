"""Carrying out what the office wants changed of store-owned things: once each, or not at all.

Invariants: a command, its effect and its answer are one transaction; a known UUID is only answered again;
a record that moved on since the command's author looked at it is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from pos_web.owned.change import TooManyOwned, change_owned
from pos_web.owned.record import CarriedOut
from pos_web.terminals.terminal import Terminal
from shared_web.errors import StaleEdit
from sync_contract.owned import LONGEST_KEY, TERMINAL_SETTINGS, Command, UnreadableOwned, decode_owned


def carry_out(book: Session, *, store_id: str, commands: Iterable[Command], now: datetime) -> set[str]:
    """Carry out what is new and answer everything; the kinds that changed. The caller commits."""
    changed = set()
    for command in commands:
        known = book.get(CarriedOut, command.uuid)
        if known is not None:
            # The answer was lost, or the office was restored from a backup.
            known.is_told = False
            continue
        outcome, reason = _try(book, store_id, command, now)
        book.add(
            CarriedOut(
                uuid=command.uuid,
                store_id=store_id,
                outcome=outcome,
                reason=reason[:200],
                at=now,
                is_told=False,
            )
        )
        book.flush()
        if outcome == "done":
            changed.add(command.kind)
    return changed


def _try(book: Session, store_id: str, command: Command, now: datetime) -> tuple[str, str]:
    raw = bytes(command.body)
    try:
        if raw != b"null":
            decode_owned(command.kind, raw)
        if command.kind == TERMINAL_SETTINGS and not _is_ours(book, store_id, command.key):
            return "refused", "no such terminal"
        if len(command.key) > LONGEST_KEY:
            return "refused", "the key is too long"
        change_owned(
            book,
            store_id=store_id,
            kind=command.kind,
            key=command.key,
            # As it came: a newer office may name what this release does not know.
            body=None if raw == b"null" else command.body,
            seen=command.revision,
            by=command.by,
            now=now,
        )
    except StaleEdit:
        return "stale", ""
    except (UnreadableOwned, TooManyOwned, msgspec.DecodeError) as problem:
        return "refused", str(problem)
    return "done", ""


def _is_ours(book: Session, store_id: str, terminal_id: str) -> bool:
    terminal = book.get(Terminal, terminal_id)
    return terminal is not None and terminal.store_id == store_id
