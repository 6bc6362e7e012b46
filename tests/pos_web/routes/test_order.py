"""The order screen and what changes the open order: as a page, as a fragment, refused with bad input."""

import json

import pytest

from pos_web.orders.begin import open_order
from pos_web.orders.order import Order
from pos_web.syncing.served import update_terminals
from sync_contract.records import Item, Variant
from tests.pos_web.shop import REGISTER, STORE, item
from tests.pos_web.till import where_to, words


def the_order(shop):
    with shop.book.read() as book:
        order = open_order(book, terminal_id=REGISTER)
        return [(line.uuid, line.name, line.quantity) for line in order.lines] if order else []


def test_the_screen_shows_tabs_tiles_and_an_empty_order(till):
    page = till.page("/order")
    assert page.status_code == 200
    assert "Favourites Drinks Bakery Other" in words(page)
    assert "Nothing on this order yet" in words(page) and 'aria-label="Espresso, €2.40"' in page.text
    assert 'id="order"' in page.text and "data-in-turn" in page.text


def test_ringing_answers_with_the_panel_and_the_rest_out_of_band(till, shop):
    answer = till.ring(price=240, version=1)
    assert answer.status_code == 200 and "<html" not in answer.text
    for part in ('id="order"', 'id="order-number"', 'id="order-actions"'):
        assert part in answer.text
    assert "1× Espresso 2.40" in words(answer) and "Pay €2.40" in words(answer)
    assert "incl. VAT 19 % 0.38" in words(answer)


def test_without_htmx_ringing_leads_back_to_the_screen(till, shop):
    assert where_to(till.submit("/order/lines", item="espresso")).endswith("/order")
    assert [name for _uuid, name, _quantity in the_order(shop)] == ["Espresso"]


def test_a_moved_price_is_said_and_the_tiles_are_painted_anew(till, shop):
    shop.publish(item("Espresso", 260))
    answer = till.ring(price=240, version=1)
    assert "Espresso now costs €2.60" in words(answer)
    assert "catalog:stale" in json.loads(answer.headers["HX-Trigger"])
    assert "now costs" not in words(till.ring(price=260, version=2))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"item": "unknown"}, "This item is no longer sold here."),
        ({"item": ""}, "This item is no longer sold here."),
        ({"item": "juice", "variant": "huge"}, "This form of Juice is no longer sold here."),
        ({"item": "flat-white"}, "Milk: choose one."),
        (
            {"item": "espresso", "modifier": "x", "version": "now", "price": "-1", "tap": "y" * 999},
            "Choose again.",
        ),
    ],
)
def test_a_wrong_tap_is_a_toast_and_rings_nothing(till, shop, form, sentence):
    answer = till.post("/order/lines", **form)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (422, "none")
    assert sentence in words(answer)
    assert the_order(shop) == []


def test_a_tap_that_waited_while_its_terminal_was_archived_rings_nothing(till, shop, monkeypatch):
    write, waiting = shop.book.write, [1]

    def write_after_the_office(*how):
        if waiting:
            waiting.clear()
            shop.do(update_terminals, store_id=STORE, terminals=[])
        return write(*how)

    monkeypatch.setattr(shop.book, "write", write_after_the_office)
    answer = till.ring()
    assert answer.status_code == 422
    assert "This terminal was archived or moved." in words(answer)
    assert the_order(shop) == []
    assert where_to(till.ring()).endswith("/terminals")


def test_the_dialog_asks_for_variants_and_modifiers_required_ones_first(till):
    answer = till.get("/items/flat-white/choice")
    assert words(answer).index("Milk Choose 1") < words(answer).index("Extras Up to 2")
    assert "+0.50" in words(answer) and "-0.20" in words(answer)
    assert "Small 3.00 Large 4.20" in words(till.get("/items/juice/choice"))
    assert till.get("/items/unknown/choice").status_code == 422
    assert "<html" in till.page("/items/juice/choice").text


def test_the_dialogs_form_rings_and_closes_it(till, shop):
    form = {
        "item": "flat-white",
        "modifier-milk": "oat",
        "modifier": ["shot"],
        "from_dialog": "1",
        "variant": "",
    }
    answer = till.post("/order/lines", **form)
    assert "Flat white Oat · Extra shot 5.80" in words(answer)
    assert "dialog:close" in json.loads(answer.headers["HX-Trigger"])


def test_a_line_opens_its_tools_and_changes(till, shop):
    till.ring()
    ((uuid, _name, _quantity),) = the_order(shop)
    assert "Remove" in words(till.get(f"/order?line={uuid}"))
    answer = till.post(f"/order/lines/{uuid}/quantity", quantity="3")
    assert "3× Espresso 7.20" in words(answer) and "Remove" in words(answer)
    assert "Nothing on this order yet" in words(till.post(f"/order/lines/{uuid}/removal"))


@pytest.mark.parametrize("quantity", ["", "0", "-2", "1.5", "²", "99999", "9" * 500])
def test_a_quantity_that_is_none_is_refused_and_changes_nothing(till, shop, quantity):
    till.ring()
    ((uuid, _name, _quantity),) = the_order(shop)
    assert till.post(f"/order/lines/{uuid}/quantity", quantity=quantity).status_code == 422
    assert the_order(shop) == [(uuid, "Espresso", 1)]


