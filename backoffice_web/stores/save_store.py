"""Saves a store's profile and its tills' settings. Its currency stays: no total adds two currencies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.names import yes_or_no
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.editing import Complaints, name_is_taken, open_for_edit
from backoffice_web.people.employee import Credential
from backoffice_web.publishing.saved_change import changed_fields, note_change
from backoffice_web.stores.breaks import breaks_text
from backoffice_web.stores.setup import is_locale, mark_everything
from backoffice_web.stores.store import Store
from shared_web.formats import money
from shared_web.language import _

LONGEST_AUTO_SYNC_S = 15 * 60
PIN_LENGTHS = range(4, 9)
PRICED_KINDS = ("item", "modifier_group")


@dataclass(frozen=True, kw_only=True)
class StoreDraft:
    """`_s` fields are seconds, `cash_rounding_cents` minor units (1: cash is not rounded)."""

    name: str
    locale: str
    time_zone: str
    price_list_id: str
    day_cutoff_minutes: int = 0
    address: str = ""
    tax_number: str = ""
    receipt_header: str = ""
    receipt_footer: str = ""
    auto_sync_after_s: int = 15
    pin_length: int = 4
    idle_lock_s: int = 120
    lock_after_sale: bool = False
    cash_rounding_cents: int = 1
    breaks: str = breaks_text()


def draft_of_store(store: Store) -> StoreDraft:
    return StoreDraft(**{name: getattr(store, name) for name in StoreDraft.__dataclass_fields__})


def save_store(
    session: Session, draft: StoreDraft, *, store_id: str, revision: int | None = None, by: str, now: datetime
) -> Store:
    """Change a store (`stores.setup.open_store` opens a new one).

    Raises RuleError with fields, StaleEdit, NoSuchRecord.
    """
    row = open_for_edit(session, Store, store_id, revision=revision)
    before = draft_of_store(row)
    _check(session, draft, row)
    was = {kind: words_of(session, before, row.currency) for kind, words_of in WORDS.items()}
    for name, value in asdict(draft).items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    session.flush()
    for kind, words_of in WORDS.items():
        fields = changed_fields(was[kind], words_of(session, draft, row.currency))
        note_change(
            session, kind=kind, key=row.id, label=row.name, action="changed", fields=fields,
            stores=[row.id], by=by, now=now,
        )  # fmt: skip
    if before.price_list_id != draft.price_list_id:
        mark_everything(session, store=row, by=by, now=now, kinds=PRICED_KINDS)
    return row


def profile_words(session: Session, draft: StoreDraft, currency: str) -> dict[str, str]:
    words = {
        _("Name"): draft.name,
        _("Language and region"): draft.locale,
        _("Time zone"): draft.time_zone,
        _("Day ends at"): cutoff_words(draft.day_cutoff_minutes),
        _("Price list"): session.scalar(select(PriceList.name).where(PriceList.id == draft.price_list_id))
        or "",
        _("Address"): draft.address,
        _("Tax number"): draft.tax_number,
        _("Receipt header"): draft.receipt_header,
        _("Receipt footer"): draft.receipt_footer,
    }
    return {label: value for label, value in words.items() if value}


def settings_words(session: Session, draft: StoreDraft, currency: str) -> dict[str, str]:
    return {
        _("Tills sync after"): _("%(count)s s", count=draft.auto_sync_after_s),
        _("Digits of a PIN"): str(draft.pin_length),
        _("Tills lock after"): _("%(count)s s", count=draft.idle_lock_s),
        _("Lock after each sale"): yes_or_no(draft.lock_after_sale),
        _("Breaks"): draft.breaks.replace("\n", "; "),
        _("Cash is rounded to"): money(draft.cash_rounding_cents, currency),
    }


def cutoff_words(minutes: int) -> str:
    """Minutes after midnight as people write them: 4:30."""
    return f"{minutes // 60}:{minutes % 60:02}"


WORDS = {"store_profile": profile_words, "store_settings": settings_words}


def _check(session: Session, draft: StoreDraft, row: Store) -> None:
    complaints = Complaints()
    complaints.check_name(draft.name, longest=80)
    if name_is_taken(session, Store, draft.name, row.id):
        complaints.add("name", _("There is a store with this name already."))
    if draft.time_zone not in available_timezones():
        complaints.add("time_zone", _("Choose a time zone, such as America/New_York."))
    if not is_locale(draft.locale):
        complaints.add("locale", _("Choose a language and region, such as en_US."))
    price_list = session.get(PriceList, draft.price_list_id)
    if price_list is None or price_list.currency != row.currency:
        complaints.add("price_list_id", _("Choose a price list in %(currency)s.", currency=row.currency))
    _check_settings(draft, complaints)
    if draft.pin_length != row.pin_length and _has_pins(session, row.id):
        complaints.add("pin_length", _("People have PINs here already. Their length cannot change any more."))
    if len(draft.tax_number) > 40:
        complaints.add("tax_number", _("Use at most %(count)s characters.", count=40))
    complaints.raise_if_any()


def _check_settings(draft: StoreDraft, complaints: Complaints) -> None:
    if not 0 <= draft.day_cutoff_minutes < 24 * 60:
        complaints.add("day_cutoff", _("Enter a time between 0:00 and 23:59."))
    if not 0 <= draft.auto_sync_after_s <= LONGEST_AUTO_SYNC_S:
        complaints.add("auto_sync_after_s", _("Enter 0 to %(count)s seconds.", count=LONGEST_AUTO_SYNC_S))
    if draft.pin_length not in PIN_LENGTHS:
        complaints.add("pin_length", _("A PIN has 4 to 8 digits."))
    if not 15 <= draft.idle_lock_s <= 3600:
        complaints.add("idle_lock_s", _("Enter 15 to 3600 seconds."))
    if draft.cash_rounding_cents < 1:
        complaints.add("cash_rounding", _("Enter the smallest coin, such as 0.05."))


def _has_pins(session: Session, store_id: str) -> bool:
    return session.scalar(select(Credential.id).where(Credential.store_id == store_id).limit(1)) is not None
