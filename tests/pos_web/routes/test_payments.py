"""Payment, receipt, the Orders list and refunds on screen."""

import re

import pytest

from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from pos_web.syncing.outbox import OutboxDocument
from sync_contract.records import Role, StoreSettings
from tests.pos_web.shop import STORE, record
from tests.pos_web.till import where_to, words


def key_of(response):
    return re.search(r'name="key" value="([^"]+)"', response.text)[1]


def pay(till, received="5.00", key="a-key-of-the-form", tender="cash"):
    return till.post(f"/payments/{tender}", received=received, key=key)


def sell(till):
    till.ring()
    return where_to(pay(till, key=f"key-{till.shop.taps:06}"))


def test_the_screen_offers_the_exact_amount_and_usual_notes(till):
    till.ring()
    page = till.page("/payments")
    assert "Exact €2.40 €3.00 €5.00 €10.00" in words(page)
    assert "Take €2.40 cash" in words(page) and "Due €2.40" in words(page)


def test_another_amount_changes_the_button_and_the_change_but_not_the_key(till):
    till.ring()
    key = key_of(till.page("/payments"))
    answer = till.get(f"/payments?received=5.00&key={key}&tender=cash")
    assert "Take €5.00 cash" in words(answer) and "Change €2.60" in words(answer)
    assert key_of(answer) == key and "<html" not in answer.text
    part = till.get("/payments?received=1.00")
    assert "Left to pay €1.40" in words(part)


