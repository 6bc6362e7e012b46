"""What a till noted, as people read it in the journal: money as money, permissions and people by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlalchemy.orm import Session

from backoffice_web.people.employee import Employee
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.formats import money
from shared_web.language import _
from sync_contract.permissions import BY_KEY
from sync_contract.uploads import JournalEntry

# They say of themselves what they are.
PLAIN = {"what", "name"}
YES_OR_NO = {"sounds", "lock_after_sale"}
# Known by what stands beside it: the name of the item, the number of the receipt.
IDS = {"order", "request", "sale", "uuid"}


def till_words(session: Session, entry: JournalEntry) -> str:
    """The details of one entry in one line; ids come last, nothing is left out."""
    store = session.get(Store, entry.store)
    currency = store.currency if store is not None else ""
    told = entry.details | ({"approved by": entry.approver_name} if entry.approver_name else {})
    if "name" in told:
        told.pop("item", None)
    told = {**_prices(told, currency), **told}
    last = {name: told.pop(name) for name in list(told) if name in IDS}
    return " · ".join(_told(session, told | last, currency))


def _prices(told: dict[str, str], currency: str) -> Mapping[str, str]:
    """Both amounts of a change as one detail, which stands first."""
    if not {"before_cents", "after_cents"} <= told.keys():
        return {}
    before, after = told.pop("before_cents"), told.pop("after_cents")
    return {"name": told.pop("name", ""), "price": f"{_money(before, currency)} → {_money(after, currency)}"}


def _told(session: Session, details: Mapping[str, str], currency: str) -> Iterator[str]:
    words = _words()
    for name, value in details.items():
        if not value:
            continue
        shown = _value(session, name, value, currency)
        yield shown if name in PLAIN else f"{words.get(name, name)}: {shown}"


def _value(session: Session, name: str, value: str, currency: str) -> str:
    if name.endswith("_cents"):
        return _money(value, currency)
    if name == "permission":
        # A refusal names it by its label, an approval by its keys.
        keys = value.split()
        return ", ".join(_(BY_KEY[key].label) for key in keys) if set(keys) <= BY_KEY.keys() else _(value)
    if name in YES_OR_NO:
        return value.replace("True", _("Yes")).replace("False", _("No"))
    if name == "employee":
        person = session.get(Employee, value[:64])
        return person.name if person is not None else value
    if name == "locked_terminal":
        terminal = session.get(Terminal, value[:64])
        return terminal.name if terminal is not None else value
    return value


def _money(cents: str, currency: str) -> str:
    if not currency or not re.fullmatch(r"-?[0-9]{1,15}", cents, re.ASCII):
        return cents
    return money(int(cents), currency)


def _words() -> dict[str, str]:
    return {
        "amount_cents": _("Amount"),
        "total_cents": _("Total"),
        "listed_cents": _("Listed price"),
        "price": _("Price"),
        "for": _("Asked by"),
        "permission": _("Permission"),
        "reason": _("Reason"),
        "answer": _("Answer"),
        "approved by": _("Approved by"),
        "item": _("Item"),
        "quantity": _("Quantity"),
        "lines": _("Lines"),
        "ticket": _("Order"),
        "number": _("Receipt"),
        "method": _("Payment"),
        "seconds": _("Seconds"),
        "count": _("Documents"),
        "employee": _("Person"),
        "locked_terminal": _("Terminal"),
        "theme": _("Theme"),
        "text_size": _("Text size"),
        "sounds": _("Sounds"),
        "volume": _("Volume"),
        "scanner_prefix": _("Scanner prefix"),
        "language": _("Language"),
        "auto_sync_after_s": _("Sync by themselves after"),
        "idle_lock_s": _("Auto-lock after"),
        "lock_after_sale": _("Log off after each sale"),
        "order": _("Order ID"),
        "request": _("Request ID"),
        "sale": _("Sale ID"),
        "uuid": _("Document ID"),
    }
