"""What an import would do: what is the same product, what changes, what is refused and why."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.draft import (
    CategoryDraft,
    ItemDraft,
    ModifierDraft,
    ModifierGroupDraft,
    TaxClassDraft,
    VariantDraft,
    draft_of_category,
)
from backoffice_web.catalog.item import Item
from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.catalog.save_category import save_category
from backoffice_web.catalog.save_item import save_item
from backoffice_web.catalog.save_modifier_group import save_modifier_group
from backoffice_web.catalog.save_tax import save_tax_class
from backoffice_web.catalog.tax import TaxClass
from tests.backoffice_web.builders import (
    AIRPORT,
    DOWNTOWN,
    NOON,
    Office,
    add_category,
    add_item,
    add_tax,
    price_list_of,
)
from tests.backoffice_web.imports.importing import (
    edit,
    fields,
    item_id,
    plan_of,
    reasons,
    remarks,
    saved_items,
    states,
    take_in,
)
from tests.backoffice_web.imports.sample_catalogs import (
    FACTS,
    PLAIN,
    SHOPIFY,
    SQUARE,
    WOOCOMMERCE,
    WOOCOMMERCE_BY_SKU,
)

GTIN = "4006381333931"


def shopify(*rows):
    header = "Handle,Title,Type,Option1 Name,Option1 Value,SKU,Variant Barcode,Variant Price,Variant Taxable"
    return "\n".join((header, *rows)) + "\n"


def usd(office):
    with office.read() as session:
        return price_list_of(session, DOWNTOWN)


def save_draft(office, draft):
    with office.write() as session:
        return save_item(session, draft, by="Olivia Owner", now=NOON).id


def test_everything_is_new_to_an_empty_catalog_and_planning_writes_nothing(office):
    made = plan_of(office, SHOPIFY)
    assert states(made) == {"Linen shirt": "new", "Canvas tote": "new", "Gift wrap": "new"}
    assert not saved_items(office)
    assert made.fingerprint == plan_of(office, SHOPIFY).fingerprint


def test_the_same_file_again_is_unchanged(office):
    take_in(office, SHOPIFY)
    assert set(states(plan_of(office, SHOPIFY)).values()) == {"unchanged"}


def test_a_changed_price_says_from_what_to_what(office):
    take_in(office, SHOPIFY)
    made = plan_of(office, SHOPIFY.replace("45.50", "48.00"))
    assert states(made) == {"Linen shirt": "changed", "Canvas tote": "unchanged", "Gift wrap": "unchanged"}
    assert fields(made, "Linen shirt") == {"L: Price (USD)": ("$45.50", "$48.00")}


def test_variants_are_options_of_one_item_and_new_ones_come_after_the_saved(office):
    take_in(office, SHOPIFY)
    assert [one.name for one in saved_items(office)["Linen shirt"].variants] == ["S", "M", "L"]
    more = SHOPIFY.replace("linen-shirt,,,,,M,", "linen-shirt,,,,,XL,LS-XL,,49.00,true,\nlinen-shirt,,,,,M,")
    made = take_in(office, more)
    assert fields(made, "Linen shirt")["Variants"] == ("S, M, L", "S, M, L, XL")
    assert [one.name for one in saved_items(office)["Linen shirt"].variants] == ["S", "M", "L", "XL"]


def test_what_a_person_changed_and_the_file_does_not_carry_stays(office):
    take_in(office, SHOPIFY)

    def decorate(draft):
        first, *others = draft.variants
        first = replace(first, store_prices={DOWNTOWN: 3999})
        extra = VariantDraft(name="XXL", prices={usd(office): 5500})
        return replace(
            draft, tone="fresh", position=7, is_favourite=True, variants=(first, *others, extra), sold_in={}
        )

    edit(office, "Linen shirt", decorate)
    before = saved_items(office)["Linen shirt"]
    assert set(states(take_in(office, SHOPIFY)).values()) == {"unchanged"}
    assert saved_items(office)["Linen shirt"] == before


def test_a_file_without_a_column_leaves_its_field_alone(office):
    take_in(office, SHOPIFY)
    bare = "Handle,Title,Option1 Name,Option1 Value,Variant Price\ncanvas-tote,Canvas tote,,,13.00\n"
    made = take_in(office, bare)
    assert fields(made, "Canvas tote") == {"Price (USD)": ("$12.90", "$13.00")}
    tote = saved_items(office)["Canvas tote"]
    assert tote.variants[0].sku == "TOTE"
    assert tote.variants[0].barcodes[0].code == "036000291452"
    assert tote.category_id


def test_a_product_without_id_in_common_is_known_by_its_barcode_however_padded(office):
    take_in(office, SHOPIFY)
    made = plan_of(office, FACTS.replace(f"{GTIN}\tOat biscuits", "4006381333932\tOat biscuits"))
    assert states(made) == {"Oat biscuits": "new", "Roast nuts": "changed"}
    assert fields(made, "Roast nuts")["Name"] == ("Canvas tote", "Roast nuts")


def test_an_item_known_by_barcode_is_known_by_its_source_from_then_on(office):
    with office.write() as session:
        add_category(session)
        add_item(session, key="biscuits", name="Biscuits", barcodes=[GTIN])
    take_in(office, FACTS)
    edit(
        office,
        "Oat biscuits",
        lambda draft: replace(draft, variants=(replace(draft.variants[0], barcodes=()),)),
    )
    assert states(plan_of(office, FACTS))["Oat biscuits"] == "changed"


def test_a_plain_list_knows_its_items_by_sku_and_other_systems_do_not(office):
    take_in(office, SHOPIFY)
    made = plan_of(office, "Name;Price;SKU\nTote bag;14,00;TOTE\n")
    assert states(made) == {"Tote bag": "changed"}
    assert fields(made, "Tote bag") == {
        "Name": ("Canvas tote", "Tote bag"),
        "Price (USD)": ("$12.90", "$14.00"),
    }
    foreign = shopify("other-bag,Other bag,,,,TOTE,,9.00,true")
    assert reasons(plan_of(office, foreign)) == {2: "The SKU belongs to another item, “Canvas tote”."}


def test_a_barcode_of_another_item_is_refused_with_its_row(office):
    take_in(office, SHOPIFY)
    made = plan_of(
        office, SHOPIFY.replace("LS-M,,", "LS-M,036000291452,").replace("TOTE,036000291452", "TOTE,")
    )
    assert reasons(made) == {3: "The barcode belongs to another item, “Canvas tote”."}
    assert "Linen shirt" not in states(made)


def test_two_products_of_a_file_are_never_one_item(office):
    take_in(office, SHOPIFY)
    twice = shopify(
        "canvas-tote,Canvas tote,,,,,,12.90,true", "tote-bag,Tote bag,,,,,036000291452,12.90,true"
    )
    made = plan_of(office, twice)
    assert reasons(made) == {3: "Row 2 is the same item here, “Canvas tote”."}


def test_codes_of_several_items_are_no_one_of_them(office):
    take_in(office, SHOPIFY)
    both = shopify(
        f"mix,Mix,,Size,A,,{GTIN},1.00,true",
        "mix,,,,B,,036000291452,1.00,true",
    )
    assert reasons(plan_of(office, both)) == {
        2: "Its codes belong to several items: “Linen shirt”, “Canvas tote”."
    }


def test_codes_move_between_the_variants_of_one_item(office):
    take_in(office, SHOPIFY)
    swapped = SHOPIFY.replace("S,LS-S,4006381333931", "S,LS-M,").replace("M,LS-M,,", f"M,LS-S,{GTIN},", 1)
    swapped = swapped.replace("linen-shirt,,,,,M,LS-M,,", f"linen-shirt,,,,,M,LS-S,{GTIN},")
    take_in(office, swapped)
    small, medium, _large = saved_items(office)["Linen shirt"].variants
    assert (small.sku, small.barcodes) == ("LS-M", ())
    assert (medium.sku, [one.code for one in medium.barcodes]) == ("LS-S", [GTIN])


def test_woocommerce_exports_with_and_without_ids_are_the_same_products(office):
    take_in(office, WOOCOMMERCE)
    assert set(states(plan_of(office, WOOCOMMERCE_BY_SKU)).values()) == {"unchanged"}
    take_in(office, WOOCOMMERCE_BY_SKU)
    assert len(saved_items(office)) == 2


def test_woocommerce_products_imported_by_sku_are_known_by_id_later(office):
    take_in(office, WOOCOMMERCE_BY_SKU)
    assert set(states(take_in(office, WOOCOMMERCE)).values()) == {"unchanged"}
    assert len(saved_items(office)) == 2


def test_a_product_that_got_variants_keeps_its_one_as_the_first(office):
    take_in(office, shopify("tee,Tee,,Title,Default Title,TEE,,20.00,true"))
    before = saved_items(office)["Tee"].variants[0].id
    take_in(office, shopify("tee,Tee,,Size,S,,,20.00,true", "tee,,,,M,,,21.00,true"))
    variants = saved_items(office)["Tee"].variants
    assert [one.name for one in variants] == ["S", "M"]
    assert variants[0].id == before


def test_a_product_that_lost_its_variants_is_refused(office):
    take_in(office, SHOPIFY)
    made = plan_of(office, shopify("linen-shirt,Linen shirt,,,,,,20.00,true"))
    assert reasons(made) == {2: "The file says nothing of variants, but here it has “S”, “M”, “L”."}


def test_categories_are_found_whatever_their_case_and_made_where_missing(office):
    with office.write() as session:
        save_category(session, CategoryDraft(name="SHIRTS"), by="x", now=NOON)
    made = take_in(office, SHOPIFY)
    assert [draft.name for _key, draft in made.categories.values()] == ["Bags"]
    with office.read() as session:
        assert set(session.scalars(select(Category.name))) == {"SHIRTS", "Bags"}


def test_a_category_path_is_called_by_its_last_name_or_two_where_that_is_ambiguous(office):
    header = "Name,Price,Category\n"
    take_in(office, header + "A,1.00,Clothing > Hoodies\n")
    take_in(office, header + "B,1.00,Men > Shirts\nC,1.00,Women > Shirts\n")
    again = take_in(office, header + "D,1.00,Men > Shirts\nE,1.00,Boys > Shirts\nF,1.00,Women > Shirts\n")
    assert [draft.name for _key, draft in again.categories.values()] == ["Boys > Shirts"]
    assert not plan_of(office, header + "G,1.00,Women > Shirts\n").categories
    with office.read() as session:
        names = set(session.scalars(select(Category.name)))
    assert names == {"Hoodies", "Men > Shirts", "Women > Shirts", "Boys > Shirts"}


def test_an_archived_category_comes_back_with_its_first_product(office):
    with office.write() as session:
        row = save_category(session, CategoryDraft(name="Bags"), by="x", now=NOON)
        save_category(
            session, replace(draft_of_category(row), is_archived=True), category_id=row.id, by="x", now=NOON
        )
    take_in(office, SHOPIFY)
    with office.read() as session:
        assert [
            row.is_archived for row in session.scalars(select(Category).where(Category.name == "Bags"))
        ] == [False]


def test_an_archived_item_stays_archived_and_a_notice_says_so(office):
    take_in(office, SHOPIFY)
    edit(office, "Canvas tote", lambda draft: replace(draft, is_archived=True))
    made = take_in(office, SHOPIFY)
    assert states(made)["Canvas tote"] == "unchanged"
    assert "This item is archived here and stays so." in remarks(made)
    assert "Canvas tote" not in saved_items(office)


def test_not_taxable_products_get_a_class_without_taxes_made_once(office):
    with office.write() as session:
        add_tax(session)
    take_in(office, SHOPIFY)
    take_in(office, shopify("poster,Poster,,,,,,5.00,false"))
    items = saved_items(office)
    with office.read() as session:
        (made,) = session.scalars(select(TaxClass).where(TaxClass.name == "Not taxed")).all()
    assert items["Gift wrap"].tax_class_id == items["Poster"].tax_class_id == made.id
    assert items["Linen shirt"].tax_class_id == "standard"


def test_what_became_taxable_goes_back_to_the_default_class_and_others_stay(office):
    with office.write() as session:
        add_tax(session)
        food = save_tax_class(session, TaxClassDraft(name="Food"), by="x", now=NOON).id
    take_in(office, SHOPIFY)
    edit(office, "Canvas tote", lambda draft: replace(draft, tax_class_id=food))
    taxed = SHOPIFY.replace("0.00,false", "0.00,true")
    made = take_in(office, taxed)
    assert fields(made, "Gift wrap") == {"Tax class": ("Not taxed", "Standard")}
    assert saved_items(office)["Canvas tote"].tax_class_id == food


def test_a_tax_that_is_called_like_a_class_chooses_it(office):
    with office.write() as session:
        reduced = save_tax_class(session, TaxClassDraft(name="Reduced rate"), by="x", now=NOON).id
    made = take_in(office, "Name,Price,Tax class\nBread,2.00,reduced-rate\nCake,3.00,luxury\n")
    assert saved_items(office)["Bread"].tax_class_id == reduced
    assert saved_items(office)["Cake"].tax_class_id == "standard"
    assert [notice.value for notice in made.notices if "tax class" in notice.remark] == ["luxury"]


def test_modifier_groups_are_made_with_their_prices_and_linked(office):
    made = take_in(office, SQUARE)
    assert [draft.name for _key, draft in made.groups.values()] == ["Milk"]
    with office.read() as session:
        group = session.scalars(select(ModifierGroup)).one()
        prices = {one.name: [price.price_cents for price in one.prices] for one in group.modifiers}
        assert (group.minimum, group.maximum, prices) == (0, 1, {"Oat": [60], "Whole": [0]})
    assert saved_items(office)["Latte"].modifier_groups == (group.id,)
    assert not plan_of(office, SQUARE).groups


def test_a_group_that_exists_gets_prices_and_keeps_its_limits(office):
    listed = usd(office)
    with office.write() as session:
        modifiers = (
            ModifierDraft(name="oat", prices={listed: 50}),
            ModifierDraft(name="Soy", prices={listed: 40}),
        )
        draft = ModifierGroupDraft(name="MILK", minimum=1, maximum=2, modifiers=modifiers)
        save_modifier_group(session, draft, by="x", now=NOON)
    take_in(office, SQUARE)
    with office.read() as session:
        group = session.scalars(select(ModifierGroup)).one()
        prices = {one.name: [price.price_cents for price in one.prices] for one in group.modifiers}
    assert (group.name, group.minimum, group.maximum) == ("MILK", 1, 2)
    assert prices == {"oat": [60], "Soy": [40], "Whole": [0]}


def test_a_group_that_is_only_named_is_linked_where_it_exists(office):
    text = "Name,Price,Modifier Set - Milk\nLatte,4.00,Y\n"
    assert "There is no modifier group of this name here, so it was not linked." in remarks(
        plan_of(office, text)
    )
    take_in(office, SQUARE)
    take_in(office, text.replace("Latte", "Mocha"))
    assert saved_items(office)["Mocha"].modifier_groups == saved_items(office)["Latte"].modifier_groups


def test_prices_go_into_the_stores_price_list_and_new_items_are_sold_there_alone(office):
    take_in(office, SHOPIFY)
    tote = saved_items(office)["Canvas tote"]
    assert tote.variants[0].prices == {usd(office): 1290}
    assert (tote.is_sold_everywhere, tote.sold_in) == (False, {DOWNTOWN: True})


def test_the_only_store_sells_everything_everywhere(tmp_path):
    office = Office(tmp_path, stores=[DOWNTOWN])
    take_in(office, SHOPIFY)
    assert saved_items(office)["Canvas tote"].is_sold_everywhere
    office.database.dispose()


def test_the_same_file_for_a_second_store_adds_its_prices_and_its_assortment(office):
    take_in(office, SHOPIFY)
    made = take_in(office, SHOPIFY, store_id=AIRPORT)
    assert set(states(made).values()) == {"changed"}
    assert fields(made, "Canvas tote") == {
        "Sold in": ("Downtown", "Airport, Downtown"),
        "Price (EUR)": ("", "€12.90"),
    }
    assert set(states(plan_of(office, SHOPIFY, store_id=AIRPORT)).values()) == {"unchanged"}
    assert set(states(plan_of(office, SHOPIFY)).values()) == {"unchanged"}


def test_what_somebody_took_off_sale_is_not_put_back_by_the_next_import(office):
    take_in(office, SHOPIFY)
    edit(office, "Canvas tote", lambda draft: replace(draft, sold_in={}))
    assert set(states(take_in(office, SHOPIFY)).values()) == {"unchanged"}
    assert saved_items(office)["Canvas tote"].sold_in == {}


def test_another_currency_than_the_stores_is_refused(office):
    made = plan_of(office, SQUARE, store_id=AIRPORT)
    assert not made.items
    assert set(reasons(made).values()) == {"The price is in USD, but the store sells in EUR."}
    assert not made.categories
    assert not made.groups


@pytest.mark.parametrize(("currency", "count"), [("USD", 1), ("EUR", 0), ("usd", 1)])
def test_a_currency_column_is_compared_row_by_row(office, currency, count):
    made = plan_of(office, f"Name,Price,Currency\nTea,2.00,{currency}\n")
    assert len(made.items) == count
    assert len(made.refusals) == 1 - count


def test_a_missing_price_is_no_change_of_a_price_that_is_there(office):
    take_in(office, SHOPIFY)
    made = take_in(office, SHOPIFY.replace("12.90", ""))
    assert states(made)["Canvas tote"] == "unchanged"
    assert saved_items(office)["Canvas tote"].variants[0].prices == {usd(office): 1290}


def test_a_store_price_that_wins_is_pointed_out(office):
    take_in(office, SHOPIFY)
    edit(
        office,
        "Canvas tote",
        lambda draft: replace(draft, variants=(replace(draft.variants[0], store_prices={DOWNTOWN: 999}),)),
    )
    made = plan_of(office, SHOPIFY.replace("12.90", "13.90"))
    assert "The store's own price of this item stays, and wins over the imported one." in remarks(made)


def test_an_item_of_the_same_name_is_pointed_out(office):
    save_draft(office, ItemDraft(name="Canvas tote", variants=(VariantDraft(),)))
    made = plan_of(office, SHOPIFY)
    assert states(made)["Canvas tote"] == "new"
    assert "Another item has this name already; this one comes in beside it." in remarks(made)


def test_stock_and_descriptions_are_said_to_be_left_out(office):
    said = remarks(plan_of(office, SHOPIFY))
    assert "Stock levels are not imported." in said
    assert "Descriptions were left out: tills do not show them." in said


def test_another_fingerprint_tells_of_every_change_that_would_be_written(office):
    first = plan_of(office, SHOPIFY).fingerprint
    assert plan_of(office, SHOPIFY.replace("12.90", "12.91")).fingerprint != first
    with office.write() as session:
        save_category(session, CategoryDraft(name="Bags"), by="x", now=NOON)
    assert plan_of(office, SHOPIFY).fingerprint != first


def test_a_plain_file_by_name_is_known_again(office):
    take_in(office, PLAIN)
    assert set(states(plan_of(office, PLAIN)).values()) == {"unchanged"}
    assert item_id(office, "Espresso")
    with office.read() as session:
        assert {row.source for row in session.scalars(select(Item))} == {"plain"}
