"""What tills noted, in the journal's words: money, permissions and people as an owner reads them."""

import pytest

from backoffice_web.ledger.till_words import till_words
from backoffice_web.reports.journal_page import shortened
from tests.backoffice_web.ledger.documents import journal_entry

ORDER = "6b449232e6504031ba0d481ae4d28f63"


@pytest.mark.parametrize(
    ("details", "words"),
    [
        (
            {"order": ORDER, "item": "x1", "name": "Espresso", "before_cents": "295", "after_cents": "100",
             "listed_cents": "295", "reason": "Dented, a bit: more"},
            "Espresso · Price: $2.95 → $1.00 · Listed price: $2.95 · Reason: Dented, a bit: more · "
            f"Order ID: {ORDER}",
        ),
        (
            {"what": "Sell Espresso at $1.00", "for": "Mia", "permission": "line.override_price",
             "amount_cents": "-100", "reason": ""},
            "Sell Espresso at $1.00 · Asked by: Mia · Permission: Override Price · Amount: -$1.00",
        ),
        ({"what": "POST /sold-out", "permission": "86 List"}, "POST /sold-out · Permission: 86 List"),
        ({"item": "Bagel"}, "Item: Bagel"),
        ({"employee": "gone", "locked_terminal": "gone too"}, "Person: gone · Terminal: gone too"),
        ({"sounds": "True → False", "theme": "auto → dark"}, "Sounds: Yes → No · Theme: auto → dark"),
        ({"before_cents": "100", "after_cents": "much"}, "Price: $1.00 → much"),
        ({"after_cents": "1" * 30}, f"after_cents: {'1' * 30}"),
        ({"unknown": "of a newer till"}, "unknown: of a newer till"),
        ({}, ""),
    ],
)  # fmt: skip
def test_details_are_told_in_words(office, details, words):
    with office.read() as session:
        assert till_words(session, journal_entry(details=details)) == words


def test_who_approved_is_told(office):
    with office.read() as session:
        assert till_words(session, journal_entry(approver_name="Max")) == "Approved by: Max"


def test_a_list_shortens_ids_and_nothing_else():
    assert shortened(f"Order ID: {ORDER}, 12 of 6b44") == "Order ID: 6b449232…, 12 of 6b44"
