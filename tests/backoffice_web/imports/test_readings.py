"""Runs: what is kept of an upload, the columns that a person confirms, and what is forgotten in time."""

from datetime import timedelta

import pytest

from backoffice_web.imports.import_run import MAPPING, PLANNED, ImportRun
from backoffice_web.imports.product import StoreFacts
from backoffice_web.imports.readings import (
    chosen_mapping,
    content_of,
    examine,
    forget_old_files,
    note_examination,
    reading_of,
)
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.backoffice_web.imports.importing import save, saved_items, uploaded
from tests.backoffice_web.imports.reading_files import read
from tests.backoffice_web.imports.sample_catalogs import FACTS, PLAIN, SHOPIFY, SQUARE, WOOCOMMERCE


def run_of(office, key):
    with office.read() as session:
        row = session.get(ImportRun, key)
        # Loaded while the session is open.
        assert row.content is not None
        assert row.reading is not None or row.state != PLANNED
        return row


@pytest.mark.parametrize("text", [SHOPIFY, WOOCOMMERCE, SQUARE, FACTS])
def test_the_file_and_what_was_read_are_kept_exactly(office, text):
    row = run_of(office, uploaded(office, text))
    assert row.state == PLANNED
    assert content_of(row) == text.encode()
    facts = StoreFacts(currency="USD", locale="en_US", name="Downtown")
    assert reading_of(row) == read(text, facts)


def test_a_plain_file_waits_for_its_columns_with_samples(office):
    row = run_of(office, uploaded(office, PLAIN))
    assert row.state == MAPPING
    assert row.columns[:2] == [
        {"name": "Name", "role": "name", "samples": ["Espresso", "Flat white"]},
        {"name": "Price", "role": "price", "samples": ["2,50", "4,20"]},
    ]


def test_chosen_columns_make_the_dry_run_and_are_remembered(office):
    key = uploaded(office, PLAIN)
    row = run_of(office, key)
    mapping = chosen_mapping(row, ["name", "price", "ignore", "barcode", "category"])
    with office.write() as session:
        store = session.get(Store, DOWNTOWN)
        found = examine(session, content=PLAIN.encode(), store=store, format="plain", mapping=mapping)
        note_examination(session.get(ImportRun, key), found, store=store)
    save(office, key)
    assert [one.sku for item in saved_items(office).values() for one in item.variants] == ["", ""]
    again = run_of(office, uploaded(office, PLAIN))
    assert {column["name"]: column["role"] for column in again.columns} == mapping


@pytest.mark.parametrize("roles", [[], ["name"], ["name", "nonsense", "price", "x", "y", "z", "more"]])
def test_meanings_that_nobody_can_choose_count_as_ignored(office, roles):
    row = run_of(office, uploaded(office, PLAIN))
    mapping = chosen_mapping(row, roles)
    assert list(mapping) == ["Name", "Price", "SKU", "Barcode", "Category"]
    assert mapping["Price"] == "ignore"
    assert set(mapping.values()) <= {"name", "price", "ignore"}


def test_old_files_are_forgotten_and_who_imported_them_is_not(office):
    key = uploaded(office, SHOPIFY)
    with office.write() as session:
        forget_old_files(session, now=NOON + timedelta(days=29))
        assert session.get(ImportRun, key).content is not None
    with office.write() as session:
        forget_old_files(session, now=NOON + timedelta(days=31))
    with office.read() as session:
        row = session.get(ImportRun, key)
        assert (row.by, row.new_count, row.content) == ("Max Manager", 3, None)
        with pytest.raises(RuleError, match="Upload it again"):
            content_of(row)
    with pytest.raises(RuleError, match="Upload the file again"):
        save(office, key)
