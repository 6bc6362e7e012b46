"""Saving an import: all or nothing, once, and nothing at all for a file that changes nothing."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backoffice_web.catalog.draft import BarcodeDraft, ItemDraft, VariantDraft, draft_of_item
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.save_item import save_item
from backoffice_web.imports import save as save_module
from backoffice_web.imports.findings import Findings
from backoffice_web.imports.import_run import SAVED, ImportRun
from backoffice_web.imports.new_items import insert_items
from backoffice_web.imports.plan import plan
from backoffice_web.imports.product import (
    Barcode,
    ImportedModifier,
    ImportedModifierGroup,
    ImportedProduct,
    ImportedVariant,
)
from backoffice_web.imports.publish_import import publish_import
from backoffice_web.imports.repeats import finish
from backoffice_web.imports.report import unpacked
from backoffice_web.imports.repriced_items import is_repriced, reprice_items
from backoffice_web.imports.save import PlanMovedOn, save_plan
from backoffice_web.imports.saved_drafts import drafts_of
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from tests.backoffice_web.builders import (
    AIRPORT,
    DOWNTOWN,
    NOON,
    Office,
    add_category,
    add_item,
    add_modifier_group,
    price_list_of,
)
from tests.backoffice_web.imports.importing import (
    BY,
    edit,
    plan_of,
    save,
    saved_items,
    states,
    take_in,
    uploaded,
    written,
)
from tests.backoffice_web.imports.sample_catalogs import (
    FACTS,
    PLAIN,
    SHOPIFY,
    SHOPIFY_CENTS,
    SQUARE,
    WOOCOMMERCE,
)


def cents(office):
    items = saved_items(office).values()
    return sum(price for item in items for one in item.variants for price in one.prices.values())


def test_prices_are_saved_to_the_cent_and_journalled_under_who_imported(office):
    take_in(office, SHOPIFY)
    assert cents(office) == SHOPIFY_CENTS
    with office.read() as session:
        tote = session.scalar(select(Item.id).where(Item.name == "Canvas tote"))
        entries = session.scalars(select(JournalEntry).where(JournalEntry.key == tote)).all()
    assert {(entry.by, entry.action) for entry in entries} == {(BY, "created")}
    assert {entry.field: entry.after for entry in entries}["Price (USD)"] == "$12.90"


@pytest.mark.parametrize("content", [SHOPIFY, WOOCOMMERCE, SQUARE, FACTS, PLAIN])
def test_importing_the_same_file_again_writes_nothing(office, content):
    take_in(office, content)
    office.publish(DOWNTOWN)
    before = written(office)
    assert set(states(take_in(office, content)).values()) == {"unchanged"}
    assert written(office) == before


def test_a_run_is_saved_once_however_often_it_is_pressed(office):
    run = uploaded(office, SHOPIFY)
    assert save(office, run) is True
    before = written(office)
    assert save(office, run) is False
    assert written(office) == before
    with office.read() as session:
        row = session.get(ImportRun, run)
        assert (row.state, row.saved_by, row.new_count) == (SAVED, BY, 3)
        assert all(entry.item_id for entry in unpacked(row.report).rows if entry.state == "new")


def test_a_run_that_was_overtaken_is_planned_again_instead_of_saved(office):
    run = uploaded(office, SHOPIFY)
    take_in(office, SHOPIFY.replace("12.90", "13.00"))
    before = written(office)
    with pytest.raises(PlanMovedOn) as moved:
        save(office, run)
    assert states(moved.value.plan)["Canvas tote"] == "changed"
    assert written(office) == before


def test_an_edit_of_something_else_does_not_overtake_a_run(office):
    with office.write() as session:
        add_category(session)
        add_item(session)
    run = uploaded(office, SHOPIFY)
    edit(office, "Flat white", lambda draft: replace(draft, name="Flat white, double"))
    assert save(office, run) is True


@pytest.mark.parametrize("place", ["note_changes", "save_category", "insert_items", "_remember_keys"])
def test_a_failure_anywhere_leaves_nothing_behind(office, monkeypatch, place):
    run = uploaded(office, SHOPIFY)
    before = written(office)

    def fail(*_arguments, **_more):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(save_module, place, fail)
    with pytest.raises(RuntimeError):
        save(office, run)
    assert written(office) == before
    monkeypatch.undo()
    assert save(office, run) is True
    assert cents(office) == SHOPIFY_CENTS


def test_a_code_that_somebody_took_at_the_very_moment_saves_nothing(office):
    run = plan_of(office, SHOPIFY)
    with office.write() as session:
        save_item(session, ItemDraft(name="Other", variants=(VariantDraft(sku="TOTE"),)), by="x", now=NOON)
    before = written(office)
    with pytest.raises(RuleError, match="Nothing was imported"), office.database.write() as session:
        save_plan(session, run, by=BY, now=NOON)
    assert written(office) == before


def test_publishing_takes_this_imports_records_alone(office):
    with office.write() as session:
        add_category(session)
        add_item(session)
    run = uploaded(office, SHOPIFY)
    save(office, run)
    with office.write() as session:
        result = publish_import(session, run=session.get(ImportRun, run), by=BY, now=NOON)
    names = {kind for kind, _key in office.published()}
    assert result.change_count
    assert ("item", "flat-white") not in office.published()
    assert {"item", "category"} <= names
    assert not office.published(AIRPORT)
    with office.read() as session:
        assert session.get(ImportRun, run).published_version == 1


def test_items_without_a_price_are_refused_by_name_when_published(office):
    run = uploaded(office, FACTS)
    save(office, run)
    with office.write() as session:
        result = publish_import(session, run=session.get(ImportRun, run), by=BY, now=NOON)
    assert result.change_count == 0
    assert [refused.sentence for refused in result.refused] == [
        "Oat biscuits needs a price in Downtown before it can be published.",
        "Roast nuts needs a price in Downtown before it can be published.",
    ]


def test_an_import_that_is_not_saved_cannot_be_published(office):
    run = uploaded(office, SHOPIFY)
    with pytest.raises(RuleError, match="Save the import first"), office.write() as session:
        publish_import(session, run=session.get(ImportRun, run), by=BY, now=NOON)


def test_a_run_with_columns_to_name_cannot_be_saved(office):
    run = uploaded(office, PLAIN)
    with pytest.raises(RuleError, match="no dry run"):
        save(office, run)


def rich_draft(office, *, source_key="k"):
    with office.read() as session:
        usd, eur = price_list_of(session, DOWNTOWN), price_list_of(session, AIRPORT)
    return ItemDraft(
        name="Scarf",
        category_id="drinks",
        tax_class_id="standard",
        tone="fresh",
        position=3,
        is_favourite=True,
        is_sold_everywhere=False,
        sold_in={DOWNTOWN: True, AIRPORT: False},
        modifier_groups=("milk",),
        source="shopify",
        source_key=source_key,
        variants=(
            VariantDraft(
                name="Red",
                sku="S-R",
                barcodes=(
                    BarcodeDraft(code="4006381333931", gtin="04006381333931"),
                    BarcodeDraft(code="77", gtin="77"),
                ),
                prices={usd: 100, eur: 90},
                store_prices={AIRPORT: 80},
                source_key="red",
            ),
            VariantDraft(name="Blue"),
        ),
    )


def furnish(office):
    with office.write() as session:
        add_category(session)
        add_modifier_group(session)


def without_ids(draft):
    return replace(draft, variants=tuple(replace(one, id=None) for one in draft.variants))


def test_many_new_items_at_once_equal_one_that_is_saved_alone(office):
    furnish(office)
    draft = rich_draft(office)
    with office.write() as session:
        insert_items(session, [("scarf", draft)], now=NOON)
    with office.read() as session:
        item = session.get(Item, "scarf")
        assert without_ids(draft_of_item(item)) == draft
        assert (item.revision, item.created_at) == (1, NOON)


def test_drafts_of_many_items_equal_the_drafts_of_each(office):
    furnish(office)
    with office.write() as session:
        key = save_item(session, rich_draft(office), by="x", now=NOON).id
        add_item(session, variants=3, groups=["milk"], own_price={DOWNTOWN: 1}, barcodes=["96385074"])
    with office.read() as session:
        assert drafts_of(session, [key, "flat-white", "nobody"]) == {
            one: draft_of_item(session.get(Item, one)) for one in (key, "flat-white")
        }


def test_many_new_prices_at_once_equal_one_that_is_saved_alone(office):
    furnish(office)
    with office.write() as session:
        key = save_item(session, rich_draft(office), by="x", now=NOON).id
    with office.read() as session:
        before = draft_of_item(session.get(Item, key))
        revision = session.get(Item, key).revision
    red, blue = before.variants
    listed = next(iter(red.prices))
    after = replace(
        before,
        name="Shawl",
        category_id=None,
        sold_in={**before.sold_in, AIRPORT: True},
        variants=(replace(red, prices={**red.prices, listed: 1}), replace(blue, prices={listed: 2})),
    )
    assert is_repriced(before, after)
    with office.write() as session:
        reprice_items(session, [(key, after)], now=NOON)
    with office.read() as session:
        item = session.get(Item, key)
        assert (draft_of_item(item), item.revision) == (after, revision + 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda draft: replace(draft, variants=draft.variants[:1]),
        lambda draft: replace(draft, variants=(*draft.variants, VariantDraft(name="Green"))),
        lambda draft: replace(draft, variants=(replace(draft.variants[0], sku="other"), draft.variants[1])),
        lambda draft: replace(draft, variants=(replace(draft.variants[0], barcodes=()), draft.variants[1])),
        lambda draft: replace(draft, variants=tuple(reversed(draft.variants))),
        lambda draft: replace(draft, modifier_groups=()),
        lambda draft: replace(draft, is_archived=True),
    ],
)
def test_what_is_more_than_new_prices_is_told_from_them(office, change):
    furnish(office)
    with office.write() as session:
        before = draft_of_item(save_item(session, rich_draft(office), by="x", now=NOON))
    assert not is_repriced(before, change(before))


# Names, codes and prices that collide on purpose, so that every rule about repeats is met.
WORDS = st.sampled_from(["Tea", "tea", "Äpfel & Birnen", "×", "a" * 80, "=1+1", "Name", "0"])
CODES = st.sampled_from([None, None, "S1", "s1", "S2"])
BARCODES = st.lists(st.sampled_from(["04006381333931", "00036000291452", "4711"]), max_size=2, unique=True)
SMALL_PRICES = st.decimals(0, 9, places=2)
PRICES = st.none() | st.decimals(0, 99999999, places=2)


@st.composite
def products(draw, number):
    has_options = draw(st.booleans())
    values = draw(st.lists(WORDS, min_size=1, max_size=3, unique_by=str.casefold)) if has_options else [""]
    variants = tuple(
        ImportedVariant(
            source_key=value,
            options=(("Size", value),) if value else (),
            sku=draw(CODES),
            barcodes=tuple(Barcode(code, code if len(code) == 14 else None) for code in draw(BARCODES)),
            price=draw(PRICES),
            row=number,
        )
        for value in values
    )
    groups = draw(
        st.lists(
            st.builds(
                ImportedModifierGroup,
                source_key=st.sampled_from(["g1", "g2"]),
                name=WORDS,
                minimum=st.integers(0, 2),
                maximum=st.none() | st.integers(1, 3),
                modifiers=st.lists(
                    st.builds(
                        ImportedModifier, source_key=WORDS, name=WORDS, price=st.decimals(0, 9, places=2)
                    ),
                    max_size=2,
                ).map(tuple),
            ),
            max_size=2,
        )
    )
    return ImportedProduct(
        source=draw(st.sampled_from(["shopify", "plain"])),
        source_key=draw(st.sampled_from([f"k{number}", "shared"])),
        also_known_as=tuple(draw(st.lists(st.sampled_from(["other", "x"]), max_size=1))),
        name=draw(WORDS),
        category=tuple(draw(st.lists(WORDS, max_size=2))),
        taxable=draw(st.sampled_from([None, True, False])),
        tax_hint=draw(st.sampled_from(["", "standard", "luxury"])),
        variants=variants,
        modifier_groups=tuple(groups),
        row=number,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_read_the_second_import_changes_nothing(tmp_path_factory, data):
    count = data.draw(st.integers(1, 4))
    drawn = [data.draw(products(number)) for number in range(2, count + 2)]
    reading = finish("shopify", drawn, Findings())
    office = Office(tmp_path_factory.mktemp("office"))

    def take():
        with office.write() as session:
            made = plan(session, reading, store=session.get(Store, DOWNTOWN))
            save_plan(session, made, by=BY, now=NOON)
        return made

    try:
        take()
        before = written(office)
        second = take()
        assert {item.state for item in second.items} <= {"unchanged"}
        assert written(office) == before
    finally:
        office.database.dispose()
