"""The 86 List at the till: seen by everybody, changed by who may, and what the order screen makes of it."""

import re
from html import unescape

import pytest

from pos_web.owned.sold_out import sold_out_list
from tests.pos_web.shop import STORE
from tests.pos_web.till import Till, words


def mark(till, key="espresso", **form):
    return till.post("/sold-out", key=key, **form)


def undo(till, answer):
    """Press Undo in the toast of the answer."""
    button = re.search(r'data-toast-retry="#(undo-\w+)"', answer.text)[1]
    forms = re.findall(r"<form.*?</form>", answer.text, re.DOTALL)
    [form] = [each for each in forms if f'id="{button}"' in each]
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    path = re.search(r'hx-post="([^"]*)"', form)[1]
    return till.post(path.removeprefix("/pos"), **dict(fields))


def choice(till, item="flat-white"):
    return unescape(till.get(f"/items/{item}/choice").text)


def test_an_empty_list_says_so(till):
    assert "Nothing is sold out" in words(till.page("/sold-out"))


def test_it_is_seen_without_signing_in_but_not_changed(pos, shop, managers_till):
    mark(managers_till)
    nobody = Till(pos, shop, person=None)
    page = nobody.page("/sold-out")
    assert "Espresso" in words(page)
    assert "Available again" not in page.text
    assert nobody.submit("/sold-out/removal", key="espresso").status_code in (302, 303)


def test_an_item_is_found_marked_and_told_with_who_and_when(managers_till):
    assert "Until tomorrow" in words(managers_till.get("/sold-out?q=espr"))
    answer = mark(managers_till)
    assert "Espresso is sold out" in words(answer)
    assert "Sara" in words(answer) and "Undo" in words(answer)


def test_its_tile_says_so_and_a_tap_does_not_ring(managers_till, till):
    mark(managers_till)
    assert "2.40, Sold out" in till.page("/order").text
    refused = till.ring("espresso")
    assert refused.status_code == 422
    assert "Espresso is sold out." in words(refused)


def test_a_scan_says_the_same(managers_till, till):
    mark(managers_till)
    answer = till.post("/scans", code="4006381333931")
    assert (answer.status_code, "is sold out" in words(answer)) == (422, True)


def test_one_form_of_an_item_alone(managers_till, till):
    mark(managers_till, "juice/large")
    assert "Sold out" in words(till.get("/items/juice/choice"))
    assert till.ring("juice", variant="large").status_code == 422
    assert till.ring("juice", variant="small").status_code == 200


def test_back_again_with_an_undo(managers_till, till):
    mark(managers_till)
    answer = managers_till.post("/sold-out/removal", key="espresso")
    assert "Espresso is available again" in words(answer)
    assert till.ring("espresso").status_code == 200


def test_until_tomorrow_is_the_end_of_the_trading_day(managers_till):
    # 3:00 in Berlin, where the shop's day ends.
    assert "until" in words(mark(managers_till, until="day_end"))


def test_without_script_it_is_a_form(managers_till):
    answer = managers_till.submit("/sold-out", key="espresso")
    assert answer.status_code == 303
    assert "Espresso is sold out" in words(managers_till.page("/sold-out"))


def test_a_cashier_is_asked_for_a_manager(till):
    answer = mark(till)
    assert answer.status_code == 403
    assert "Nothing is sold out" in words(till.page("/sold-out"))


def test_what_does_not_exist_is_refused(managers_till):
    for key in ("unicorn", "espresso/huge", "modifier:unicorn", ""):
        answer = managers_till.post("/sold-out", key=key)
        assert (answer.status_code, "no longer sold here" in words(answer)) == (422, True), key
    assert "It was brought back already" in words(managers_till.post("/sold-out/removal", key="unicorn"))


def test_a_tile_of_which_no_form_is_left_says_so_too(managers_till, till):
    mark(managers_till, "juice/large")
    assert "Sold out" not in tile_of(till, "juice")
    mark(managers_till, "juice/small")
    assert "Sold out" in tile_of(till, "juice")
    managers_till.post("/sold-out/removal", key="juice/small")
    assert "Sold out" not in tile_of(till, "juice")


def tile_of(till, item):
    page = till.get("/tiles?q=juice").text
    return page.partition(f'id="tile-{item}"')[2].partition("</button>")[0]


def test_no_more_of_it_comes_onto_a_line_and_less_does(managers_till, till, shop):
    line = shop.ring("espresso").line
    path = f"/order/lines/{line.uuid}/quantity"
    assert till.post(path, quantity="2").status_code == 200
    mark(managers_till)
    refused = till.post(path, quantity="3")
    assert (refused.status_code, "Espresso is sold out." in words(refused)) == (422, True)
    assert till.post(path, quantity="2").status_code == 200
    assert till.post(path, quantity="1").status_code == 200


