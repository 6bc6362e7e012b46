"""The 86 list in the store's book, and what it does to ringing."""

from datetime import UTC, datetime

import pytest

from pos_web.owned.sold_out import ItemSoldOut, bring_back, mark_sold_out, sold_out_list
from pos_web.staff.journal import JournalEntry
from sync_contract.owned import sold_out_modifier_key
from tests.pos_web.shop import NOON, REGISTER, SARA, STORE

TOMORROW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def mark(shop, key="espresso", *, until=None):
    return shop.do(
        mark_sold_out,
        store_id=STORE,
        terminal_id=REGISTER,
        key=key,
        name=key.title(),
        until=until,
        by=shop.person(SARA),
        now=shop.tick(),
    )


def back(shop, key="espresso"):
    return shop.do(
        bring_back,
        store_id=STORE,
        terminal_id=REGISTER,
        key=key,
        by=shop.person(SARA),
        now=shop.tick(),
    )


def listed(shop, now=NOON):
    with shop.book.read() as book:
        return sold_out_list(book, store_id=STORE, now=now)


def test_what_is_sold_out_is_not_rung(shop):
    mark(shop)
    with pytest.raises(ItemSoldOut, match="is sold out"):
        shop.ring("espresso")


def test_lines_that_are_on_an_order_stay(shop):
    order = shop.ring("espresso").order
    mark(shop)
    assert [line.item for line in order.lines] == ["espresso"]


def test_a_repeated_tap_of_a_line_rung_before_is_no_error(shop):
    shop.ring("espresso", tap="once")
    mark(shop)
    assert shop.ring("espresso", tap="once").was_repeated


def test_brought_back_it_is_rung_again(shop):
    mark(shop)
    assert back(shop).name == "Espresso"
    assert shop.ring("espresso").line is not None


def test_bringing_back_twice_is_told_and_does_nothing(shop):
    mark(shop)
    back(shop)
    assert back(shop) is None


def test_what_has_come_back_by_itself_is_not_brought_back(shop):
    mark(shop, until=TOMORROW)
    shop.now = TOMORROW
    assert back(shop) is None


def test_both_ways_answer_with_the_entry_that_was_there(shop):
    assert mark(shop, until=TOMORROW) is None
    assert mark(shop).until == TOMORROW
    assert back(shop).until is None


def test_a_modifier_that_is_sold_out_is_not_rung_and_its_item_is(shop):
    mark(shop, sold_out_modifier_key("oat"))
    with pytest.raises(ItemSoldOut, match="Oat is sold out"):
        shop.ring("flat-white", modifiers=("oat",))
    assert shop.ring("flat-white", modifiers=("whole",)).line is not None


def test_an_item_with_the_key_of_a_modifier_is_another_thing(shop):
    mark(shop, sold_out_modifier_key("espresso"))
    assert shop.ring("espresso").line is not None
    assert [entry.is_modifier for entry in listed(shop)] == [True]


def test_until_tomorrow_ends_by_itself(shop):
    mark(shop, until=TOMORROW)
    assert [entry.until for entry in listed(shop)] == [TOMORROW]
    assert listed(shop, now=TOMORROW) == []
    shop.now = TOMORROW
    assert shop.ring("espresso").line is not None


def test_the_list_says_who_and_since_when(shop):
    mark(shop)
    [entry] = listed(shop)
    assert (entry.name, entry.by, entry.since) == ("Espresso", shop.person(SARA).name, shop.now)


def test_both_ways_are_in_the_journal(shop):
    mark(shop)
    back(shop)
    with shop.book.read() as book:
        actions = [entry.action for entry in book.query(JournalEntry).order_by(JournalEntry.at)]
    assert actions == ["item.sold_out", "item.available"]
