"""The fields of the editors of taxes and tax classes as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from backoffice_web.catalog.draft import TaxClassDraft, TaxDraft
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import rate_millionths, rate_text, whole_number


@dataclass(frozen=True, kw_only=True)
class TaxTexts:
    store_id: str = ""
    name: str = ""
    rate: str = ""
    is_inclusive: str = "no"
    position: str = ""
    tax_classes: tuple[str, ...] = ()
    is_archived: bool = False


@dataclass(frozen=True, kw_only=True)
class TaxClassTexts:
    name: str = ""
    is_default: bool = False


def texts_of_tax(draft: TaxDraft) -> TaxTexts:
    return TaxTexts(
        store_id=draft.store_id,
        name=draft.name,
        rate=rate_text(draft.rate_millionths),
        is_inclusive="yes" if draft.is_inclusive else "no",
        position=str(draft.position),
        tax_classes=draft.tax_classes,
        is_archived=draft.is_archived,
    )


def posted_tax(form: MultiDict[str, str]) -> TaxTexts:
    return TaxTexts(
        store_id=form.get("store_id", ""),
        name=form.get("name", ""),
        rate=form.get("rate", ""),
        is_inclusive=form.get("is_inclusive", "no"),
        position=form.get("position", ""),
        tax_classes=tuple(form.getlist("tax_classes")),
        is_archived="is_archived" in form,
    )


def read_tax(texts: TaxTexts, *, before: TaxDraft | None) -> TaxDraft:
    """A tax stays with its store. Raises RuleError with fields."""
    complaints = Complaints()
    draft = TaxDraft(
        store_id=before.store_id if before else texts.store_id,
        name=texts.name.strip(),
        rate_millionths=rate_millionths(texts.rate, "rate", complaints),
        is_inclusive=texts.is_inclusive == "yes",
        position=whole_number(texts.position, "position", complaints),
        tax_classes=tuple(sorted(set(texts.tax_classes))),
        is_archived=texts.is_archived,
    )
    complaints.raise_if_any()
    return draft


def texts_of_tax_class(draft: TaxClassDraft) -> TaxClassTexts:
    return TaxClassTexts(name=draft.name, is_default=draft.is_default)


def posted_tax_class(form: Mapping[str, str]) -> TaxClassTexts:
    return TaxClassTexts(name=form.get("name", ""), is_default="is_default" in form)


def read_tax_class(texts: TaxClassTexts) -> TaxClassDraft:
    return TaxClassDraft(name=texts.name.strip(), is_default=texts.is_default)
