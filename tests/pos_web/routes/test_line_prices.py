"""The price of a line at the till: asked for, refused with what was typed, approved by a manager."""

from sqlalchemy import select

from pos_web.approvals.approval import ApprovalRequest
from pos_web.orders.order import Order
from pos_web.orders.override import override_price
from tests.pos_web.shop import REGISTER, SARA
from tests.pos_web.till import words


def the_line(shop):
    with shop.book.read() as book:
        return book.scalars(select(Order)).one().lines[0]


def test_a_manager_changes_a_price_with_a_reason(managers_till, shop):
    managers_till.ring()
    path = f"/order/lines/{the_line(shop).uuid}/price"
    assert "Now €2.40 each." in words(managers_till.get(path))
    assert "Now €2.40 each." in words(managers_till.page(path))
    answer = managers_till.post(path, price="1.50", reason="Dented")
    assert "1.50 instead of 2.40: Dented" in words(answer)
    assert answer.headers["HX-Trigger"] == '{"dialog:close": {}}'


def assert_said_in_the_form(till, path, typed, sentence, *, status):
    answer = till.post(path, **typed)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (status, "#dialog")
    assert sentence in words(answer)
    assert f'value="{typed["price"]}"' in answer.text
    assert till.submit(path, **typed).status_code == status


def test_what_was_typed_stays_beside_what_is_wrong_with_it(managers_till, shop):
    managers_till.ring()
    path = f"/order/lines/{the_line(shop).uuid}/price"
    for typed, sentence in (
        ({"price": "x", "reason": "Dented"}, "Enter an amount"),
        ({"price": "1"}, "Choose or type a reason."),
    ):
        assert_said_in_the_form(managers_till, path, typed, sentence, status=422)


def test_a_cashier_asks_and_gets_the_price_that_was_approved_and_no_other(till, managers_till, shop):
    till.ring()
    path = f"/order/lines/{the_line(shop).uuid}/price"
    assert till.post(path, price="1.50", reason="").status_code == 403
    answer = till.post(path, price="1.50", reason="Dented")
    assert "Sell Espresso at €1.50 instead of €2.40" in words(answer)
    with shop.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222")
    assert till.post(path, price="0.50", reason="Dented", approval=asked.uuid).status_code == 403
    assert "1.50 instead of 2.40" in words(
        till.post(path, price="1.50", reason="Dented", approval=asked.uuid)
    )
    assert the_line(shop).unit_price_cents == 150


def test_taking_a_line_off_a_held_order_asks_a_manager(till, managers_till, shop):
    till.ring()
    line = the_line(shop)
    till.post("/holds")
    till.post(f"/holds/{line.order_uuid}/recall")
    assert till.post(f"/order/lines/{line.uuid}/quantity", quantity="2").status_code == 200
    assert "Only 1 of Espresso" in words(till.post(f"/order/lines/{line.uuid}/quantity", quantity="1"))
    answer = till.post(f"/order/lines/{line.uuid}/removal")
    assert (answer.status_code, "Take Espresso off order 0001" in words(answer)) == (403, True)
    with shop.book.read() as book:
        asked = book.scalars(select(ApprovalRequest).where(ApprovalRequest.path.endswith("removal"))).one()
    assert asked.permissions == ["line.remove_held"]
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    assert "Nothing on this order yet" in words(
        till.post(f"/order/lines/{line.uuid}/removal", approval=asked.uuid)
    )


def test_a_line_that_is_gone_is_refused_with_a_sentence(managers_till):
    managers_till.ring()
    assert managers_till.get("/order/lines/nothing/price").status_code == 422
    assert managers_till.post("/order/lines/nothing/price", price="1", reason="x").status_code == 422


def test_more_at_a_changed_price_asks_a_manager_again(till, managers_till, shop):
    till.ring()
    line = the_line(shop)
    shop.do(
        override_price, terminal_id=REGISTER, line_uuid=line.uuid, price_cents=50, reason="Dented",
        by=shop.person(SARA), now=shop.tick(),
    )  # fmt: skip
    path = f"/order/lines/{line.uuid}/quantity"
    answer = till.post(path, quantity="10")
    assert (answer.status_code, "Sell 10 of Espresso at €0.50 each" in words(answer)) == (403, True)
    assert the_line(shop).quantity == 1
    with shop.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    assert asked.permissions == ["line.override_price"]
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    assert till.post(path, quantity="11", approval=asked.uuid).status_code == 403
    assert till.post(path, quantity="10", approval=asked.uuid).status_code == 200
    assert the_line(shop).quantity == 10
    assert till.post(path, quantity="9").status_code == 200
    assert till.post(path, quantity="1000").status_code == 422


def test_who_would_have_to_ask_is_told_beside_the_field_what_cannot_be_asked_for(till, shop):
    till.ring()
    path = f"/order/lines/{the_line(shop).uuid}/price"
    for typed, sentence in (
        ({"price": "999999999999", "reason": "Dented"}, "Enter at most 99,999,999.99."),
        ({"price": "x", "reason": "Dented"}, "Enter an amount"),
        ({"price": "1"}, "Choose or type a reason."),
    ):
        assert_said_in_the_form(till, path, typed, sentence, status=403)
    with shop.book.read() as book:
        assert book.scalars(select(ApprovalRequest)).all() == []
