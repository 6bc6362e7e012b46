"""The receipt as text: 42 columns, every figure in its place."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos_web.catalog import published
from pos_web.orders.receipt import COLUMNS, page_height_mm, receipt_lines
from pos_web.payments.take import payments_of
from sync_contract.records import StoreProfile
from tests.pos_web.shop import STORE, item, record


def printed(shop, order, **more):
    with shop.book.read() as book, shop.replica.read() as replica:
        return receipt_lines(
            book.merge(order, load=False),
            payments_of(book, order_uuid=order.uuid),
            profile=published.profile(replica, store_id=STORE),
            terminal_name="Register 1",
            **more,
        )


def test_a_receipt_has_head_lines_sums_payments_and_foot(shop):
    shop.publish(
        record(
            STORE,
            StoreProfile(
                name="Corner",
                currency="EUR",
                locale="en_US",
                time_zone="Europe/Berlin",
                address_lines=("Main Street 1",),
                tax_number="DE 123",
                receipt_footer="Thank you!\nSee you",
            ),
        )
    )
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("flat-white", modifiers=["oat"])
    shop.ring("juice", variant="large")
    order = shop.pay_cash(2000).order
    assert printed(shop, order) == [
        "                  Corner",
        "              Main Street 1",
        "                  DE 123",
        "",
        "Receipt                          R1-1-0001",
        "11/23/26, 1:00\u202fPM               Register 1",
        "Served by                           Mia K.",
        "-" * 42,
        "2 x Flat white                       10.00",
        "   @ 5.00",
        "   Oat",
        "1 x Juice, Large                      4.20",
        "-" * 42,
        "TOTAL                               €14.20",
        "incl. VAT 19 %                        2.27",
        "-" * 42,
        "Cash                                 20.00",
        "Change                                5.80",
        "-" * 42,
        "                Thank you!",
        "                 See you",
    ]


def test_a_copy_says_that_it_is_one(shop):
    shop.ring("espresso")
    order = shop.pay_cash(240).order
    assert any("*** Copy ***" in line for line in printed(shop, order, is_copy=True))
    assert not any("Copy" in line for line in printed(shop, order))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120))
def test_no_name_breaks_the_columns(shop, name):
    shop.publish(("item", "named", item(name, 1234)[2]))
    shop.ring("named")
    order = shop.pay_cash(10_000).order
    lines = printed(shop, order)
    assert max(len(line) for line in lines) <= COLUMNS
    assert any(line.endswith(" 12.34") for line in lines)


def test_a_longer_receipt_needs_a_taller_page(shop):
    assert page_height_mm(["x"] * 40) - page_height_mm(["x"] * 10) == 114
