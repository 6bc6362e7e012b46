"""The price list editor's fields as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backoffice_web.catalog.save_price_list import PriceListDraft
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import rate_millionths


@dataclass(frozen=True, kw_only=True)
class PriceListTexts:
    """`copy_from` and `change` (percent) are asked of a new list alone."""

    name: str = ""
    currency: str = "USD"
    copy_from: str = ""
    change: str = ""


def texts_of_price_list(draft: PriceListDraft) -> PriceListTexts:
    return PriceListTexts(name=draft.name, currency=draft.currency)


def posted_price_list(form: Mapping[str, str]) -> PriceListTexts:
    return PriceListTexts(
        name=form.get("name", ""),
        currency=form.get("currency", ""),
        copy_from=form.get("copy_from", ""),
        change=form.get("change", ""),
    )


def read_price_list(texts: PriceListTexts, *, before: PriceListDraft | None) -> PriceListDraft:
    """A form that does not show the currency keeps it. Raises RuleError with fields."""
    if before is not None:
        return PriceListDraft(name=texts.name.strip(), currency=texts.currency or before.currency)
    complaints = Complaints()
    change = rate_millionths(texts.change, "change", complaints) if texts.change.strip() else 0
    draft = PriceListDraft(
        name=texts.name.strip(),
        currency=texts.currency,
        copy_from=texts.copy_from,
        change_millionths=change,
    )
    complaints.raise_if_any()
    return draft
