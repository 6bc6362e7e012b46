"""The store editor's fields as texts: its profile and its tills' settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import minutes_of_day, money_or_nothing, whole_number
from backoffice_web.stores.breaks import breaks_text, read_breaks
from backoffice_web.stores.save_store import StoreDraft, cutoff_words
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.formats import amount


@dataclass(frozen=True, kw_only=True)
class StoreTexts:
    """`currency` is chosen once, for a new store."""

    name: str = ""
    currency: str = "USD"
    locale: str = "en_US"
    time_zone: str = "America/New_York"
    price_list_id: str = ""
    day_cutoff: str = "0:00"
    address: str = ""
    tax_number: str = ""
    receipt_header: str = ""
    receipt_footer: str = ""
    auto_sync_after_s: str = "15"
    pin_length: str = "4"
    idle_lock_s: str = "120"
    lock_after_sale: bool = False
    cash_rounding: str = ""
    breaks: str = breaks_text()


def texts_of_store(store: Store, draft: StoreDraft) -> StoreTexts:
    same = {name: value for name, value in asdict(draft).items() if name in _SAME and isinstance(value, str)}
    return StoreTexts(
        **same,
        currency=store.currency,
        day_cutoff=cutoff_words(draft.day_cutoff_minutes),
        auto_sync_after_s=str(draft.auto_sync_after_s),
        pin_length=str(draft.pin_length),
        idle_lock_s=str(draft.idle_lock_s),
        lock_after_sale=draft.lock_after_sale,
        cash_rounding=amount(draft.cash_rounding_cents, store.currency),
    )


def posted_store(form: Mapping[str, str]) -> StoreTexts:
    texts = {field.name: form.get(field.name, "") for field in fields(StoreTexts) if field.type == "str"}
    return StoreTexts(**texts, lock_after_sale="lock_after_sale" in form)


def read_store(texts: StoreTexts, *, currency: str) -> StoreDraft:
    """Raises RuleError with fields."""
    complaints = Complaints()
    rounding = money_or_nothing(texts.cash_rounding, currency, "cash_rounding", complaints)
    draft = StoreDraft(
        name=texts.name.strip(),
        locale=texts.locale,
        time_zone=texts.time_zone,
        price_list_id=texts.price_list_id,
        day_cutoff_minutes=minutes_of_day(texts.day_cutoff, "day_cutoff", complaints),
        address=_lines(texts.address),
        tax_number=texts.tax_number.strip(),
        receipt_header=_lines(texts.receipt_header),
        receipt_footer=_lines(texts.receipt_footer),
        auto_sync_after_s=whole_number(texts.auto_sync_after_s, "auto_sync_after_s", complaints, empty=15),
        pin_length=whole_number(texts.pin_length, "pin_length", complaints, empty=4),
        idle_lock_s=whole_number(texts.idle_lock_s, "idle_lock_s", complaints, empty=120),
        lock_after_sale=texts.lock_after_sale,
        breaks=_breaks(texts.breaks, complaints),
        cash_rounding_cents=1 if rounding is None else rounding,
    )
    complaints.raise_if_any()
    return draft


_SAME = {field.name for field in fields(StoreTexts)}


def _breaks(text: str, complaints: Complaints) -> str:
    """In the one way in which they are kept."""
    try:
        return breaks_text(read_breaks(text))
    except RuleError as problem:
        complaints.add("breaks", problem.sentence)
        return ""


def _lines(text: str) -> str:
    """Browsers send CRLF; a receipt knows only lines."""
    return "\n".join(line.rstrip() for line in text[:2000].splitlines()).strip()