def test_only_a_scan_of_an_unknown_code_sounds_like_one(managers_till, till):
    mark(managers_till)
    assert "HX-Trigger" not in till.post("/scans", code="4006381333931").headers
    unknown = till.post("/scans", code="99999999")
    assert (unknown.status_code, unknown.headers["HX-Trigger"]) == (422, "scan:unknown")
    assert "No item has the code 99999999." in words(unknown)


def test_a_list_as_long_as_a_list_may_be_is_said(managers_till, monkeypatch):
    monkeypatch.setattr("pos_web.owned.change.LARGEST_SET", 1)
    mark(managers_till)
    answer = mark(managers_till, "juice")
    assert (answer.status_code, "The 86 List is full." in words(answer)) == (422, True)
    assert "Juice" not in words(managers_till.page("/sold-out"))


def test_a_modifier_is_found_by_its_name_or_its_groups_and_marked(managers_till):
    assert "Milk · Oat Modifier" in words(managers_till.get("/sold-out?q=oat"))
    assert "Milk · Whole Modifier" in words(managers_till.get("/sold-out?q=milk"))
    answer = mark(managers_till, "modifier:oat")
    assert "Milk · Oat is sold out" in words(answer)
    assert "Modifier · Sara" in words(managers_till.page("/sold-out"))
    # What is marked is not offered again.
    assert "Nothing to mark for “oat”" in words(managers_till.get("/sold-out?q=oat"))


def test_a_sold_out_modifier_is_shown_and_cannot_be_chosen(managers_till, till):
    mark(managers_till, "modifier:oat")
    oat = choice(till).partition('value="oat"')[2].partition("</label>")[0]
    assert "disabled data-sold-out" in oat and "Sold out" in oat
    refused = till.ring("flat-white", modifier="oat")
    assert (refused.status_code, "Oat is sold out." in words(refused)) == (422, True)
    assert till.ring("flat-white", modifier="whole").status_code == 200


def test_a_required_group_of_which_nothing_is_left_says_so(managers_till, till):
    mark(managers_till, "modifier:oat")
    assert "Choose 1" in choice(till)
    mark(managers_till, "modifier:whole")
    assert "Everything is sold out" in choice(till)
    assert "Milk: too few are left. Bring one back on the 86 List to sell this." in choice(till)
    assert till.ring("flat-white").status_code == 422


def test_no_more_comes_onto_a_line_with_a_modifier_that_ran_out(managers_till, till, shop):
    line = shop.ring("flat-white", modifiers=("oat",)).line
    mark(managers_till, "modifier:oat")
    refused = till.post(f"/order/lines/{line.uuid}/quantity", quantity="2")
    assert (refused.status_code, "Oat is sold out." in words(refused)) == (422, True)


@pytest.mark.parametrize("key", ["espresso", "juice/large", "modifier:oat"])
@pytest.mark.parametrize("until", ["", "day_end"])
def test_undo_of_available_again_restores_the_entry_with_its_end(managers_till, key, until):
    mark(managers_till, key, until=until)
    [before] = listed(managers_till)
    removed = managers_till.post("/sold-out/removal", key=key)
    assert listed(managers_till) == []
    assert undo(managers_till, removed).status_code == 200
    [after] = listed(managers_till)
    assert (after.key, after.name, after.until) == (key, before.name, before.until)


def test_undo_of_a_second_mark_restores_the_first(managers_till):
    mark(managers_till, until="day_end")
    [first] = listed(managers_till)
    undo(managers_till, mark(managers_till))
    assert [entry.until for entry in listed(managers_till)] == [first.until]


def test_each_of_two_toasts_undoes_its_own(managers_till):
    first, second = mark(managers_till), mark(managers_till, "modifier:oat")
    undo(managers_till, first)
    assert [entry.key for entry in listed(managers_till)] == ["modifier:oat"]
    assert 'hx-swap-oob="beforeend:#sold-out-undo-place"' in second.text


def test_undo_of_a_mark_takes_it_away(managers_till):
    undo(managers_till, mark(managers_till))
    assert listed(managers_till) == []


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("soon", "Choose whether it is sold out until tomorrow"),
        ("2026-11-24T02:00:00", "Choose whether it is sold out until tomorrow"),
        ("9999-12-31T23:59:59+00:00", "Choose whether it is sold out until tomorrow"),
        ("2026-11-20T02:00:00+00:00", "a time that has passed"),
    ],
)
def test_an_end_that_cannot_be_is_a_sentence(managers_till, until, sentence):
    answer = mark(managers_till, until=until)
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert listed(managers_till) == []


def listed(till):
    with till.shop.book.read() as book:
        return sold_out_list(book, store_id=STORE, now=till.shop.now)
