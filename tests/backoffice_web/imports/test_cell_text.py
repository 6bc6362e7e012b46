from hypothesis import given
from hypothesis import strategies as st

from backoffice_web.imports.cell_text import clean, code_text, shortened, stable_key, without_html, yes_or_no


def test_names_lose_controls_and_outer_space_and_keep_their_letters():
    assert clean("  Caf\u0065\u0301 \t au\nlait\x07 ") == "Café au lait"
    assert clean("abc\u202edef\ufeff") == "abcdef"
    assert clean("👩‍🍳 می‌خواهم") == "👩‍🍳 می‌خواهم"


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text)) == clean(text)


def test_html_becomes_words():
    assert without_html("<p>Soft<br>wool</p><ul><li>warm &amp; light</li></ul>") == "Soft wool warm & light"
    assert without_html("<script>alert(1)</script>Tea<style>p{}") == "Tea"
    assert without_html("a < b and c > d") == "a < b and c > d"


@given(st.text())
def test_any_html_becomes_words(text):
    assert "\n" not in without_html(text)


def test_long_names_end_in_an_ellipsis():
    assert shortened("a" * 300) == "a" * 199 + "…"
    assert shortened("a" * 200) == "a" * 200


def test_keys_fit_their_column_and_stay_apart():
    long = "x" * 500
    assert len(stable_key(long + "1")) <= 200
    assert stable_key(long + "1") != stable_key(long + "2")
    assert stable_key("id:7") == "id:7"


def test_codes_lose_what_spreadsheets_wrap_around_them():
    assert code_text('="00123"') == "00123"
    assert code_text("'00123") == "00123"


def test_yes_and_no_are_known_in_several_languages():
    assert [yes_or_no(word) for word in ("Y", "TRUE", "oui", "1")] == [True] * 4
    assert [yes_or_no(word) for word in ("n", "false", "nein", "0")] == [False] * 4
    assert [yes_or_no(word) for word in ("", "perhaps")] == [None] * 2
