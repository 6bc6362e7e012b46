# ruff: noqa: E501 - rows of the tables stay whole
from decimal import Decimal

from tests.backoffice_web.imports.reading_files import names, prices, read, refused, remarks

HEADER = (
    "\ufeffID,Type,SKU,Name,Published,Short description,Tax status,Tax class,Stock,Sale price,Regular price,"
    '"GTIN, UPC, EAN, or ISBN",Categories,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)\n'
)


def rows(*lines):
    return HEADER + "".join(line + "\n" for line in lines)


def test_variations_join_their_parent_by_sku_or_id_wherever_they_stand():
    reading = read(
        rows(
            "11,variation,tee-s,Tee - S,1,,taxable,parent,,,19.00,,,tee,Size,S,Color,",
            '10,variable,tee,Tee &amp; top,1,Soft,taxable,reduced-rate,,,,,"Wear > Tees, New",,Size,"S, M",Color,"Red, Blue"',
            "12,variation,tee-m,Tee - M,1,,taxable,parent,,,21.00,,,id:10,Size,M,Color,Blue",
            "20,simple,cap,Cap,1,,none,,4,9,12,4006381333931,Wear,,,,,",
        )
    )
    tee, cap = reading.products
    assert (reading.format, tee.name, tee.category) == ("woocommerce", "Tee & top", ("Wear", "Tees"))
    assert [variant.options for variant in tee.variants] == [
        (("Size", "S"), ("Color", "Any")),
        (("Size", "M"), ("Color", "Blue")),
    ]
    assert prices(reading) == [Decimal(19), Decimal(21), Decimal(12)]
    assert (tee.source_key, tee.also_known_as, tee.tax_hint) == ("id:10", ("sku:tee",), "reduced-rate")
    assert (cap.taxable, cap.variants[0].barcodes[0].printed) == (False, "4006381333931")
    assert any("on sale for 9" in remark for remark in remarks(reading))
    assert any("2 categories" in remark for remark in remarks(reading))


def test_what_is_not_sold_over_a_counter_is_refused():
    reading = read(
        rows(
            '1,"simple, virtual",v,Voucher,1,,taxable,,,,5,,,,,,,',
            "2,grouped,g,Set,1,,taxable,,,,,,,,,,,",
            "3,external,e,Poster,1,,taxable,,,,5,,,,,,,",
            "4,subscription,s,Box,1,,taxable,,,,5,,,,,,,",
            "5,variable,p,Empty,1,,taxable,,,,,,,,,,,",
            "6,variation,q,Orphan,1,,taxable,,,,5,,,nobody,Size,S,,",
            "7,simple,t,Tea,1,,taxable,,,,5,,,,,,,",
        )
    )
    assert names(reading) == ["Tea"]
    assert sorted(refused(reading)) == [2, 3, 4, 5, 6, 7]
    assert "not in the file" in refused(reading)[7]


def test_a_nameless_parent_takes_its_variations_along():
    reading = read(
        rows(
            "1,variable,p,,1,,taxable,,,,,,,,Size,S,,",
            "2,variation,q,X,1,,taxable,,,,5,,,p,Size,S,,",
            "3,simple,t,Tea,1,,taxable,,,,5,,,,,,,",
        )
    )
    assert sorted(refused(reading)) == [2, 3]


def test_exports_without_ids_are_known_by_sku():
    reading = read(rows(",simple,t,Tea,0,,taxable,,,,5,,,,,,,"))
    assert reading.products[0].source_key == "sku:t"
    assert any("not published" in remark for remark in remarks(reading))
