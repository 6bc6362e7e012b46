"""The first set-up of an installation, and the opening of each store.

Invariants: there is one enterprise; whatever is created here is noted like any other edit, so that it
is published with everything else; a new store starts with the whole catalog waiting to be published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import is_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.price_list import PriceList
from backoffice_web.catalog.selling_rule import Reason, TenderType
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.database import Base, new_key
from backoffice_web.people.role import Role
from backoffice_web.publishing.projection import all_keys
from backoffice_web.publishing.published import lock_heads
from backoffice_web.publishing.saved_change import SavedChange, mark, note_changes
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.permissions import CASHIER, MANAGER, OWNER, STORE_ADMIN, defaults_of
from sync_contract.records import KINDS

# The first stands highest.
ROLES = ((OWNER, "Owner"), (STORE_ADMIN, "Store Admin"), (MANAGER, "Manager"), (CASHIER, "Cashier"))
TENDER_TYPES = (("cash", "Cash", "cash"), ("card", "Card", "card_machine"))
REFUND_REASONS = (
    ("refund-changed-mind", "Customer changed their mind"),
    ("refund-faulty", "Faulty or damaged"),
    ("refund-rung-by-mistake", "Rung by mistake"),
    ("refund-other", "Other"),
)
DEFAULT_TAX_CLASS = "standard"


def is_set_up(session: Session) -> bool:
    """Does this installation belong to somebody already?"""
    return session.get(Enterprise, 1) is not None


def set_up_enterprise(
    session: Session, *, name: str, is_demo: bool, now: datetime, by: str = "Set-up"
) -> Enterprise:
    """Create the enterprise with default roles, tax class, tender types and refund reasons.

    Raises RuleError when the installation is set up already or the name is empty.
    """
    if is_set_up(session):
        raise RuleError(_("This installation is set up already."))
    enterprise = Enterprise(
        name=_required(name, 80, "name"),
        is_demo=is_demo,
        epoch=new_key(),
        pin_secret=token_hex(32),
        created_at=now,
    )
    rows: list[tuple[str, str, str, Base]] = [*_default_roles(), *_default_selling_rules()]
    standard = TaxClass(id=DEFAULT_TAX_CLASS, name="Standard", is_default=True)
    rows.append(("tax_class", standard.id, standard.name, standard))
    session.add_all([enterprise, *(row for _kind, _key, _label, row in rows)])
    created = [
        SavedChange(kind=kind, key=key, label=label, action="created") for kind, key, label, _row in rows
    ]
    note_changes(session, created, stores=None, by=by, now=now)
    return enterprise


def open_store(
    session: Session,
    *,
    name: str,
    currency: str,
    locale: str,
    time_zone: str,
    now: datetime,
    by: str,
    price_list_id: str | None = None,
    store_id: str | None = None,
    day_cutoff_minutes: int = 0,
    address: str = "",
    tax_number: str = "",
    receipt_header: str = "",
    receipt_footer: str = "",
) -> Store:
    """Open a store that sells by a price list of its currency; without one, a list is found or made.

    The whole catalog waits to be published there. Raises RuleError for an unknown currency, locale or
    time zone, a name that is taken, or a price list in another currency.
    """
    _check(currency=currency, locale=locale, time_zone=time_zone, day_cutoff_minutes=day_cutoff_minutes)
    store = Store(
        id=store_id or new_key(),
        name=_free_name(session, name),
        currency=currency,
        locale=locale,
        time_zone=time_zone,
        day_cutoff_minutes=day_cutoff_minutes,
        price_list_id=_price_list(session, price_list_id, currency, by=by, now=now),
        address=address,
        tax_number=tax_number,
        receipt_header=receipt_header,
        receipt_footer=receipt_footer,
        created_at=now,
    )
    session.add(store)
    session.flush()
    lock_heads(session, [store.id])
    created = [
        SavedChange(kind=kind, key=store.id, label=store.name, action="created")
        for kind in ("store_profile", "store_settings")
    ]
    note_changes(session, created, stores=[store.id], by=by, now=now)
    mark_everything(session, store=store, by=by, now=now)
    return store


def mark_everything(
    session: Session, *, store: Store, by: str, now: datetime, kinds: Sequence[str] = tuple(KINDS)
) -> None:
    """Mark all records of the `kinds` for one store: it is new, or sells by another price list."""
    records = [(kind, key) for kind in kinds for key in all_keys(session, store, kind)]
    mark(session, records, stores=[store.id], by=by, now=now)


def _default_roles() -> list[tuple[str, str, str, Base]]:
    return [
        ("role", key, name, Role(id=key, name=name, permissions=list(defaults_of(key)), priority=priority))
        for priority, (key, name) in enumerate(ROLES, start=1)
    ]


def _default_selling_rules() -> list[tuple[str, str, str, Base]]:
    tenders: list[tuple[str, str, str, Base]] = [
        ("tender_type", key, name, TenderType(id=key, name=name, method=method, position=position))
        for position, (key, name, method) in enumerate(TENDER_TYPES)
    ]
    reasons: list[tuple[str, str, str, Base]] = [
        ("reason", key, name, Reason(id=key, purpose="refund", name=name, position=position))
        for position, (key, name) in enumerate(REFUND_REASONS)
    ]
    return tenders + reasons


def _price_list(session: Session, wanted: str | None, currency: str, *, by: str, now: datetime) -> str:
    if wanted is not None:
        chosen = session.get(PriceList, wanted)
        if chosen is None or chosen.currency != currency:
            raise RuleError(_("Choose a price list in %(currency)s.", currency=currency))
        return chosen.id
    of_currency = select(PriceList.id).where(PriceList.currency == currency).order_by(PriceList.name)
    known = session.scalar(of_currency.limit(1))
    if known is not None:
        return known
    made = PriceList(id=new_key(), name=f"Prices in {currency}", currency=currency)
    session.add(made)
    created = SavedChange(kind="price_list", key=made.id, label=made.name, action="created")
    note_changes(session, [created], stores=[], by=by, now=now)
    return made.id


def _free_name(session: Session, name: str) -> str:
    name = _required(name, 80, "name")
    if session.scalar(select(Store.id).where(Store.name == name)) is not None:
        sentence = _("There is a store with this name already.")
        raise RuleError(sentence, fields={"name": sentence})
    return name


def _required(text: str, longest: int, field: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= longest:
        sentence = _("Enter a name of at most %(count)s characters.", count=longest)
        raise RuleError(sentence, fields={field: sentence})
    return text


def _check(*, currency: str, locale: str, time_zone: str, day_cutoff_minutes: int) -> None:
    problems = {}
    if not is_currency(currency):
        problems["currency"] = _("Choose a currency, such as USD or EUR.")
    if not is_locale(locale):
        problems["locale"] = _("Choose a language and region, such as en_US.")
    if not _is_time_zone(time_zone):
        problems["time_zone"] = _("Choose a time zone, such as America/New_York.")
    if not 0 <= day_cutoff_minutes < 24 * 60:
        problems["day_cutoff_minutes"] = _("The day can end at any time between 0:00 and 23:59.")
    if problems:
        raise RuleError(next(iter(problems.values())), fields=problems)


def is_locale(tag: str) -> bool:
    try:
        Locale.parse(tag)
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return len(tag) <= 12


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)
