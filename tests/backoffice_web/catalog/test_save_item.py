"""Saving an item: what is written, what is refused, and what the journal says."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft, draft_of_item
from backoffice_web.catalog.item import Barcode, Item, Variant
from backoffice_web.catalog.save_item import save_item
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Mark
from shared_web.errors import RuleError, StaleEdit
from tests.backoffice_web.builders import AIRPORT, DOWNTOWN, add_item, later, price_list_of

COCA = BarcodeDraft(code="5449000000996", gtin="05449000000996")


def simple(name="Flat white", **more):
    return ItemDraft(name=name, variants=(VariantDraft(**more),))


def save(session, draft, **more):
    return save_item(session, draft, by="Max Manager", now=later(5), **more)


def test_a_new_item_is_marked_for_every_store_and_journalled_field_by_field(office):
    with office.write() as session:
        item = save(session, simple(prices={price_list_of(session, DOWNTOWN): 450}, sku="FW-1"))
    with office.read() as session:
        marks = session.scalars(select(Mark.store_id).where(Mark.key == item.id)).all()
        told = {
            entry.field: (entry.before, entry.after)
            for entry in session.scalars(select(JournalEntry).where(JournalEntry.key == item.id))
        }
    assert sorted(marks) == [AIRPORT, DOWNTOWN]
    assert told["Name"] == ("", "Flat white")
    assert told["SKU"] == ("", "FW-1")
    assert told["Price (USD)"] == ("", "$4.50")


def test_a_change_of_price_counts_a_revision_and_says_what_it_was(office):
    with office.write() as session:
        add_item(session, category=None)
        price_list = price_list_of(session, DOWNTOWN)
    with office.write() as session:
        draft = draft_of_item(session.get_one(Item, "flat-white"))
        variant = draft.variants[0]
        dearer = replace(draft, variants=(replace(variant, prices={**variant.prices, price_list: 480}),))
        item = save(session, dearer, item_id="flat-white", revision=1)
        assert item.revision == 2
    with office.read() as session:
        entry = session.scalar(select(JournalEntry).where(JournalEntry.field == "Price (USD)"))
        assert (entry.before, entry.after, entry.by) == ("$4.50", "$4.80", "Max Manager")


def test_saving_what_is_saved_already_changes_nothing(office):
    with office.write() as session:
        add_item(session, category=None)
    with office.write() as session:
        before = len(session.scalars(select(JournalEntry)).all())
        item = save(session, draft_of_item(session.get_one(Item, "flat-white")), item_id="flat-white")
        assert item.revision == 1
        assert len(session.scalars(select(JournalEntry)).all()) == before


def test_an_older_revision_never_overwrites_a_newer_one(office):
    with office.write() as session:
        add_item(session, category=None)
    with office.write() as session:
        draft = draft_of_item(session.get_one(Item, "flat-white"))
        save(session, replace(draft, name="Flat White"), item_id="flat-white", revision=1)
    with office.write() as session, pytest.raises(StaleEdit):
        save(session, replace(draft, name="Small white"), item_id="flat-white", revision=1)
    with office.read() as session:
        assert session.get_one(Item, "flat-white").name == "Flat White"


def test_variants_that_stay_keep_their_keys_and_may_swap_sku_and_barcode(office):
    with office.write() as session:
        item = save(
            session,
            ItemDraft(
                name="Cola",
                variants=(
                    VariantDraft(name="Can", sku="A", barcodes=(COCA,)),
                    VariantDraft(name="Bottle", sku="B"),
                ),
            ),
        )
        can, bottle = item.variants
    with office.write() as session:
        swapped = ItemDraft(
            name="Cola",
            variants=(
                VariantDraft(id=bottle.id, name="Bottle", sku="A", barcodes=(COCA,)),
                VariantDraft(id=can.id, name="Can", sku="B"),
            ),
        )
        save(session, swapped, item_id=item.id)
    with office.read() as session:
        rows = session.scalars(select(Variant).order_by(Variant.position)).all()
        assert [(row.id, row.sku) for row in rows] == [(bottle.id, "A"), (can.id, "B")]
        assert session.get_one(Barcode, COCA.gtin).variant_id == bottle.id


def test_a_variant_that_is_dropped_takes_its_barcodes_and_prices_with_it(office):
    with office.write() as session:
        item = save(
            session,
            ItemDraft(
                name="Cola", variants=(VariantDraft(name="Can", barcodes=(COCA,)), VariantDraft(name="Big"))
            ),
        )
        kept = item.variants[1].id
    with office.write() as session:
        save(session, ItemDraft(name="Cola", variants=(VariantDraft(id=kept),)), item_id=item.id)
    with office.read() as session:
        assert session.scalars(select(Variant.id)).all() == [kept]
        assert session.get(Barcode, COCA.gtin) is None


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ItemDraft(name=" ", variants=(VariantDraft(),)), "name"),
        (ItemDraft(name="x" * 201, variants=(VariantDraft(),)), "name"),
        (ItemDraft(name="Tea", variants=()), "variants"),
        (ItemDraft(name="Tea", tone="plaid", variants=(VariantDraft(),)), "tone"),
        (ItemDraft(name="Tea", variants=(VariantDraft(name="S"), VariantDraft())), "variants-1-name"),
        (ItemDraft(name="Tea", variants=(VariantDraft(name="S"), VariantDraft(name="s"))), "variants-1-name"),
        (simple(prices={"list": -1}), "variants-0-price"),
        (simple(sku="TAKEN"), "variants-0-sku"),
        (simple(barcodes=(COCA,)), "variants-0-barcodes"),
        (simple(barcodes=(COCA, COCA)), "variants-0-barcodes"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(office, draft, field):
    with office.write() as session:
        save(session, simple("Cola", sku="TAKEN", barcodes=(COCA,)))
    with office.write() as session, pytest.raises(RuleError) as problem:
        save(session, draft)
    assert list(problem.value.fields) == [field]
