"""Every permission: its key, its section on the role page, its label, and the default roles that hold it."""

from __future__ import annotations

import msgspec

CASHIER, MANAGER, OWNER = "cashier", "manager", "owner"
EVERYBODY = frozenset({CASHIER, MANAGER, OWNER})
LEADERS = frozenset({MANAGER, OWNER})
OWNER_ONLY = frozenset({OWNER})


class Permission(msgspec.Struct, frozen=True):
    """`label` is an English sentence for gettext; `held_by` are the default roles that start with it."""

    key: str
    section: str
    label: str
    held_by: frozenset[str]


PERMISSIONS: tuple[Permission, ...] = (
    Permission("order.create", "POS", "Create Order", EVERYBODY),
    Permission("line.remove", "POS", "Delete Unordered Item", EVERYBODY),
    Permission("order.hold", "POS", "Hold and recall orders", EVERYBODY),
    Permission("order.view_others", "POS", "View Others Check", EVERYBODY),
    Permission("order.void", "POS", "Void an open order", EVERYBODY),
    Permission("payment.cash", "POS", "Pay Cash", EVERYBODY),
    Permission("payment.card", "POS", "Card payment on the card machine", EVERYBODY),
    Permission("order.reprint", "POS Operation", "Reprint", EVERYBODY),
    Permission("order.refund", "POS Operation", "Refund", LEADERS),
    Permission("sync.full", "POS Operation", "Full resync", LEADERS),
    Permission("support.repair", "POS Operation", "Repair and export unsent documents", LEADERS),
    Permission("office.sign_in", "Back Office", "Sign in to the Back Office", LEADERS),
    Permission("catalog.edit", "Back Office", "Products, categories, modifiers and prices", LEADERS),
    Permission("catalog.import", "Back Office", "Import a catalog", LEADERS),
    Permission("tax.edit", "Back Office", "Tax Settings", OWNER_ONLY),
    Permission("store.edit", "Back Office", "Store Settings", OWNER_ONLY),
    Permission("terminal.edit", "Back Office", "Terminals", LEADERS),
    Permission("people.edit", "Back Office", "User Management", OWNER_ONLY),
    Permission("publish", "Back Office", "Save and Publish", LEADERS),
    Permission("sales.view", "Report Access", "Sales", LEADERS),
    Permission("dashboard.view", "Dashboard", "Dashboard", LEADERS),
)

KEYS = frozenset(permission.key for permission in PERMISSIONS)


def defaults_of(role: str) -> tuple[str, ...]:
    """The permission keys that a default role starts with."""
    return tuple(permission.key for permission in PERMISSIONS if role in permission.held_by)
