"""Open Food Facts' product table: real groceries with barcodes, names in many languages, and no prices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from backoffice_web.imports.barcodes import read_barcodes
from backoffice_web.imports.cell_text import (
    DESCRIPTION_LENGTH,
    category_path,
    clean,
    code_text,
    shortened,
    stable_key,
)
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.product import Barcode, ImportedProduct, ImportedVariant, Reading, StoreFacts
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.table import Row, Table
from backoffice_web.imports.variant_cells import read_name
from shared_web.errors import RuleError
from shared_web.language import _

SOURCE = "open_food_facts"
# A product's own name first; the kind of food ("chocolate spread") only where no name was typed in.
NAME_COLUMNS = ("product_name", "abbreviated_product_name", "generic_name")
LANGUAGE_TAG = re.compile(r"\A[a-z]{2}:")


def recognises(columns: Sequence[str]) -> bool:
    names = set(columns)
    has_names = any(column == "product_name" or column.startswith("product_name_") for column in columns)
    return (
        "code" in names and has_names and bool(names & {"categories_tags", "brands_tags", "countries_tags"})
    )


def read(table: Table, store: StoreFacts) -> Reading:
    findings = table.findings
    findings.remark(None, _("Open Food Facts has no prices: every item comes in as “Needs price”."))
    products = (_product(row, table.columns, store, findings) for row in table.rows)
    return finish(SOURCE, (product for product in products if product), findings)


def _product(
    row: Row, columns: Sequence[str], store: StoreFacts, findings: Findings
) -> ImportedProduct | None:
    code = code_text(row["code"])
    if not code:
        findings.refuse(row.number, _("The row has no code."), column="code")
        return None
    texts = (clean(row[column]) for column in _name_columns(row, columns, store))
    text = next((found for found in texts if found), "")
    name = read_name(text, row.number, findings, column="product_name") if text else None
    if name is None:
        findings.refuse(row.number, _("The item has no name in any language."), column="code", value=code)
        return None
    try:
        barcodes = tuple(_barcodes(row, findings))
    except RuleError as error:
        findings.refuse(row.number, error.sentence, column="code", value=code)
        return None
    if row["obsolete"] in ("1", "on"):
        findings.remark(row.number, _("The item is marked as obsolete."), column="obsolete")
    variant = ImportedVariant(source_key="", barcodes=barcodes, row=row.number)
    return ImportedProduct(
        source=SOURCE,
        source_key=stable_key(code),
        name=name,
        category=_category(row),
        description=_description(row),
        variants=(variant,),
        row=row.number,
    )


def _barcodes(row: Row, findings: Findings) -> Iterator[Barcode]:
    for code, finding in read_barcodes(row["code"]):
        if finding.remark:
            findings.remark(row.number, finding.remark, column="code", value=code)
        if finding.barcode:
            yield finding.barcode


def _name_columns(row: Row, columns: Sequence[str], store: StoreFacts) -> Iterator[str]:
    """Columns in the order of preference: the store's language, the product's own, English, any."""
    for kind in NAME_COLUMNS:
        yield f"{kind}_{store.language}"
        yield kind
        yield f"{kind}_{row['lc']}"
        yield f"{kind}_en"
        yield from (column for column in columns if column.startswith(kind + "_"))


def _category(row: Row) -> tuple[str, ...]:
    """The most general category. Tags are the same whatever language the product was described in."""
    tag = row["categories_tags"].split(",")[0]
    words = LANGUAGE_TAG.sub("", clean(tag)).replace("-", " ").strip()
    return category_path([words[:1].upper() + words[1:]])


def _description(row: Row) -> str:
    parts = [clean(row["brands"]), clean(row["quantity"])]
    return shortened(" · ".join(part for part in parts if part), DESCRIPTION_LENGTH)
