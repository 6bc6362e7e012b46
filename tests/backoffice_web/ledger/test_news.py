"""What open pages of the office hear of documents that were taken in."""

import pytest

from backoffice_web.ledger.news import news_of
from sync_contract.uploads import JournalEntry, Receipt, encode_document
from tests.backoffice_web.attendance.punches import punch
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.backoffice_web.ledger.documents import order_bytes

SALE, PUNCH = order_bytes(), encode_document(punch())
NOTE = encode_document(
    JournalEntry(
        uuid="n",
        store=DOWNTOWN,
        terminal="r",
        employee="cara",
        employee_name="Cara",
        at=NOON,
        action="sync.run",
    )
)


@pytest.mark.parametrize(
    ("documents", "outcomes", "events"),
    [
        ([SALE, PUNCH, SALE], ["accepted"] * 3, ["office:sales", "office:punches"]),
        ([PUNCH], ["accepted"], ["office:punches"]),
        ([NOTE], ["accepted"], []),
        ([SALE, PUNCH], ["duplicate", "accepted"], ["office:punches"]),
        ([b"nonsense", SALE], ["refused", "refused"], []),
        ([], [], []),
    ],
)
def test_only_what_was_accepted_is_news_and_each_kind_once(documents, outcomes, events):
    receipts = [Receipt(uuid=str(n), outcome=outcome) for n, outcome in enumerate(outcomes)]
    assert news_of(documents, receipts) == events
