"""The records that imported items refer to – categories, tax classes, modifier groups – and those to make.

A record that does not exist yet is referred to by a placeholder, which is the same however often the same
file is planned; saving puts the real key in its place.

Categories are one level deep here: a path is called by its last name ("Hoodies"), or by its last two
("Men > Shirts") where the file has that last name under different parents or such a category exists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import CategoryDraft, draft_of_category
from backoffice_web.catalog.names import Names
from backoffice_web.catalog.tax import Tax, TaxClass, TaxCover
from backoffice_web.imports.cell_text import SHORT_NAME_LENGTH, shortened
from backoffice_web.imports.product import ImportedProduct
from shared_web.language import _

PLACEHOLDER = "new "
NOT_TAXED = f"{PLACEHOLDER}tax class"
NOT_TAXED_IN_ENGLISH = "Not taxed"


class Categories:
    def __init__(self, session: Session, products: Iterable[ImportedProduct]) -> None:
        rows = session.scalars(select(Category).order_by(Category.is_archived.desc(), Category.name.desc()))
        self._saved = {row.name.casefold(): row for row in rows}
        self._next_position = (session.scalar(select(func.max(Category.position))) or 0) + 1
        parents: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for product in products:
            if product.category:
                parents[product.category[-1].casefold()].add(_folded(product.category[:-1]))
        self._ambiguous = {name for name, above in parents.items() if len(above) > 1}
        self.names: dict[str, str] = {}
        """Placeholder → the name that it stands for."""

    def key_of(self, path: tuple[str, ...]) -> str | None:
        """The key or placeholder of the category at the end of `path`; None for no path."""
        if not path:
            return None
        long_name = shortened(" > ".join(path[-2:]), SHORT_NAME_LENGTH)
        is_long = path[-1].casefold() in self._ambiguous or long_name.casefold() in self._saved
        name = long_name if is_long else path[-1]
        saved = self._saved.get(name.casefold())
        if saved is not None and not saved.is_archived:
            return saved.id
        placeholder = f"{PLACEHOLDER}category {name.casefold()}"
        self.names.setdefault(placeholder, saved.name if saved is not None else name)
        return placeholder

    def wanted(self, placeholders: Iterable[str]) -> dict[str, tuple[str | None, CategoryDraft]]:
        """Placeholder → (key of an archived category that comes back, or None; draft) of those in use."""
        found: dict[str, tuple[str | None, CategoryDraft]] = {}
        for placeholder in dict.fromkeys(placeholders):
            name = self.names.get(placeholder)
            if name is None:
                continue
            archived = self._saved.get(name.casefold())
            if archived is not None:
                found[placeholder] = archived.id, replace(draft_of_category(archived), is_archived=False)
            else:
                found[placeholder] = None, CategoryDraft(name=name, position=self._next_position + len(found))
        return found


class TaxClasses:
    """Which class an item gets by what the source says of its tax.

    The source's own word wins where a class has that name. What is not taxed goes into a class that no
    tax covers, made where it is missing. What is taxed gets the default class, unless it has another
    taxed class here: the source does not know our classes.
    """

    def __init__(self, session: Session, *, store_id: str) -> None:
        rows = session.scalars(select(TaxClass).order_by(TaxClass.id)).all()
        self._by_name = {_plain(row.name): row.id for row in rows}
        self._default = next((row.id for row in rows if row.is_default), None)
        covers = (
            select(TaxCover.tax_class_id)
            .join(Tax, Tax.id == TaxCover.tax_id)
            .where(Tax.store_id == store_id, ~Tax.is_archived)
        )
        self._covered = set(session.scalars(covers))
        names = (not_taxed_name(), NOT_TAXED_IN_ENGLISH)
        self._not_taxed = next((found for name in names if (found := self._by_name.get(_plain(name)))), None)

    def class_of(self, product: ImportedProduct, *, current: str | None, is_new: bool) -> str | None:
        """The class (or NOT_TAXED) of the item that is in the class `current` so far."""
        if product.taxable is False:
            is_untaxed = current not in (None, self._default) and current not in self._covered
            return current if is_untaxed else self._not_taxed or NOT_TAXED
        if self.knows(product.tax_hint):
            return self._by_name[_plain(product.tax_hint)]
        is_wrong = product.taxable is True and current is not None and current == self._not_taxed
        return self._default if is_new or is_wrong else current

    def knows(self, hint: str) -> bool:
        return _plain(hint) in self._by_name


class PlannedNames(Names):
    """The names of saved records and of placeholders alike, for `item_words`."""

    def __init__(self, session: Session, planned: Mapping[str, str]) -> None:
        super().__init__(session)
        self.planned: dict[str, str] = {NOT_TAXED: not_taxed_name(), **planned}

    def category(self, key: str | None) -> str:
        return self.planned.get(key or "") or super().category(key)

    def tax_class(self, key: str | None) -> str:
        return self.planned.get(key or "") or super().tax_class(key)

    def group(self, key: str) -> str:
        return self.planned.get(key) or super().group(key)


def not_taxed_name() -> str:
    return _("Not taxed")


def _folded(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in path)


def _plain(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").casefold().split())
