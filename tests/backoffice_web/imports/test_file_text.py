import pytest

from backoffice_web.imports import file_text
from backoffice_web.imports.file_text import decode
from shared_web.errors import RuleError

FRENCH = "nom;prix\nCrème brûlée – «maison»;4,50\nCafé;2,20\nÀ l’œuf;3,10\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"]
)
def test_western_text_is_read_in_every_usual_encoding(encoding):
    assert decode(FRENCH.encode(encoding)).text == FRENCH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Preis\nKäse „alt“;3,20\nGrößere Müslischüssel;9,90\n", "mac_roman"),
        ("Name,Price\nJalapeño poppers,5\n", "mac_roman"),
        ("NOM;PRIX\nCRÈME BRÛLÉE;5\nCAFÉ;4\n", "mac_roman"),
        ("Name,Price\nChef’s burger,5\n", "cp1252"),
        ("Name,Price\nTea ½ kg ®,5 €\n", "cp1252"),
        ("nazwa;cena\nżółty ser;5\nŁosoś wędzony;6\nPączki z różą;2\n", "cp1250"),
        ("имя;цена\nХлеб ржаной;5\nМолоко топлёное;6\n", "cp1251"),
        ("名前,価格\nおにぎり,120\n緑茶,150\n", "shift_jis"),
        ("имя;цена\nХлеб;5\n", "utf-16-le"),
    ],
)
def test_old_encodings_are_told_apart(text, encoding):
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\0\0\0\0", "empty"),
        (b"name,price\nTea\0,1\n", "text file"),
        (bytes(range(256)), "text file"),
        (b"\xff\xfen\x00a", "text file|damaged|read"),
        (b"\xef\xbb\xbfname\xff", "damaged"),
        (b"%PDF-1.7\nabc", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "xls"),
        (b"\x1f\x8b\x08\x00", "packed"),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(content, word):
    if content.startswith(b"\xff\xfe"):
        content += b"\xd8"
    with pytest.raises(RuleError, match=word):
        decode(content)


def test_a_stray_control_character_does_not_spoil_a_file():
    text = "name,price\n" + "Tea,1.00\n" * 30 + "Cof\x07fee,2.00\n"
    assert decode(text.encode()).text == text


def test_an_oversized_file_is_refused(monkeypatch):
    monkeypatch.setattr(file_text, "LIMIT_BYTES", 1 << 20)
    with pytest.raises(RuleError, match="larger than 1 MB"):
        decode(b"a" * ((1 << 20) + 1))
