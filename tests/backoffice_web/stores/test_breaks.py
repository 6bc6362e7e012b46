"""The breaks of a store as people type them."""

import pytest

from backoffice_web.stores.breaks import breaks_text, read_breaks
from shared_web.errors import RuleError
from sync_contract.records import USUAL_BREAKS, BreakType


def test_what_is_kept_is_read_again():
    assert read_breaks(breaks_text()) == USUAL_BREAKS


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ("", ()),
        ("\n \n", ()),
        ("Smoke,5,UNPAID", (BreakType(name="Smoke", minutes=5),)),
        ("  Rest Break ,  15 , Paid ", (BreakType(name="Rest Break", minutes=15, is_paid=True),)),
    ],
)
def test_spaces_and_case_do_not_matter(text, breaks):
    assert read_breaks(text) == breaks


@pytest.mark.parametrize(
    "text",
    [
        "Rest", "Rest, 15", "Rest, 15, perhaps", "Rest, 0, paid", "Rest, 241, paid", ", 15, paid",
        f"{'x' * 41}, 15, paid", "Rest, -5, paid", "Rest, ١٥, paid", "A\x07B, 5, paid",
        "Rest, 15, paid, more",
        "\n".join(f"Break {number}, 5, paid" for number in range(9)), "Rest, 5, paid\nREST, 6, paid",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(RuleError):
        read_breaks(text)
