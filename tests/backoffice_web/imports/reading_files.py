"""Small stores and files for the import tests."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl

from backoffice_web.imports.formats.detect import read_catalog
from backoffice_web.imports.product import StoreFacts

AMERICAN = StoreFacts(currency="USD", locale="en_US", name="Downtown")
GERMAN = StoreFacts(currency="EUR", locale="de_DE", name="Mitte")
JAPANESE = StoreFacts(currency="JPY", locale="ja_JP")
KUWAITI = StoreFacts(currency="KWD", locale="en_US")


def read(text, store=AMERICAN, **options):
    content = text.encode() if isinstance(text, str) else text
    return read_catalog(content, store=store, **options)


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def names(reading):
    return [product.name for product in reading.products]


def prices(reading):
    return [variant.price for variant in reading.variants]


def price_sum(reading):
    return sum((price for price in prices(reading) if price is not None), Decimal(0))


def refused(reading):
    return {refusal.row: refusal.reason for refusal in reading.refusals}


def remarks(reading):
    return [notice.remark for notice in reading.notices]
