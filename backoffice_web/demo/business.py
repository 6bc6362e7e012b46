"""Loads the demo business, Harbor Coffee: two stores with full tills, people, and a published version 1.

Invariants: it is loaded only into an installation without an enterprise, and marks it as a demo for
ever; everything is saved and published by the functions that editors use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import TaxClassDraft, TaxDraft
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.catalog.save_tax import save_tax, save_tax_class
from backoffice_web.catalog.selling_rule import Discount, Reason
from backoffice_web.database import Base, new_key
from backoffice_web.demo.goods import Ids, save_goods
from backoffice_web.demo.written import WrittenBusiness, WrittenStore, read_business
from backoffice_web.people.employee_draft import EmployeeDraft, Secrets, split_name
from backoffice_web.people.new_password import new_password
from backoffice_web.people.save_employee import save_employee
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import SavedChange, note_changes
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.setup import DEFAULT_TAX_CLASS, open_store, set_up_enterprise
from backoffice_web.stores.store import Store
from backoffice_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from shared_web.language import _

BY = "Demo"
OWNER_EMAIL = "owner@evertill.example"


@dataclass(frozen=True)
class DemoLogins:
    """How to sign in to the Back Office; `shown_password` never shows a password that was given."""

    owner_email: str
    shown_password: str


def load_demo(
    session: Session, *, owner_email: str | None, owner_password: str | None, now: datetime
) -> DemoLogins:
    """Load the demo and publish it in both stores; without a password a readable one is made.

    Raises RuleError in an installation that has an enterprise, and for a password that is too short.
    """
    if session.get(Enterprise, 1) is not None:
        raise RuleError(_("There is a business here already. The demo is only for an empty installation."))
    business = read_business()
    set_up_enterprise(session, name=business.enterprise, is_demo=True, now=now, by=BY)
    price_lists = _add_price_lists(session, business, now)
    stores = {word: _open(session, store, price_lists, now).id for word, store in business.store.items()}
    ids = Ids(stores=stores, tax_classes=_save_tax_classes(session, business, now), price_lists=price_lists)
    _save_taxes(session, business, ids, now)
    _add_selling_rules(session, business, stores, now)
    save_goods(session, ids, by=BY, now=now)
    email, password = owner_email or OWNER_EMAIL, owner_password or new_password()
    _save_people(session, business, stores, email=email, password=password, now=now)
    publish(session, stores=list(stores.values()), records=None, by=BY, note="Opening", now=now)
    return DemoLogins(email, "as set in EVERTILL_OWNER_PASSWORD" if owner_password else password)


def _add_price_lists(session: Session, business: WrittenBusiness, now: datetime) -> Mapping[str, str]:
    rows = {
        store.price_list: PriceList(id=new_key(), name=f"Prices in {store.currency}", currency=store.currency)
        for store in business.store.values()
    }
    _add(session, [("price_list", row.name, row) for row in rows.values()], stores=[], now=now)
    return {word: row.id for word, row in rows.items()}


def _open(session: Session, store: WrittenStore, price_lists: Mapping[str, str], now: datetime) -> Store:
    opened = open_store(
        session,
        name=store.name,
        currency=store.currency,
        locale=store.locale,
        time_zone=store.time_zone,
        price_list_id=price_lists[store.price_list],
        address=store.address,
        tax_number=store.tax_number,
        receipt_header=store.receipt_header,
        receipt_footer=store.receipt_footer,
        by=BY,
        now=now,
    )
    terminals = [
        Terminal(id=new_key(), store_id=opened.id, name=terminal.name, code=terminal.code)
        for terminal in store.terminals
    ]
    _add(session, [("terminal", row.name, row) for row in terminals], stores=[], now=now)
    return opened


def _save_tax_classes(session: Session, business: WrittenBusiness, now: datetime) -> Mapping[str, str]:
    made = {
        word: save_tax_class(session, TaxClassDraft(name=name), by=BY, now=now).id
        for word, name in business.tax_classes.items()
    }
    return {"standard": DEFAULT_TAX_CLASS, **made}


def _save_taxes(session: Session, business: WrittenBusiness, ids: Ids, now: datetime) -> None:
    for word, store in business.store.items():
        for position, tax in enumerate(store.taxes):
            draft = TaxDraft(
                store_id=ids.stores[word],
                name=tax.name,
                rate_millionths=tax.rate,
                is_inclusive=tax.inclusive,
                position=position,
                tax_classes=tuple(ids.tax_classes[each] for each in tax.classes),
            )
            save_tax(session, draft, by=BY, now=now)


def _add_selling_rules(
    session: Session, business: WrittenBusiness, stores: Mapping[str, str], now: datetime
) -> None:
    discounts = [
        Discount(
            id=new_key(),
            name=each.name,
            scope=each.scope,
            rate_millionths=each.rate,
            amount_cents=each.amount,
            store_id=stores[each.store] if each.store else None,
            position=position,
        )
        for position, each in enumerate(business.discount)
    ]
    reasons = [
        Reason(id=new_key(), purpose=purpose, name=name, position=position)
        for purpose, names in business.reasons.items()
        for position, name in enumerate(names)
    ]
    rows: list[tuple[str, str, Base]] = [("discount", row.name, row) for row in discounts]
    rows += [("reason", row.name, row) for row in reasons]
    _add(session, rows, stores=None, now=now)


def _save_people(
    session: Session,
    business: WrittenBusiness,
    stores: Mapping[str, str],
    *,
    email: str,
    password: str,
    now: datetime,
) -> None:
    for person in business.person:
        first_name, last_name = split_name(person.name)
        draft = EmployeeDraft(
            first_name=first_name,
            last_name=last_name,
            role_id=person.role,
            stores=frozenset(stores[word] for word in person.stores),
            has_sign_in=person.has_account,
            email=email if person.has_account else "",
        )
        secrets = Secrets(pin=person.pin, password=password if person.has_account else None)
        save_employee(session, draft, secrets=secrets, by=BY, now=now)


def _add(
    session: Session, rows: list[tuple[str, str, Base]], *, stores: list[str] | None, now: datetime
) -> None:
    """Add rows that have no editor of their own yet, noted in the journal like any edit."""
    session.add_all(row for _kind, _name, row in rows)
    created = [
        SavedChange(kind=kind, key=row.id, label=name, action="created")  # type: ignore[attr-defined]
        for kind, name, row in rows
    ]
    note_changes(session, created, stores=stores, by=BY, now=now)
