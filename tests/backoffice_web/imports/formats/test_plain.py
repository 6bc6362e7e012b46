# ruff: noqa: E501 - rows of the tables stay whole
from decimal import Decimal

import pytest

from backoffice_web.imports.formats.plain import MappingNeeded
from backoffice_web.imports.formats.plain_columns import guess_roles
from shared_web.errors import RuleError
from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, names, prices, read, refused, remarks


def test_a_simple_list_is_read():
    reading = read("Name,SKU,Price,Category,Barcode\nTea,T-1,3.50,Drinks > Hot,4006381333931\nCup,C-1,12,,\n")
    tea, cup = reading.products
    assert reading.format == "plain"
    assert (tea.category, tea.source_key) == (("Drinks", "Hot"), "sku:T-1/tea")
    assert prices(reading) == [Decimal("3.50"), Decimal("12.00")]
    assert cup.category == ()


@pytest.mark.parametrize(
    "text",
    [
        "Artikelname;Preis;Strichcode;Warengruppe\nKäse;1.299,50 €;4006381333931;Kühlung\nTee;3,20 €;;\n",
        "Nombre;Precio;Código de barras;Categoría\nQueso;1.299,50;4006381333931;Frío\nTé;3,20;;\n",
        "Désignation;Prix TTC;Code-barres;Rayon\nFromage;1 299,50;4006381333931;Frais\nThé;3,20;;\n",
        "nome\tprezzo\tcodice a barre\tcategoria\nFormaggio\t1299,5\t4006381333931\tFresco\nTè\t3,20\t\t\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_lists_in_other_languages_styles_and_encodings_are_read(text, encoding):
    reading = read(text.encode(encoding), GERMAN)
    assert prices(reading) == [Decimal("1299.50"), Decimal("3.20")]
    assert names(reading) == [
        text.splitlines()[1].replace("\t", ";").split(";")[0],
        text.splitlines()[2].replace("\t", ";").split(";")[0],
    ]
    assert reading.products[0].variants[0].barcodes and reading.products[0].category


def test_option_pairs_make_variants_of_one_handle_and_variable_prices_need_one():
    reading = read(
        "Handle,SKU,Name,Category,Option 1 name,Option 1 value,Option 2 name,Option 2 value,Barcode,"
        "Price [Airport],Price [Downtown],Available for sale [Downtown],Sold by weight,SKU of included item\n"
        "tea,T1,Tea,Drinks,Size,Small,Milk,Oat,,9,3.50,Y,N,\n"
        "tea,T2,,,,Large,,Oat,,9,variable,Y,N,\n"
        "nuts,N1,Nuts,,,,,,,9,12.00,N,Y,\n"
        "nuts,,,,,,,,,,,,,T1\n"
    )
    tea, nuts = reading.products
    assert [variant.options for variant in tea.variants] == [
        (("Size", "Small"), ("Milk", "Oat")),
        (("Size", "Large"), ("Milk", "Oat")),
    ]
    assert prices(reading) == [Decimal("3.50"), None, Decimal("12.00")]
    assert reading.mapping["Price [Downtown]"] == "price"
    assert nuts.row == 4
    for words in ("asked at the till", "by weight", "switched off", "composite"):
        assert any(words in remark for remark in remarks(reading))


def test_squares_item_library_groups_variations_by_name_and_keeps_taxes_and_modifier_sets():
    reading = read(
        'Token,Item Name,Variation Name,SKU,Category,GTIN,Price,Archived,"Modifier Set - 4"" x 6"" Sleeve",Tax - Moms (25%)\n'
        "T1,Print,Small,P1,Art,,5.00,N,Y,Y\nT2,Print,Large,P2,Art,,7.00,N,Y,Y\nT3,Pen,Regular,P3,Art,,1.00,N,N,N\n"
        "T4,Old,Regular,P4,Art,,1.00,Y,N,N\n"
    )
    print_, pen = reading.products
    assert [variant.source_key for variant in print_.variants] == ["id:T1", "id:T2"]
    assert [variant.options for variant in print_.variants] == [
        (("Variation", "Small"),),
        (("Variation", "Large"),),
    ]
    assert (print_.taxable, print_.tax_hint, pen.taxable) == (True, "Moms (25%)", False)
    assert [group.name for group in print_.modifier_groups] == ['4" x 6" Sleeve']
    assert pen.option_names == ()
    assert refused(reading) == {5: "The item is archived in the source."}


def test_lists_of_options_and_rows_without_a_name_continue_the_product_above():
    reading = read(
        "name  ,slug ,facets                       ,optionGroups,optionValues ,sku ,price ,taxCategory,stockOnHand\n"
        'Laptop,laptop,category:Tech|category:Computers|brand:Us,"RAM|disk"  ,"8GB|1TB"    ,L1  ,999.00,standard   ,5\n'
        '      ,      ,                             ,            ,"16GB|1TB"   ,L2  ,1199.00,standard   ,5\n'
        "      ,      ,                             ,            ,             ,    ,1199.00,standard   ,5\n"
    )
    (laptop,) = reading.products
    assert (laptop.category, laptop.option_names, laptop.tax_hint) == (
        ("Tech", "Computers"),
        ("RAM", "disk"),
        "standard",
    )
    assert [variant.options for variant in laptop.variants] == [
        (("RAM", "8GB"), ("disk", "1TB")),
        (("RAM", "16GB"), ("disk", "1TB")),
    ]
    assert refused(reading) == {4: "The item has no name."}


def test_a_column_per_option_is_an_option_of_its_name():
    reading = read(
        "Product,Size,Colour,Price\nTee,S,Red,10\nTee,M,Red,11\nTee,M,red,12\nCap,,Blue,5\nMug,,,4\n"
    )
    tee, cap, mug = reading.products
    assert (tee.option_names, cap.option_names, mug.option_names) == (("Size", "Colour"), ("Colour",), ())
    assert len(tee.variants) == 2
    assert refused(reading) == {4: "Row 3 already has this item with the same options."}


def test_a_persons_mapping_wins_over_the_guess():
    text = "A,B,C\nTea,3.50,9.99\n"
    with pytest.raises(MappingNeeded, match="name"):
        read(text)
    reading = read(text, mapping={"A": "name", "C": "price"})
    assert prices(reading) == [Decimal("9.99")]
    assert reading.mapping == {"A": "name", "B": "ignore", "C": "price"}
    with pytest.raises(RuleError, match="same meaning"):
        read(text, mapping={"A": "name", "B": "price", "C": "price"})


def test_a_list_of_people_is_not_taken_for_a_catalog():
    with pytest.raises(MappingNeeded, match="price"):
        read("Name,E-mail\nAda,ada@example.com\n")


def test_a_list_without_prices_needs_them_all():
    reading = read("Name,SKU\nTea,T\n")
    assert prices(reading) == [None]
    assert remarks(reading) == ["The file has no price column: every item comes in as “Needs price”."]


def test_a_currency_column_is_checked_row_by_row():
    reading = read("Name,Price,Currency\nTea,1,USD\nCup,2,EUR\n")
    assert (names(reading), reading.currency) == (["Tea"], "USD")
    assert refused(reading) == {3: "The price is in EUR, but the store sells in USD."}


def test_a_code_that_excel_rounded_is_refused_and_an_invalid_one_dropped():
    reading = read("Name,Price,EAN13,UPC\nTea,1,4.00638E+12,\nCup,2,5901234123458,036000291452\nPen,1,,\n")
    assert names(reading) == ["Cup", "Pen"]
    assert "spreadsheet" in refused(reading)[2]
    assert [barcode.printed for barcode in reading.variants[0].barcodes] == ["036000291452"]
    assert any("check digit" in remark for remark in remarks(reading))


def test_repeats_of_a_whole_row_are_refused_and_of_a_sku_alone_noted():
    reading = read("Name,SKU,Price\nTea,T,1\nTea,T,2\nCup,T,3\nPot,,4\nPot,,5\n")
    assert [(variant.sku, variant.price) for variant in reading.variants] == [("T", 1), (None, 3), (None, 4)]
    assert refused(reading).keys() == {3, 6}


def test_a_long_name_is_shortened_with_a_notice():
    reading = read(f"Name,Price\n{'x' * 300},1\n")
    assert len(names(reading)[0]) == 200
    assert any("shortened" in remark for remark in remarks(reading))


def test_cost_and_wholesale_prices_are_never_the_price():
    roles = guess_roles(
        ["Item Name", "Cost Price", "Wholesale price", "Unit Price", "Default Unit Cost"], AMERICAN
    )
    assert roles == {
        "Item Name": "name",
        "Cost Price": "ignore",
        "Wholesale price": "ignore",
        "Unit Price": "price",
        "Default Unit Cost": "ignore",
    }


def test_a_file_of_a_header_alone_is_refused():
    with pytest.raises(RuleError, match="no items"):
        read("Name,Price\n")


def test_a_nameless_row_without_options_is_refused_and_never_prices_the_product_above():
    reading = read("Name;Price;SKU\nFlat white;abc;FW\n;4,00;X\nTea;2,00;T\n")
    assert names(reading) == ["Tea"]
    assert refused(reading) == {2: "This is not a price.", 3: "The item has no name."}
