"""What the pages of store-owned things share: telling a store of a command, taking it back, repeating it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.editing import NoSuchRecord
from backoffice_web.owned.command import ask_again, withdraw
from backoffice_web.owned.mirror import StoreCommand
from backoffice_web.routes.scope import check_reach
from shared_web.language import _
from sync_contract.notice import Notice


def tell_store(store_id: str) -> None:
    """After the commit: the store's node asks at once if it hears this, else with its next heartbeat."""
    current.office().notify(Notice(store=store_id, version=0, urgent=True))
    current.office().announcer.announce("office:owned", {"store": store_id}, room="office")


def withdraw_command(key: str, *, kind: str) -> StoreCommand:
    """Take back a command of this kind. Raises NoSuchRecord, RuleError."""
    with current.write() as session:
        _check(session, key, kind)
        command = withdraw(session, command_id=key, by=current.account().name, now=current.now())
        session.commit()
    current.office().announcer.announce("office:owned", {"store": command.store_id}, room="office")
    return command


def repeat_command(key: str, *, kind: str) -> StoreCommand:
    """Ask once more for what a stale command of this kind asked for. Raises NoSuchRecord, RuleError."""
    with current.write() as session:
        _check(session, key, kind)
        command = ask_again(session, command_id=key, by=current.account().name, now=current.now())
        session.commit()
    tell_store(command.store_id)
    return command


def _check(session: Session, key: str, kind: str) -> None:
    command = session.get(StoreCommand, key)
    if command is None or command.kind != kind:
        raise NoSuchRecord(_("This command does not exist."))
    check_reach(command.store_id)
