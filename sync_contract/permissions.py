"""Every permission, named once: its section on the role page, its label, what it allows, who starts with it.

Invariants: a key is never reused for something else; `needs` name permissions that exist, and a role
holds whatever its permissions need (`completed`); each key is demanded by some route or asked for by
some domain function, so that no tick box is dead.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

CASHIER, MANAGER, STORE_ADMIN, OWNER = "cashier", "manager", "store_admin", "owner"
EVERYBODY = frozenset({CASHIER, MANAGER, STORE_ADMIN, OWNER})
LEADERS = frozenset({MANAGER, STORE_ADMIN, OWNER})
ADMINS = frozenset({STORE_ADMIN, OWNER})
OWNER_ONLY = frozenset({OWNER})


def N_(sentence: str) -> str:
    """Marks a sentence for the translators; it is translated where it is shown."""
    return sentence


SECTIONS = (N_("Back Office"), N_("POS"), N_("POS Operation"), N_("Report Access"), N_("Dashboard"))

_OFFICE = ("office.sign_in",)
_ORDER = ("order.create",)


class Permission(msgspec.Struct, frozen=True):
    """`label` and `allows` are English for gettext; `held_by` are the built-in roles that start with it.

    `needs` are the keys without which this one would open nothing.
    """

    key: str
    section: str
    label: str
    allows: str
    held_by: frozenset[str]
    needs: tuple[str, ...] = ()


_P = Permission

PERMISSIONS: tuple[Permission, ...] = (
    _P("office.sign_in", "Back Office", N_("Sign in to the Back Office"),
       N_("Sign in with e-mail and password. Everything else in the Back Office needs this."),
       LEADERS),
    _P("store.every", "Back Office", N_("Every Store"),
       N_("See and change all stores. Without it, only the stores where the person works."),
       OWNER_ONLY, _OFFICE),
    _P("catalog.edit", "Back Office", N_("Menu Configuration"),
       N_("Change items, categories, modifiers and prices."),
       LEADERS, _OFFICE),
    _P("catalog.import", "Back Office", N_("Import a Catalog"),
       N_("Add and change many items at once from a file."),
       LEADERS, ("office.sign_in", "catalog.edit")),
    _P("tax.edit", "Back Office", N_("Tax Settings"),
       N_("Change taxes and tax classes."),
       ADMINS, _OFFICE),
    _P("store.edit", "Back Office", N_("Store Settings"),
       N_("Change a store's name, address, receipts and rules."),
       ADMINS, _OFFICE),
    _P("terminal.edit", "Back Office", N_("Terminals"),
       N_("Register, rename, move and revoke tills and store nodes."),
       LEADERS, _OFFICE),
    _P("people.edit", "Back Office", N_("Users"),
       N_("Add people, change their PIN, password, role and stores, and switch them off."),
       ADMINS, _OFFICE),
    _P("role.edit", "Back Office", N_("Roles"),
       N_("Add roles and change what they allow."),
       OWNER_ONLY, ("office.sign_in", "store.every", "people.edit")),
    _P("punch.edit", "Back Office", N_("Forced Punch In/Out"),
       N_("Clock other people in and out and mend their times."),
       LEADERS, ("office.sign_in", "punch.view")),
    _P("publish", "Back Office", N_("Publish"),
       N_("Send saved changes to the tills."),
       LEADERS, _OFFICE),
    _P("publish.roll_back", "Back Office", N_("Roll Back"),
       N_("Take a store's tills back to an earlier version."),
       LEADERS, ("office.sign_in", "publish")),
    _P("order.create", "POS", N_("Create Order"),
       N_("Ring items on an order."),
       EVERYBODY),
    _P("line.remove", "POS", N_("Delete Unordered Item"),
       N_("Take a line off an order that was never put on hold."),
       EVERYBODY, _ORDER),
    _P("line.remove_held", "POS", N_("Delete Item from Held Order"),
       N_("Take a line off an order that was on hold."),
       LEADERS, ("order.create", "line.remove")),
    _P("line.override_price", "POS", N_("Override Price"),
       N_("Sell a line at another price, with a reason."),
       LEADERS, _ORDER),
    _P("order.hold", "POS", N_("Hold and Recall Orders"),
       N_("Put an order aside and take it up again."),
       EVERYBODY, _ORDER),
    _P("order.view_others", "POS", N_("View Others Check"),
       N_("See and take up orders that others rang."),
       EVERYBODY),
    _P("order.void", "POS", N_("Void an Open Order"),
       N_("Throw away an order before it is paid."),
       EVERYBODY, _ORDER),
    _P("payment.cash", "POS", N_("Pay Cash"),
       N_("Take cash and give change."),
       EVERYBODY, _ORDER),
    _P("payment.card", "POS", N_("Card Payment"),
       N_("Take a payment on the card machine."),
       EVERYBODY, _ORDER),
    _P("order.reprint", "POS Operation", N_("Reprint"),
       N_("Print the receipt of a finished sale again."),
       EVERYBODY),
    _P("order.refund", "POS Operation", N_("Refund"),
       N_("Give money back for a finished sale."),
       LEADERS),
    _P("sold_out.edit", "POS Operation", N_("86 List"),
       N_("Mark items and modifiers as sold out, and as available again."),
       LEADERS),
    _P("pos_settings.edit", "POS Operation", N_("POS Settings"),
       N_("Change the settings of a till and of its store."),
       LEADERS),
    _P("pin.unlock", "POS Operation", N_("Unlock PINs"),
       N_("Let somebody try again at once who is locked out after wrong PINs."),
       LEADERS),
    _P("sync.full", "POS Operation", N_("Full Resync"),
       N_("Fetch the whole catalog anew, and go back to an older one after a restore."),
       LEADERS),
    _P("support.repair", "POS Operation", N_("Repair Unsent Documents"),
       N_("Send refused documents again, correct them or export them."),
       LEADERS),
    _P("sales.view", "Report Access", N_("Sales"),
       N_("Read sales and export them."),
       LEADERS, _OFFICE),
    _P("punch.view", "Report Access", N_("Attendance"),
       N_("Read who worked when."),
       LEADERS, _OFFICE),
    _P("journal.view", "Report Access", N_("Journal"),
       N_("Read who did what, and export it."),
       LEADERS, _OFFICE),
    _P("dashboard.view", "Dashboard", N_("Dashboard"),
       N_("See today's figures on the start page."),
       LEADERS, _OFFICE),
)  # fmt: skip

BY_KEY = {permission.key: permission for permission in PERMISSIONS}
KEYS = frozenset(BY_KEY)


def defaults_of(role: str) -> tuple[str, ...]:
    """The permission keys that a built-in role starts with."""
    return tuple(permission.key for permission in PERMISSIONS if role in permission.held_by)


def completed(keys: Iterable[str]) -> tuple[str, ...]:
    """These known keys and all that they need, in the order of the role page; unknown ones are left out."""
    found: set[str] = set()
    waiting = [key for key in keys if key in KEYS]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(BY_KEY[key].needs)
    return tuple(permission.key for permission in PERMISSIONS if permission.key in found)
