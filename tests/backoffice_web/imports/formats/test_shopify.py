# ruff: noqa: E501 - rows of the tables stay whole
from decimal import Decimal

from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, names, prices, read, refused, remarks

OLD = (
    "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Variant SKU,Variant Inventory Qty,Variant Price,Variant Taxable,Variant Barcode,Image Src,Gift Card,Status\r\n"
)


def rows(*lines):
    return OLD + "".join(line + "\r\n" for line in lines)


def test_continuation_rows_add_variants_and_picture_rows_add_nothing():
    reading = read(
        rows(
            "apron,Linen apron,<p>Soft &amp; strong</p>,Us,Kitchen,true,Size,Small,Color,Blue,A-S,4,24.50,true,,a.jpg,false,active",
            "apron,,,,,,,Large,,Blue,A-L,2,26.50,true,,,,",
            "apron,,,,,,,,,,,,,,,b.jpg,,",
            "mug,Mug,,Us,Kitchen,true,Title,Default Title,,,M-1,9,8,false,'4006381333931,,false,active",
        )
    )
    apron, mug = reading.products
    assert (reading.format, apron.option_names, mug.option_names) == ("shopify", ("Size", "Color"), ())
    assert [variant.options for variant in apron.variants] == [
        (("Size", "Small"), ("Color", "Blue")),
        (("Size", "Large"), ("Color", "Blue")),
    ]
    assert prices(reading) == [Decimal("24.50"), Decimal("26.50"), Decimal("8.00")]
    assert (apron.description, apron.category, apron.taxable) == ("Soft & strong", ("Kitchen",), True)
    assert (mug.taxable, mug.variants[0].barcodes[0].gtin14, mug.variants[0].stock) == (
        False,
        "04006381333931",
        9,
    )
    assert [variant.row for variant in reading.variants] == [2, 3, 5]
    assert not reading.refusals


def test_new_column_names_are_known():
    reading = read(
        "Title,URL handle,Description,Product category,Type,Published on online store,Status,SKU,Barcode,"
        "Option1 name,Option1 value,Price,Inventory quantity\n"
        "Mug,mug,Blue,Home > Kitchen > Mugs,,TRUE,Active,M-1,,Title,Default Title,8.00,3\n"
    )
    assert (reading.format, names(reading)) == ("shopify", ["Mug"])
    assert reading.products[0].category == ("Home", "Kitchen", "Mugs")


def test_rows_that_cannot_be_sold_are_refused_with_their_row():
    reading = read(
        rows(
            "card,Gift card,,Us,,true,Title,Default Title,,,,,10,false,,,true,active",
            "old,Old mug,,Us,,true,Title,Default Title,,,,,10,true,,,false,archived",
            ",Nameless,,Us,,true,Title,Default Title,,,,,10,true,,,false,active",
            "lost,,,,,,,Large,,,,,10,true,,,,",
            "cap,Cap,,Us,,true,Size,S,,,,,10,true,,,false,active",
            "cap,,,,,,,S,,,,,11,true,,,,",
            "cap,,,,,,,,,,C-9,,12,true,,,,",
            "bad,Bad price,,Us,,true,Title,Default Title,,,,,abc,true,,,false,active",
        )
    )
    assert names(reading) == ["Cap"]
    assert {row: reason.split(".")[0] for row, reason in refused(reading).items()} == {
        2: "Gift cards are not sold as items",
        3: "The item is archived in Shopify",
        4: "The row has no handle",
        5: "The item has no name",
        7: "Row 6 already has this item with the same options",
        8: "The row gives no value for the option Size",
        9: "This is not a price",
    }


def test_a_missing_price_needs_one_and_a_draft_is_remarked_on():
    reading = read(rows("cap,Cap,,Us,,false,Title,Default Title,,,,,,true,,,false,draft"))
    assert prices(reading) == [None]
    assert any("Needs price" in remark for remark in remarks(reading))
    assert any("not published" in remark for remark in remarks(reading))


def test_reading_twice_gives_the_same_for_every_store_of_the_currency():
    text = rows("cap,Cap,,Us,,true,Title,Default Title,,,,,12.50,true,,,false,active")
    assert read(text, AMERICAN) == read(text, AMERICAN)
    assert prices(read(text, GERMAN)) == [Decimal("12.50")]


def test_a_repeated_barcode_stays_with_the_first_under_any_padding():
    reading = read(
        rows(
            "a,A,,Us,,true,Title,Default Title,,,S,,1,true,036000291452,,false,active",
            "b,B,,Us,,true,Title,Default Title,,,S,,1,true,0036000291452,,false,active",
        )
    )
    first, second = reading.variants
    assert first.barcodes and first.sku == "S"
    assert not second.barcodes and second.sku is None
    assert [notice.row for notice in reading.notices] == [3, 3]
