"""Which format a file is in, told from its content alone, and the reading of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backoffice_web.imports import file_text
from backoffice_web.imports.formats import open_food_facts, plain, shopify, square, woocommerce
from backoffice_web.imports.product import Reading, StoreFacts
from backoffice_web.imports.spreadsheet import read_workbook
from backoffice_web.imports.table import Table, read_table
from shared_web.errors import RuleError
from shared_web.language import _

AUTO = "auto"
TABULAR = {
    shopify.SOURCE: shopify.read,
    woocommerce.SOURCE: woocommerce.read,
    open_food_facts.SOURCE: open_food_facts.read,
}
RECOGNISERS = {
    shopify.SOURCE: shopify.recognises,
    woocommerce.SOURCE: woocommerce.recognises,
    open_food_facts.SOURCE: open_food_facts.recognises,
}
FORMATS = (shopify.SOURCE, woocommerce.SOURCE, square.SOURCE, open_food_facts.SOURCE, plain.SOURCE)


class JsonFile(msgspec.Struct, frozen=True):
    document: Any


def read_catalog(
    content: bytes, *, store: StoreFacts, format: str = AUTO, mapping: Mapping[str, str] | None = None
) -> Reading:
    """Read a stranger's file for `store`.

    `format` is one of FORMATS or "auto"; `mapping` (column → role) is for plain files. Raises RuleError for
    a file that can't be read at all, and plain.MappingNeeded where a person must name the columns first;
    anything wrong with single rows is in the reading.
    """
    return read_opened(open_file(content), store=store, format=format, mapping=mapping)


def read_opened(
    opened: Table | JsonFile,
    *,
    store: StoreFacts,
    format: str = AUTO,
    mapping: Mapping[str, str] | None = None,
) -> Reading:
    """`read_catalog` for a file that is open already. Its findings belong to this one reading."""
    chosen = detect(opened) if format == AUTO else format
    if isinstance(opened, JsonFile):
        if chosen != square.SOURCE:
            raise RuleError(_("This is a JSON file; of those, only Square catalogs can be imported."))
        return square.read(opened.document, store)
    if chosen == plain.SOURCE:
        return plain.read(opened, store, mapping)
    reader = TABULAR.get(chosen)
    if reader is None:
        raise RuleError(_("This file is a table, not Square's catalog JSON. Choose another format."))
    if not RECOGNISERS[chosen](opened.columns):
        raise RuleError(_("This file does not have the columns of that format. Let the format be detected."))
    return reader(opened, store)


def open_file(content: bytes) -> Table | JsonFile:
    """The rows of a text or workbook, or the content of a JSON file."""
    file_text.check_size(content)
    if file_text.is_zip(content):
        return read_workbook(content)
    text = file_text.decode(content).text
    if text.lstrip().startswith(("{", "[")):
        return _json(text)
    if text.lstrip()[:15].casefold().startswith(("<!doctype", "<html", "<?xml")):
        raise RuleError(_("This is a web page or XML file. Export the catalog as CSV, .xlsx or JSON."))
    return read_table(text)


def detect(opened: Table | JsonFile) -> str:
    """The format's name. RuleError for tables known to be no product list."""
    if isinstance(opened, JsonFile):
        return square.SOURCE
    _refuse_other_lists(opened)
    for source, recognises in RECOGNISERS.items():
        if recognises(opened.columns):
            return source
    return plain.SOURCE


def _json(text: str) -> JsonFile:
    try:
        return JsonFile(msgspec.json.decode(text.strip().removeprefix("\ufeff")))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise RuleError(_("This JSON file is damaged or cut off. Export it again.")) from error


def _refuse_other_lists(table: Table) -> None:
    names = {column.casefold() for column in table.columns}
    if any(name.startswith("impact on price") for name in names):
        raise RuleError(
            _(
                "This is a list of combinations: its prices are differences to items that stand in "
                "another file. Import the file with the items, or a file with each variant's full price."
            )
        )
    if "category id" in names and any(name.startswith("root category") for name in names):
        raise RuleError(_("This is a list of categories. Import the file with the items."))
