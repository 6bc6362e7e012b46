"""A person at a demo till who sells one thing after another, and what the office knows of it."""

import re
from uuid import uuid4

from sqlalchemy import func, select

from backoffice_web.ledger.sale import Sale
from pos_web.orders.order import Order
from pos_web.syncing.outbox import OutboxDocument, waiting
from tests.cast import first_store, till

HTMX = {"HX-Request": "true"}


class Seller:
    """Signed in at the first terminal of the USD store."""

    def __init__(self, evertill, role="cashier"):
        evertill.pos.config["WTF_CSRF_ENABLED"] = False
        self.evertill = evertill
        self.store = first_store(evertill)
        self.browser = till(evertill, role=role)

    def sell(self):
        """Ring the first favourite and take it in cash; the order's UUID."""
        page = self.browser.get("/order").text
        item = re.search(r'"item": "([0-9a-f]+)"', page.replace("&#34;", '"').replace("&quot;", '"'))[1]
        rung = self.browser.post("/order/lines", data={"item": item, "tap": uuid4().hex}, headers=HTMX)
        assert rung.status_code == 200
        order = re.search(r'name="order" value="(\w+)"', self.browser.get("/payments").text)[1]
        form = {"order": order, "received": "500.00", "key": uuid4().hex}
        paid = self.browser.post("/payments/cash", data=form, headers=HTMX)
        assert "/receipts/" in paid.headers.get("HX-Redirect", ""), paid.text
        return paid.headers["HX-Redirect"].split("/receipts/")[1].split("?")[0]

    def unsent(self):
        with self.evertill.book.read() as book:
            return waiting(book, store_id=self.store.id)

    def documents(self):
        """Every document of the store's outbox, oldest first."""
        with self.evertill.book.read() as book:
            return list(
                book.scalars(
                    select(OutboxDocument)
                    .where(OutboxDocument.store_id == self.store.id)
                    .order_by(OutboxDocument.sequence)
                )
            )

    def numbers(self):
        """The receipt numbers that this book has given, in order."""
        with self.evertill.book.read() as book:
            found = book.scalars(select(Order).where(Order.number.is_not(None)).order_by(Order.finished_at))
            return [order.number for order in found]


def sales_of(evertill):
    """How often the office holds each sale; once is right."""
    with evertill.office_database.read() as session:
        return dict(session.execute(select(Sale.uuid, func.count()).group_by(Sale.uuid)).all())