@pytest.mark.parametrize("received", ["abc", "1.234", "9" * 30, "<b>", "1,2,3,4"])
def test_what_is_no_amount_stays_in_the_field_with_a_sentence(till, received):
    till.ring()
    answer = till.client.get("/payments", query_string={"received": received}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "received-error" in answer.text and 'id="take"' in answer.text
    refused = pay(till, received=received)
    assert refused.status_code == 422 and "received-error" in refused.text
    assert till.shop.do(lambda book: book.query(Payment).count()) == 0


def test_an_amount_that_is_too_large_is_refused_with_the_largest_that_can_be_taken(till):
    till.ring()
    refused = pay(till, received="100,000,000.00")
    assert refused.status_code == 422 and "Enter at most 99,999,999.99." in words(refused)


def test_cash_leads_to_the_receipt_with_the_change(till, shop):
    till.ring()
    path = where_to(pay(till))
    receipt = till.page(path.removeprefix("/pos"))
    assert "Change due €2.60" in words(receipt) and "R1-1-0001" in words(receipt)
    assert "New order" in words(receipt)
    assert "Espresso" in words(receipt) and "incl. VAT 19 %" in words(receipt)


def test_a_double_press_takes_one_payment_and_shows_the_same_receipt(till, shop):
    till.ring()
    assert where_to(pay(till)) == where_to(pay(till))
    assert shop.do(lambda book: book.query(Payment).count()) == 1


def test_card_and_cash_parts_settle_an_order_together(till, shop):
    till.ring()
    assert where_to(pay(till, received="1.00", key="card-part", tender="card")).endswith("/payments")
    page = till.page("/payments")
    assert "Card −1.00" in words(page) and "Due €1.40" in words(page)
    assert "€1.00 taken: Card" in words(page)
    assert "/receipts/" in where_to(pay(till, received="1.40", key="cash-part"))


def test_a_part_can_be_taken_back(till, shop):
    till.ring()
    pay(till, received="1.00")
    uuid = shop.do(lambda book: book.query(Payment).one().uuid)
    assert where_to(till.submit(f"/payments/{uuid}/removal")).endswith("/payments")
    assert "Due €2.40" in words(till.page("/payments"))


def test_a_card_never_pays_more_than_is_due(till):
    till.ring()
    refused = pay(till, received="9.00", tender="card")
    assert refused.status_code == 422 and "A card pays at most" in words(refused)


def test_without_an_order_there_is_nothing_to_pay(till):
    assert where_to(till.page("/payments")).endswith("/order")
    assert pay(till).status_code == 422


def test_each_tender_needs_its_permission(till, shop):
    shop.publish(record("cashier", Role(name="Cashier", permissions=("order.create", "payment.card"))))
    till.ring()
    assert (
        "Cash"
        not in words(till.page("/payments")).split("Take payment")[1].split("Received")[0].split("Card")[0]
    )
    assert pay(till).status_code == 403
    assert pay(till, received="2.40", tender="card").status_code == 200


def test_the_sale_waits_in_the_outbox(till, shop):
    sell(till)
    kinds = shop.do(lambda book: [document.kind for document in book.query(OutboxDocument)])
    assert kinds == ["order"]


def test_the_page_of_the_paper_is_as_tall_as_the_receipt(till):
    path = sell(till).removeprefix("/pos")
    css = till.page(path + "/page.css")
    assert css.mimetype == "text/css"
    assert re.fullmatch(r"@page \{ size: 80mm \d+mm; margin: 0 0 0 4mm; \}\n", css.text)
    assert f"{path}/page.css" in till.page(path).text


def test_orders_are_listed_found_and_reprinted_as_a_copy(till):
    path = sell(till)
    uuid = path.rsplit("/", 1)[1]
    assert "R1-1-0001" in words(till.page("/orders"))
    assert "R1-1-0001" in words(till.get("/orders?q=espresso"))
    assert "No order found" in words(till.get("/orders?q=zzz&days=all&offset=x"))
    assert "A manager has to approve it." in words(till.page(f"/orders/{uuid}"))
    assert "*** Copy ***" in words(till.page(f"/receipts/{uuid}/copy"))
    assert "*** Copy ***" not in words(till.page(f"/receipts/{uuid}"))


@pytest.mark.parametrize("path", ["/receipts/unknown", "/receipts/unknown/copy", "/orders/unknown"])
def test_an_unknown_order_is_not_found(till, path):
    assert till.page(path).status_code == 404


def test_without_the_permission_only_ones_own_orders_show(till, managers_till, shop):
    managers_till.ring()
    uuid = where_to(pay(managers_till)).rsplit("/", 1)[1]
    shop.publish(record("cashier", Role(name="Cashier", permissions=("order.create",))))
    assert "No sales of yours yet today" in words(till.page("/orders"))
    assert till.page(f"/receipts/{uuid}").status_code == 404
    assert till.page(f"/receipts/{uuid}/copy").status_code == 403


def test_a_manager_refunds_once_with_a_reason(till, managers_till, shop):
    uuid = sell(till).rsplit("/", 1)[1]
    assert "Faulty" in words(managers_till.page(f"/orders/{uuid}"))
    assert till.post(f"/orders/{uuid}/refund", reason="Faulty").status_code == 403
    assert managers_till.post(f"/orders/{uuid}/refund").status_code == 422
    path = where_to(managers_till.post(f"/orders/{uuid}/refund", reason="Faulty", other_reason="Too cold"))
    receipt = words(managers_till.page(path.removeprefix("/pos")))
    assert "Give back €2.40" in receipt and "Reason: Too cold" in receipt and "Refund of R1-1-0001" in receipt
    again = managers_till.post(f"/orders/{uuid}/refund", reason="Faulty")
    assert again.status_code == 422 and "refunded already" in words(again)
    detail = words(managers_till.page(f"/orders/{uuid}"))
    assert "Refunded with T1-1-0001" in detail and "Reprint" in detail
    assert shop.do(lambda book: book.query(Order).filter_by(is_refund=True).count()) == 1


def test_a_store_may_lock_after_each_sale(till, shop):
    assert 'form="lock" data-key="F9"' not in till.page(sell(till).removeprefix("/pos")).text
    shop.publish(record(STORE, StoreSettings(lock_after_sale=True)))
    assert 'form="lock" data-key="F9"' in till.page(sell(till).removeprefix("/pos")).text


def test_operations_and_about_are_pages_too(till):
    operations = words(till.page("/operations"))
    assert operations.index("Sign Out") < operations.index("Sync Back Office")
    about = words(till.page("/status"))
    assert "Register 1 (R1)" in about and "v1.2.3" in about and "Waiting to go up 0" in about
