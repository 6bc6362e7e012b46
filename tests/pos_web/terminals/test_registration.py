"""Choosing a terminal in the demo, registering one by a code otherwise."""

import pytest

from pos_web.terminals.registration import (
    NotRegistered,
    choose,
    cleaned_code,
    is_demo,
    register,
    terminals_by_store,
)
from pos_web.terminals.terminal import ServedStore, Terminal
from tests.pos_web.shop import REGISTER, STORE, TABLET


def leave_demo(shop):
    with shop.book.write() as book:
        book.get(ServedStore, STORE).is_demo = False
        book.commit()


def test_the_demo_lists_its_terminals_and_lets_one_be_chosen(shop):
    with shop.book.read() as book:
        (listed,) = terminals_by_store(book)
        assert (listed.store.name, [each.name for each in listed.terminals]) == (
            "Corner",
            ["Register 1", "Tablet"],
        )
        assert is_demo(book)
    assert shop.do(choose, terminal_id=TABLET).name == "Tablet"


def test_outside_the_demo_nothing_is_simply_chosen(shop):
    leave_demo(shop)
    with pytest.raises(NotRegistered):
        shop.do(choose, terminal_id=REGISTER)


def test_an_archived_or_unknown_terminal_is_not_chosen(shop):
    with shop.book.write() as book:
        book.get(Terminal, REGISTER).is_archived = True
        book.commit()
    for terminal in (REGISTER, "unknown"):
        with pytest.raises(NotRegistered):
            shop.do(choose, terminal_id=terminal)


def test_a_redeemed_code_registers_its_terminal(shop):
    leave_demo(shop)
    assert shop.do(register, terminal_id=TABLET).id == TABLET


@pytest.mark.parametrize("terminal_id", [None, "", "unknown"])
def test_a_wrong_code_is_refused_with_a_sentence(shop, terminal_id):
    with pytest.raises(NotRegistered) as raised:
        shop.do(register, terminal_id=terminal_id)
    assert raised.value.fields


@pytest.mark.parametrize(("typed", "code"), [(" abcd-1234 ", "ABCD1234"), ("ab cd", "ABCD"), ("", "")])
def test_a_code_is_read_as_people_type_it(typed, code):
    assert cleaned_code(typed) == code
