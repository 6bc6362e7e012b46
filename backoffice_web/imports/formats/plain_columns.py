"""What each column of a plain file means: the roles, and a guess at them from the header words.

The words come from exports of Square (three eras), Loyverse, Open Source Point of Sale, PrestaShop, Vendure
and from hand-made lists in the languages of our users. A person can correct every guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from backoffice_web.imports.cell_text import clean
from backoffice_web.imports.product import StoreFacts

IGNORE = "ignore"
KEY, VARIANT_KEY = "key", "variant_key"
NAME, VARIATION, CATEGORY, FACETS, DESCRIPTION = "name", "variation", "category", "facets", "description"
SKU, BARCODE, PRICE, CURRENCY, STOCK = "sku", "barcode", "price", "currency", "stock"
TAXABLE, TAX, TAX_FLAG, MODIFIER_FLAG = "taxable", "tax", "tax_flag", "modifier_flag"
ACTIVE, ARCHIVED, BY_WEIGHT, COMPONENT = "active", "archived", "by_weight", "component"
OPTION, OPTION_NAMES, OPTION_VALUES = "option", "option_names", "option_values"
OPTION_NAME = ("option_1_name", "option_2_name", "option_3_name")
OPTION_VALUE = ("option_1_value", "option_2_value", "option_3_value")

# What a person may choose for a column, in the order of the list on screen.
CHOOSABLE = (
    *(IGNORE, NAME, CATEGORY, DESCRIPTION, PRICE, CURRENCY, SKU, BARCODE, STOCK, KEY, VARIANT_KEY, VARIATION),
    *(OPTION, *OPTION_NAME, *OPTION_VALUE, OPTION_NAMES, OPTION_VALUES, TAXABLE, TAX, ACTIVE, ARCHIVED),
)
# Roles that more than one column may have.
REPEATABLE = frozenset((OPTION, BARCODE, TAX_FLAG, MODIFIER_FLAG, IGNORE))
OPTION_ROLES = frozenset((OPTION, OPTION_NAMES, OPTION_VALUES, VARIATION, *OPTION_NAME, *OPTION_VALUE))

# Header words per role, best first: where two columns fit a role, the earlier word wins.
WORDS: dict[str, tuple[str, ...]] = {
    KEY: (
        *("handle", "reference handle", "slug", "product id", "item id", "parent sku", "group", "id"),
        *("produkt id", "artikel id", "id producto", "id produit"),
    ),
    VARIANT_KEY: ("token", "variant id", "variation id"),
    NAME: (
        *("item name", "product name", "name", "title", "item", "product", "nombre", "nombre del articulo"),
        *("producto", "articulo", "nom", "nom du produit", "produit", "article", "designation", "libelle"),
        *("bezeichnung", "artikelname", "artikelbezeichnung", "produktname", "produkt", "artikel", "nome"),
        *(
            "nome prodotto",
            "prodotto",
            "nome do produto",
            "produto",
            "naam",
            "productnaam",
            "nazwa",
            "navn",
            "namn",
        ),
        *("название", "наименование", "товар"),
    ),
    VARIATION: ("variation name", "variation", "variant name", "variant", "variante"),
    CATEGORY: (
        *("reporting category", "category", "categories", "department", "product type", "type", "categoria"),
        *("categorias", "categorie", "kategorie", "warengruppe", "rubrik", "rayon", "kategoria", "kategori"),
        *("категория", "группа"),
    ),
    FACETS: ("facets",),
    DESCRIPTION: (
        *(
            "description",
            "item description",
            "short description",
            "descripcion",
            "beschreibung",
            "descrizione",
        ),
        *("descricao", "omschrijving", "opis", "описание"),
    ),
    SKU: (
        *("sku", "variant sku", "item code", "article number", "reference", "ref", "code", "artikelnummer"),
        *("art nr", "artikelnr", "codigo", "codice", "kod", "артикул"),
    ),
    BARCODE: (
        *(
            "barcode",
            "gtin",
            "ean",
            "ean13",
            "ean8",
            "upc",
            "ean upc",
            "isbn",
            "bar code",
            "codigo de barras",
        ),
        *(
            "code barres",
            "code barre",
            "codebarre",
            "strichcode",
            "codice a barre",
            "streepjescode",
            "kod kreskowy",
        ),
        *("штрихкод",),
    ),
    PRICE: (
        *(
            "price",
            "retail price",
            "selling price",
            "sales price",
            "sale price",
            "regular price",
            "default price",
        ),
        *(
            "list price",
            "unit price",
            "precio",
            "precio de venta",
            "prix",
            "prix de vente",
            "prix ttc",
            "preis",
        ),
        *(
            "verkaufspreis",
            "vk",
            "vk preis",
            "bruttopreis",
            "einzelpreis",
            "prezzo",
            "prezzo di vendita",
            "preco",
        ),
        *("preco de venda", "prijs", "verkoopprijs", "cena", "pris", "цена"),
    ),
    CURRENCY: ("currency", "currency code", "wahrung", "waehrung", "devise", "moneda", "valuta", "moeda"),
    STOCK: (
        *(
            "stock",
            "stock on hand",
            "quantity",
            "qty",
            "in stock",
            "inventory",
            "on hand",
            "current quantity",
        ),
        *(
            "bestand",
            "lagerbestand",
            "menge",
            "existencias",
            "en inventario",
            "quantite",
            "giacenza",
            "estoque",
        ),
        *("voorraad", "остаток"),
    ),
    TAXABLE: ("taxable", "is taxable", "steuerpflichtig"),
    TAX: (
        *(
            "tax category",
            "tax class",
            "tax",
            "vat",
            "tax 1 name",
            "tax rate",
            "vat rate",
            "steuersatz",
            "mwst",
            "iva",
        ),
        *("tva", "btw"),
    ),
    ACTIVE: (
        "active",
        "available for sale",
        "published",
        "enabled",
        "disponible para la venta",
        "aktiv",
        "actif",
    ),
    ARCHIVED: ("archived",),
    BY_WEIGHT: ("sold by weight", "vendido por peso"),
    COMPONENT: ("sku of included item", "ref del articulo incluido", "ref of included item"),
    OPTION_NAMES: ("option groups",),
    OPTION_VALUES: ("option values",),
}
OPTION_HEADERS = frozenset(
    (
        *(
            "size",
            "color",
            "colour",
            "flavor",
            "flavour",
            "material",
            "style",
            "grosse",
            "groesse",
            "farbe",
            "taille",
        ),
        *(
            "couleur",
            "talla",
            "tamano",
            "taglia",
            "colore",
            "tamanho",
            "cor",
            "maat",
            "kleur",
            "rozmiar",
            "kolor",
        ),
    )
)
_NUMBERED_OPTION = (
    re.compile(r"(?:option|opcion|opzione|opcao|optie) ?([123]) (name|value|nombre|valor|nom|valeur|wert)"),
    re.compile(r"(?:option|opcion|opzione|opcao|optie) (name|value|nombre|valor|nom|valeur|wert) ([123])"),
)
_NAMING = frozenset(("name", "nombre", "nom"))
_TAX_COLUMN = re.compile(r"\s*tax\s+-\s+(.+)", re.IGNORECASE)
_MODIFIER_COLUMN = re.compile(r"\s*modifier(?: set)?\s+-\s+(.+)", re.IGNORECASE)
_SUFFIX = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\))\s*$")
_STORE_SUFFIX = re.compile(r"\[([^\]]*)\]\s*$")


class Guess(NamedTuple):
    role: str
    rank: int


def guess_roles(columns: Sequence[str], store: StoreFacts) -> dict[str, str]:
    """The likeliest role of every column. Pure header words; the cells are not looked at."""
    guesses = {column: _guess(column) for column in columns}
    roles = dict.fromkeys(columns, IGNORE)
    for role in {guess.role for guess in guesses.values() if guess}:
        fitting = [column for column in columns if (guess := guesses[column]) and guess.role == role]
        if role in REPEATABLE:
            roles.update(dict.fromkeys(fitting, role))
        else:
            # A column for this very store first, then the better word, then the one further left.
            best = min(fitting, key=lambda column: (not _is_for(column, store), guesses[column].rank))  # type: ignore[union-attr]
            roles[best] = role
    return roles


def flag_name(column: str) -> str:
    """The tax's or modifier set's name in a header such as "Tax - Moms (25%)"."""
    found = _TAX_COLUMN.match(column) or _MODIFIER_COLUMN.match(column)
    return clean(found[1]) if found else column


def _is_for(column: str, store: StoreFacts) -> bool:
    suffix = _STORE_SUFFIX.search(column)
    return bool(suffix and store.name and suffix[1].strip().casefold() == store.name.strip().casefold())


def _guess(column: str) -> Guess | None:
    if _TAX_COLUMN.match(column):
        return Guess(TAX_FLAG, 0)
    if _MODIFIER_COLUMN.match(column):
        return Guess(MODIFIER_FLAG, 0)
    header = _plain_header(column)
    return _numbered_option(header) or _by_words(header) or _by_beginning(header)


def _numbered_option(header: str) -> Guess | None:
    for pattern in _NUMBERED_OPTION:
        found = pattern.fullmatch(header)
        if found:
            first, second = found.groups()
            place, part = (first, second) if first.isdigit() else (second, first)
            roles = OPTION_NAME if part in _NAMING else OPTION_VALUE
            return Guess(roles[int(place) - 1], 0)
    return Guess(OPTION, 0) if header in OPTION_HEADERS else None


def _by_words(header: str) -> Guess | None:
    for role, words in WORDS.items():
        if header in words:
            return Guess(role, words.index(header))
    return None


def _by_beginning(header: str) -> Guess | None:
    """Headers that go on after the word: "Price tax excluded or …", "Current Quantity Main Street"."""
    if header.startswith("price tax "):
        return Guess(PRICE, 1)
    if header.startswith("current quantity "):
        return Guess(STOCK, 8)
    return None


def _plain_header(column: str) -> str:
    """Lower case, no accents, no unit or store in brackets, no asterisks: "Name *" is "name"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean(column))
    decomposed = unicodedata.normalize("NFKD", spaced.casefold())
    without_accents = "".join(character for character in decomposed if not unicodedata.combining(character))
    without_suffix = _SUFFIX.sub("", without_accents)
    return " ".join(re.sub(r"[*#:._\-/]+", " ", without_suffix).split())
