"""The modifier group editor's fields as texts; what was typed is kept as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from backoffice_web.catalog.draft import ModifierDraft, ModifierGroupDraft
from backoffice_web.catalog.names import Names
from backoffice_web.editing import Complaints
from backoffice_web.forms.typed import money_or_nothing, row_label, row_numbers, whole_number
from shared_web.formats import amount
from shared_web.language import _


@dataclass(frozen=True, kw_only=True)
class ModifierTexts:
    id: str = ""
    name: str = ""
    is_default: bool = False
    prices: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.id or self.name.strip() or any(self.prices.values()))


@dataclass(frozen=True, kw_only=True)
class ModifierGroupTexts:
    name: str = ""
    minimum: str = "0"
    maximum: str = "1"
    is_archived: bool = False
    modifiers: tuple[ModifierTexts, ...] = (ModifierTexts(), ModifierTexts())

    def with_row_added(self) -> ModifierGroupTexts:
        return replace(self, modifiers=(*self.modifiers, ModifierTexts()))

    def without_row(self, index: int) -> ModifierGroupTexts:
        kept = tuple(row for number, row in enumerate(self.modifiers) if number != index)
        return replace(self, modifiers=kept or (ModifierTexts(),))

    def labels(self, names: Names) -> dict[str, str]:
        """What the fields are called where a sentence about one stands away from it."""
        labels = {"name": _("Name"), "minimum": _("Choose at least"), "maximum": _("Choose at most")}
        for index, row in enumerate(self.modifiers):
            own = {"name": _("Name")}
            own |= {f"price-{key}": f"{_('Adds')}, {names.price_list(key)}" for key in names.price_lists}
            labels |= {
                f"modifiers-{index}-{field}": row_label(row.name, words) for field, words in own.items()
            }
        return labels


def texts_of_group(draft: ModifierGroupDraft, names: Names) -> ModifierGroupTexts:
    return ModifierGroupTexts(
        name=draft.name,
        minimum=str(draft.minimum),
        maximum=str(draft.maximum),
        is_archived=draft.is_archived,
        modifiers=tuple(_texts_of_modifier(modifier, names) for modifier in draft.modifiers),
    )


def posted_group(form: Mapping[str, str], names: Names) -> ModifierGroupTexts:
    return ModifierGroupTexts(
        name=form.get("name", ""),
        minimum=form.get("minimum", ""),
        maximum=form.get("maximum", ""),
        is_archived="is_archived" in form,
        modifiers=tuple(_posted_modifier(form, number, names) for number in row_numbers(form, "modifiers")),
    )


def read_group(
    texts: ModifierGroupTexts, names: Names, *, before: ModifierGroupDraft | None
) -> ModifierGroupDraft:
    """Rows that were left empty are left out. Raises RuleError with fields."""
    complaints = Complaints()
    known = {modifier.id for modifier in before.modifiers} if before else set()
    draft = ModifierGroupDraft(
        name=texts.name.strip(),
        minimum=whole_number(texts.minimum, "minimum", complaints),
        maximum=whole_number(texts.maximum, "maximum", complaints),
        is_archived=texts.is_archived,
        modifiers=tuple(
            _read_modifier(row, index, names, known, complaints)
            for index, row in enumerate(texts.modifiers)
            if not row.is_empty
        ),
    )
    complaints.raise_if_any()
    return draft


def _texts_of_modifier(modifier: ModifierDraft, names: Names) -> ModifierTexts:
    return ModifierTexts(
        id=modifier.id or "",
        name=modifier.name,
        is_default=modifier.is_default,
        prices={
            key: amount(cents, names.price_lists[key].currency) for key, cents in modifier.prices.items()
        },
    )


def _posted_modifier(form: Mapping[str, str], number: int, names: Names) -> ModifierTexts:
    prefix = f"modifiers-{number}-"
    return ModifierTexts(
        id=form.get(f"{prefix}id", ""),
        name=form.get(f"{prefix}name", ""),
        is_default=f"{prefix}is_default" in form,
        prices={key: form.get(f"{prefix}price-{key}", "") for key in names.price_lists},
    )


def _read_modifier(
    row: ModifierTexts, index: int, names: Names, known: set[str | None], complaints: Complaints
) -> ModifierDraft:
    prices = {
        key: money_or_nothing(
            text, names.price_lists[key].currency, f"modifiers-{index}-price-{key}", complaints
        )
        for key, text in row.prices.items()
    }
    return ModifierDraft(
        id=row.id if row.id in known else None,
        name=row.name.strip(),
        is_default=row.is_default,
        prices={key: cents for key, cents in prices.items() if cents is not None},
    )
