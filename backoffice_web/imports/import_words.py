"""Formats and column meanings in words, for the people who choose among them."""

from __future__ import annotations

from backoffice_web.imports.formats import open_food_facts, plain, shopify, square, woocommerce
from backoffice_web.imports.formats import plain_columns as role
from backoffice_web.imports.formats.detect import AUTO, FORMATS
from shared_web.language import _


def format_word(format: str) -> str:
    words = {
        AUTO: _("Detect automatically"),
        shopify.SOURCE: _("Shopify CSV"),
        woocommerce.SOURCE: _("WooCommerce CSV"),
        square.SOURCE: _("Square catalog JSON"),
        open_food_facts.SOURCE: _("Open Food Facts"),
        plain.SOURCE: _("Plain table (CSV, XLSX)"),
    }
    return words.get(format, format)


def format_choices() -> list[tuple[str, str]]:
    return [(format, format_word(format)) for format in (AUTO, *FORMATS)]


def role_choices(guessed: str) -> list[tuple[str, str]]:
    """What a column may mean: what everybody can choose, and what its header says by itself."""
    roles = role.CHOOSABLE if guessed in role.CHOOSABLE else (*role.CHOOSABLE, guessed)
    words = _role_words()
    return [(each, words.get(each, each)) for each in roles]


def _role_words() -> dict[str, str]:
    places = range(1, len(role.OPTION_NAME) + 1)
    return {
        role.IGNORE: _("Do not import"),
        role.NAME: _("Item name"),
        role.CATEGORY: _("Category"),
        role.DESCRIPTION: _("Description"),
        role.PRICE: _("Price"),
        role.CURRENCY: _("Currency"),
        role.SKU: _("SKU"),
        role.BARCODE: _("Barcode"),
        role.STOCK: _("Stock"),
        role.KEY: _("Item id or handle"),
        role.VARIANT_KEY: _("Variant id"),
        role.VARIATION: _("Variant name"),
        role.OPTION: _("An option, named by the header"),
        **{role.OPTION_NAME[n - 1]: _("Name of option %(number)s", number=n) for n in places},
        **{role.OPTION_VALUE[n - 1]: _("Value of option %(number)s", number=n) for n in places},
        role.OPTION_NAMES: _("Option names, separated by |"),
        role.OPTION_VALUES: _("Option values, separated by |"),
        role.TAXABLE: _("Taxable (yes or no)"),
        role.TAX: _("Tax class"),
        role.ACTIVE: _("Active (yes or no)"),
        role.ARCHIVED: _("Archived (yes or no)"),
        role.FACETS: _("Facets"),
        role.TAX_FLAG: _("A tax, named by the header"),
        role.MODIFIER_FLAG: _("A modifier group, named by the header"),
        role.BY_WEIGHT: _("Sold by weight (yes or no)"),
        role.COMPONENT: _("Part of a composite item"),
    }
