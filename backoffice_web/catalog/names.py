"""Names of what records refer to, read once for many records: journals and diffs speak in words."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.catalog.category import TONES, Category
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.catalog.tax import TaxClass
from backoffice_web.stores.store import Store
from shared_web.formats import money
from shared_web.language import _


class Names:
    """Looks names up; a record that was added later is fetched by itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def category(self, key: str | None) -> str:
        return self._name(self._categories, Category, key)

    def tax_class(self, key: str | None) -> str:
        return self._name(self._tax_classes, TaxClass, key)

    def group(self, key: str) -> str:
        return self._name(self._groups, ModifierGroup, key)

    def store(self, key: str) -> str:
        return self.stores[key].name if key in self.stores else ""

    def price_list(self, key: str) -> str:
        """The list's currency where that tells it apart, else its name."""
        chosen = self.price_lists[key]
        others = [row for row in self.price_lists.values() if row.currency == chosen.currency]
        return chosen.currency if len(others) == 1 else chosen.name

    def listed_price(self, price_list: str, cents: int) -> str:
        return money(cents, self.price_lists[price_list].currency)

    def store_price(self, store: str, cents: int) -> str:
        return money(cents, self.stores[store].currency)

    @cached_property
    def price_lists(self) -> dict[str, PriceList]:
        """Every price list by id, in the order of their names."""
        return {row.id: row for row in self._session.scalars(select(PriceList).order_by(PriceList.name))}

    @cached_property
    def stores(self) -> dict[str, Store]:
        """Every store by id, in the order of their names."""
        return {row.id: row for row in self._session.scalars(select(Store).order_by(Store.name))}

    @cached_property
    def _categories(self) -> dict[str, str]:
        return dict(self._session.execute(select(Category.id, Category.name)).all())

    @cached_property
    def _tax_classes(self) -> dict[str, str]:
        return dict(self._session.execute(select(TaxClass.id, TaxClass.name)).all())

    @cached_property
    def _groups(self) -> dict[str, str]:
        return dict(self._session.execute(select(ModifierGroup.id, ModifierGroup.name)).all())

    def _name(
        self, known: dict[str, str], model: type[Category | TaxClass | ModifierGroup], key: str | None
    ) -> str:
        if key is None:
            return ""
        if key not in known:
            known[key] = self._session.scalar(select(model.name).where(model.id == key)) or ""
        return known[key]


def tone_word(tone: str) -> str:
    """The colour of a tile as people see it."""
    words = {
        "": _("As the category"),
        "drinks": _("Blue"),
        "food": _("Orange"),
        "sweet": _("Pink"),
        "bakery": _("Yellow"),
        "fresh": _("Green"),
        "other": _("Grey"),
    }
    return words.get(tone, tone)


def tone_choices(*, with_inherited: bool = False) -> list[tuple[str, str]]:
    """(tone, word) pairs to choose from."""
    tones = ("", *TONES) if with_inherited else TONES
    return [(tone, tone_word(tone)) for tone in tones]


def yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")
