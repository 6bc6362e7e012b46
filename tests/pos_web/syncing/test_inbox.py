from concurrent.futures import ThreadPoolExecutor

import pytest

from pos_web.syncing.inbox import Hint, Inbox
from sync_contract.notice import Notice

FIVE, SIX, URGENT = (
    Notice(store="s", version=version, urgent=urgent)
    for version, urgent in ((5, False), (6, False), (0, True))
)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(None, FIVE, FIVE), (FIVE, None, FIVE), (FIVE, SIX, SIX), (SIX, FIVE, SIX), (SIX, URGENT, URGENT)],
)
def test_of_two_notices_the_newer_or_urgent_one_counts(first, second, kept):
    assert Hint(store="s", notice=first).joined(Hint(store="s", notice=second)).notice == kept


def test_whatever_comes_at_once_is_there_once():
    inbox = Inbox("s")
    hints = [
        Hint(store="s", is_outbox_kicked=True), Hint(store="s", is_report_wanted=True),
        Hint(store="s", is_check_wanted=True), Hint(store="s", notice=SIX), Hint(store="s", notice=FIVE),
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(inbox.put, hints * 50))
    assert inbox.wake.is_set()
    everything = Hint(
        store="s", notice=SIX, is_outbox_kicked=True, is_report_wanted=True, is_check_wanted=True
    )
    assert inbox.take() == everything
    assert inbox.take() == Hint(store="s")
