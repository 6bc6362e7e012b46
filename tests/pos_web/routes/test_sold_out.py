"""The 86 List at the till: seen by everybody, changed by who may, and what the order screen makes of it."""

from tests.pos_web.till import Till, words


def mark(till, item="espresso", **form):
    return till.post("/sold-out", item=item, **form)


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
    mark(managers_till, "juice", variant="large")
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
    answer = managers_till.submit("/sold-out", item="espresso")
    assert answer.status_code == 303
    assert "Espresso is sold out" in words(managers_till.page("/sold-out"))


def test_a_cashier_is_asked_for_a_manager(till):
    answer = mark(till)
    assert answer.status_code == 403
    assert "Nothing is sold out" in words(till.page("/sold-out"))


def test_what_does_not_exist_is_refused(managers_till):
    for form in ({"item": "unicorn"}, {"item": "espresso", "variant": "huge"}, {}):
        answer = managers_till.post("/sold-out", **form)
        assert (answer.status_code, "no longer sold here" in words(answer)) == (422, True), form
    assert "It was brought back already" in words(managers_till.post("/sold-out/removal", key="unicorn"))


def test_a_tile_of_which_no_form_is_left_says_so_too(managers_till, till):
    mark(managers_till, "juice", variant="large")
    assert "Sold out" not in tile_of(till, "juice")
    mark(managers_till, "juice", variant="small")
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
