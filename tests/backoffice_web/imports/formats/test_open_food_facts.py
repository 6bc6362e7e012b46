# ruff: noqa: E501 - rows of the tables stay whole
from backoffice_web.imports.product import StoreFacts
from tests.backoffice_web.imports.reading_files import AMERICAN, GERMAN, names, read, refused

HEADER = "code\tlc\tproduct_name_de\tproduct_name_en\tproduct_name_fr\tgeneric_name_en\tquantity\tbrands\tcategories_tags\tobsolete"


def rows(*lines):
    return "\n".join([HEADER, *("\t".join(line) for line in lines)]) + "\n"


JAM = (
    "4006381333931",
    "fr",
    "",
    "Apricot jam",
    "Confiture",
    "",
    "370 g",
    "Ours",
    "en:sweet-spreads,en:jams",
    "0",
)
TEA = ("036000291452", "fr", "", "", "Thé vert", "Green tea", "", "", "fr:thes", "1")
NOBODY = ("0000096385074", "fr", "", "", " ", "", "", "", "", "0")
ONLY_KIND = ("23456", "en", "", "", "", "Chocolate spread", "", "", "", "0")


def test_names_are_chosen_by_the_stores_language_then_the_products_own():
    assert names(read(rows(JAM, TEA, ONLY_KIND))) == ["Apricot jam", "Thé vert", "Chocolate spread"]
    french = StoreFacts(currency="EUR", locale="fr_FR")
    assert names(read(rows(JAM, TEA), french)) == ["Confiture", "Thé vert"]
    assert names(read(rows(JAM), GERMAN)) == ["Confiture"]


def test_products_come_without_prices_and_with_comparable_codes():
    reading = read(rows(JAM, TEA, ONLY_KIND))
    jam, tea, spread = reading.products
    assert reading.format == "open_food_facts"
    assert [variant.price for variant in reading.variants] == [None] * 3
    assert (jam.category, jam.description) == (("Sweet spreads",), "Ours · 370 g")
    assert tea.variants[0].barcodes[0].key == "00036000291452"
    assert spread.variants[0].barcodes[0].printed == "23456"
    assert any("Needs price" in notice.remark for notice in reading.notices)
    assert any("obsolete" in notice.remark for notice in reading.notices)


def test_nameless_and_damaged_rows_are_refused():
    damaged = ("4.00638E+12", *JAM[1:])
    reading = read(rows(NOBODY, damaged, ("", *JAM[1:]), JAM, JAM), AMERICAN)
    assert names(reading) == ["Apricot jam"]
    assert refused(reading).keys() == {2, 3, 4, 6}
    assert "spreadsheet" in refused(reading)[3]
    assert "row 5" in refused(reading)[6]
