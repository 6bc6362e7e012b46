"""Store-owned things between a store and its office: mirrored, commanded, restored on either side."""

import msgspec
import pytest

from pos_web.owned.change import all_owned, change_owned
from pos_web.owned.record import OwnedRecord, OwnedState
from shared_web.errors import StaleEdit
from sync_contract.changes import TerminalEntry
from sync_contract.owned import SOLD_OUT, TERMINAL_SETTINGS, Command, SoldOut, TerminalSettings, encode_owned
from tests.pos_web.syncing.node import STORE


def change(node, key="soup", body=SoldOut(name="Soup"), *, kind=SOLD_OUT, seen=None):  # noqa: B008
    with node.book.write() as book:
        revision = change_owned(
            book, store_id=STORE, kind=kind, key=key, body=body, seen=seen, by="Sara", now=node.now
        )
        book.commit()
    return revision


def owned(node, kind=SOLD_OUT):
    with node.book.read() as book:
        return {each.key: each for each in all_owned(book, store_id=STORE, kind=kind)}


def command(node, *, key="soup", body=SoldOut(name="Soup"), revision=0, kind=SOLD_OUT, uuid="c1"):  # noqa: B008
    raw = msgspec.Raw(encode_owned(body) if body is not None else b"null")
    node.office.store.commands.append(
        Command(uuid=uuid, kind=kind, key=key, revision=revision, body=raw, by="Aylin", at=node.now)
    )


def talk(node):
    node.steps.compare()
    assert node.steps.send() is None


def told(node):
    return node.office.owned[-1]


def answers(node):
    return [(each.uuid, each.outcome) for sent in node.office.owned for each in sent.answers]


def test_a_change_goes_up_once(node):
    change(node)
    talk(node)
    talk(node)
    assert [(each.key, each.revision) for each in told(node).records] == [("soup", 1)]
    assert len(node.office.owned) == 1


def test_what_changed_offline_goes_up_when_the_office_is_back(node):
    talk(node)
    with node.office.offline():
        change(node)
        assert node.steps.send() is not None
    talk(node)
    assert [each.key for each in told(node).records] == ["soup"]


def test_a_record_that_is_gone_is_not_in_the_set_any_more(node):
    change(node)
    talk(node)
    change(node, body=None)
    talk(node)
    assert (told(node).records, told(node).revision) == ((), 2)


def test_the_same_again_is_no_change(node):
    assert change(node) == change(node) == 1


def test_who_saw_an_older_revision_is_refused_and_nothing_is_lost(node):
    change(node, "t1", TerminalSettings(theme="dark"), kind=TERMINAL_SETTINGS)
    with pytest.raises(StaleEdit):
        change(node, "t1", TerminalSettings(volume=3), kind=TERMINAL_SETTINGS, seen=0)
    assert b"dark" in owned(node, TERMINAL_SETTINGS)["t1"].body


def test_a_new_epoch_gets_everything_again(node):
    change(node)
    talk(node)
    node.office.epoch = "epoch-2"
    talk(node)
    assert [len(each.records) for each in node.office.owned] == [1, 1]


def test_a_restored_book_counts_on_above_what_the_office_saw(node):
    for number in range(3):
        change(node, f"item-{number}")
    talk(node)
    with node.book.write() as book:  # a backup from before the last two
        book.get(OwnedState, STORE).revision = 1
        for key in ("item-1", "item-2"):
            book.delete(book.get(OwnedRecord, (STORE, SOLD_OUT, key)))
        book.commit()
    talk(node)
    assert told(node).revision > 3
    assert [each.key for each in told(node).records] == ["item-0"]


def test_a_command_is_carried_out_answered_and_shown(node):
    command(node)
    talk(node)
    assert owned(node)["soup"].changed_by == "Aylin"
    assert answers(node) == [("c1", "done")]
    assert node.office.store.commands == []
    assert ("pos:sold-out", {}) in node.announced


def test_a_command_is_done_once_however_often_it_comes(node):
    command(node)
    talk(node)
    change(node, body=None)
    command(node)  # the office was restored, or never heard the answer
    talk(node)
    assert owned(node) == {}
    assert answers(node) == [("c1", "done"), ("c1", "done")]


def test_a_stale_command_changes_nothing(node):
    change(node, body=SoldOut(name="Soup of the day"))
    command(node, body=None, revision=7)
    talk(node)
    assert list(owned(node)) == ["soup"]
    assert answers(node) == [("c1", "stale")]


def test_a_command_for_what_is_so_already_is_done(node):
    change(node)
    command(node, revision=99)
    talk(node)
    assert answers(node) == [("c1", "done")]


@pytest.mark.parametrize(
    ("kind", "key", "body"),
    [
        ("weather", "soup", b"{}"),
        (SOLD_OUT, "soup", b"[]"),
        (SOLD_OUT, "x" * 130, b'{"name":"x"}'),
        (TERMINAL_SETTINGS, "t1", b'{"volume":101}'),
        (TERMINAL_SETTINGS, "elsewhere", b"{}"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(node, kind, key, body):
    node.office.store.terminals.append(TerminalEntry(id="t1", name="T1", code="1", is_registered=True))
    node.office.store.commands.append(
        Command(uuid="c", kind=kind, key=key, revision=0, body=msgspec.Raw(body), by="A", at=node.now)
    )
    talk(node)
    assert [(each.outcome, bool(each.reason)) for each in told(node).answers] == [("refused", True)]
    assert owned(node, SOLD_OUT) == owned(node, TERMINAL_SETTINGS) == {}


def test_an_office_that_cannot_read_the_set_keeps_no_sale_waiting(node):
    """It would, if the pause after a failed upload began: the set goes up with the next one."""
    change(node)
    node.office.failing_status, node.office.failing_names = 422, ("owned",)
    talk(node)
    assert node.office.owned == []
    node.office.failing_status = 0
    talk(node)
    assert [record.key for record in node.office.owned[-1].records] == ["soup"]
