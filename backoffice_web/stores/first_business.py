"""The first business of an empty installation: its owner, its first store with a tax, its first terminal.

Invariants: everything or nothing; it is published at once, so that the first till can sell; the
terminal's registration code is told once and kept as a hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.catalog.draft import TaxDraft
from backoffice_web.catalog.save_tax import save_tax
from backoffice_web.people.employee import Employee
from backoffice_web.people.employee_draft import EmployeeDraft, Secrets, split_name
from backoffice_web.people.save_employee import save_employee
from backoffice_web.publishing.publish import PublicationResult, publish
from backoffice_web.stores.setup import DEFAULT_TAX_CLASS, open_store, set_up_enterprise
from backoffice_web.stores.store import Store
from backoffice_web.terminals.registration import add_terminal, new_registration_code
from backoffice_web.terminals.terminal import Terminal
from shared_web.errors import RuleError
from sync_contract.permissions import OWNER


@dataclass(frozen=True, kw_only=True)
class FirstBusiness:
    """`tax_rate_millionths` 0 makes no tax."""

    business_name: str
    owner_name: str
    email: str
    password: str
    pin: str
    store_name: str
    currency: str
    locale: str
    time_zone: str
    tax_name: str
    tax_rate_millionths: int
    tax_is_inclusive: bool
    terminal_name: str


@dataclass(frozen=True)
class Opened:
    owner: Employee
    store: Store
    terminal: Terminal
    registration_code: str
    publications: list[PublicationResult]


def open_first_business(session: Session, wanted: FirstBusiness, *, now: datetime) -> Opened:
    """Raises RuleError with fields named as those of `FirstBusiness`, and when there is a business."""
    by = wanted.owner_name.strip()
    with _fields({"name": "business_name"}):
        set_up_enterprise(session, name=wanted.business_name, is_demo=False, now=now, by=by)
    with _fields({"name": "store_name"}):
        store = open_store(
            session,
            name=wanted.store_name,
            currency=wanted.currency,
            locale=wanted.locale,
            time_zone=wanted.time_zone,
            now=now,
            by=by,
        )
    with _fields({"name": "tax_name", "rate": "tax_rate"}):
        _save_tax(session, wanted, store, by=by, now=now)
    first_name, last_name = split_name(wanted.owner_name)
    owner = EmployeeDraft(
        first_name=first_name,
        last_name=last_name,
        role_id=OWNER,
        stores=frozenset({store.id}),
        has_sign_in=True,
        email=wanted.email,
    )
    secrets = Secrets(pin=wanted.pin, password=wanted.password)
    with _fields({"first_name": "owner_name", "last_name": "owner_name"}):
        saved = save_employee(session, owner, secrets=secrets, by=by, now=now)
    with _fields({"name": "terminal_name"}):
        terminal = add_terminal(session, store_id=store.id, name=wanted.terminal_name, by=by, now=now)
    code = new_registration_code(session, terminal_id=terminal.id, by=by, now=now)
    published = publish(session, stores=[store.id], records=None, by=by, now=now, urgent=True)
    return Opened(saved.employee, store, terminal, code, published)


def _save_tax(session: Session, wanted: FirstBusiness, store: Store, *, by: str, now: datetime) -> None:
    if not wanted.tax_rate_millionths:
        return
    draft = TaxDraft(
        store_id=store.id,
        name=wanted.tax_name,
        rate_millionths=wanted.tax_rate_millionths,
        is_inclusive=wanted.tax_is_inclusive,
        tax_classes=(DEFAULT_TAX_CLASS,),
    )
    save_tax(session, draft, by=by, now=now)


@contextmanager
def _fields(renamed: dict[str, str]) -> Iterator[None]:
    """Complaints about a part belong to the fields of the whole form."""
    try:
        yield
    except RuleError as problem:
        fields = {renamed.get(name, name): sentence for name, sentence in problem.fields.items()}
        raise RuleError(problem.sentence, fields=fields) from problem