def test_tiles_come_by_tab_by_search_and_in_pages(till, shop):
    assert "Croissant" in words(till.get("/tiles?tab=bakery"))
    assert "Espresso" in words(till.get("/tiles?q=espr"))
    assert "Nothing found for “zzz”" in words(till.get("/tiles?q=zzz"))
    shop.publish(*(item(f"Screw {n:03}", 10, category="empty") for n in range(70)))
    first = till.get("/tiles?tab=empty")
    assert first.text.count("Screw 0") and "Show more" in words(first) and "Screw 069" not in words(first)
    rest = till.get("/tiles?tab=empty&offset=60")
    assert "Screw 069" in words(rest) and 'id="catalog"' not in rest.text
    assert where_to(till.page("/tiles?tab=bakery")).endswith("/order?tab=bakery")


@pytest.mark.parametrize("query", ["tab=unknown", "offset=-1", "offset=" + "9" * 400, "q=" + "x" * 5000])
def test_nonsense_for_tiles_shows_something(till, query):
    assert till.get(f"/tiles?{query}").status_code == 200


def test_a_null_character_is_refused(till):
    assert till.get("/tiles?q=%00").status_code == 400
    assert till.get("/tiles?q=a&q=%00").status_code == 400
    assert till.get("/tiles?%00=a").status_code == 400
    assert till.get("/receipts/%00").status_code == 404


def test_names_of_products_are_only_text(till, shop):
    name = "<script>alert('1')</script> \"Quote\" & 'Co'"
    variants = (Variant(key="v", price_cents=100),)
    shop.publish(("item", "evil", Item(name=name, category="bakery", tax_class="food", variants=variants)))
    assert "<script>alert" not in till.get("/tiles?tab=bakery").text
    assert "<script>alert" not in till.ring("evil").text


def test_a_scan_rings_asks_offers_or_says_that_it_is_unknown(till, shop):
    rung = till.post("/scans", code="0036000291452", tap="scan-1")
    assert "Croissant" in words(rung) and "scan:rung" in rung.headers["HX-Trigger"]
    assert "1× Juice Small" in words(till.post("/scans", code="12345670"))
    shop.publish(
        item("Latte", 400, barcodes=("96385074",), modifier_groups=("milk",)),
        item("Double", 100, barcodes=("4006381333931",)),
    )
    asked = till.post("/scans", code="96385074")
    assert asked.headers["HX-Retarget"] == "#dialog" and "Milk" in words(asked)
    several = till.post("/scans", code="4006381333931")
    assert several.headers["HX-Retarget"] == "#catalog"
    assert "Double" in words(several) and "Espresso" in words(several)
    unknown = till.post("/scans", code="4006381333924")
    assert unknown.status_code == 422 and "No item has the code 4006381333924." in words(unknown)
    assert till.post("/scans").status_code == 422


def test_the_strip_keeps_or_updates_prices(till, shop):
    till.ring()
    shop.publish(item("Espresso", 260, is_favourite=True))
    panel = till.get("/order")
    assert "1 line on this order has a newer price" in words(panel) and "2.60" in words(panel)
    assert "newer price" not in words(till.post("/order/newer-prices/keep"))
    shop.publish(item("Espresso", 270, is_favourite=True))
    updated = till.post("/order/newer-prices/update")
    assert "1× Espresso 2.70" in words(updated) and "newer price" not in words(updated)


def test_an_order_is_held_listed_and_taken_up_again(till, shop, managers_till):
    till.ring()
    assert where_to(till.submit("/holds", note="Table 4")).endswith("/order")
    assert "Order 0001 is on hold" in words(till.page("/order"))
    assert "Table 4" in words(managers_till.get("/holds")) and "Table 4" in words(
        managers_till.page("/holds")
    )
    with shop.book.read() as book:
        uuid = book.query(Order).one().uuid
    assert where_to(managers_till.submit(f"/holds/{uuid}/recall")).endswith("/order")
    assert "Espresso" in words(managers_till.get("/order"))
    assert till.submit(f"/holds/{uuid}/recall").status_code == 422


def test_nothing_is_held_voided_or_priced_without_an_order(till):
    for path in ("/holds", "/voids", "/order/newer-prices/keep", "/order/newer-prices/update"):
        assert till.post(path).status_code == 422, path


def test_a_voided_order_is_gone_from_the_till(till, shop):
    till.ring()
    assert "Reason Mistake" in words(till.page("/order"))
    assert where_to(till.post("/voids", reason="Mistake")).endswith("/order")
    assert the_order(shop) == []


def test_before_the_first_sync_the_screen_says_what_to_do(till, shop):
    from pos_web.catalog.replica import ReplicaHead, ReplicaRecord

    with shop.replica.write() as replica:
        replica.query(ReplicaRecord).filter(ReplicaRecord.kind == "store_profile").delete()
        replica.query(ReplicaHead).update({"digest": "0" * 32})
        replica.commit()
    answer = till.page("/order")
    assert answer.status_code == 422 and "Press Sync to fetch it." in words(answer)
