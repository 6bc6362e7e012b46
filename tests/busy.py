"""Both houses in the middle of a busy day: something of everything that has a form of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

from sqlalchemy import select

from backoffice_web.attendance.shift import Shift
from backoffice_web.catalog.item import Item
from backoffice_web.database import new_key
from backoffice_web.terminals.node import Node
from pos_web.approvals.approval import ApprovalRequest
from pos_web.orders.order import Order
from pos_web.staff.journal import PinFailure
from pos_web.syncing.outbox import REFUSED, OutboxDocument
from tests.cast import employee_of, first_store, first_terminal, office, till
from tests.crawl import inside
from tests.journeys.prices import publish_price
from tests.rubbish import Page

POS_PAGES = ("/", "/order", "/payments", "/terminals", "/orders", "/holds", "/operations")


def ring_something(client):
    """One line on the open order, by the form of the first tile that needs no choice."""
    page = Page(client.get("/order").text)
    tile = next(form for form in page.forms if form.action.endswith("/order/lines"))
    # A partly paid order takes no more lines, and says so.
    assert client.post(inside(tile.action), data=dict(tile.pairs())).status_code in {303, 422}


def sell_something(client):
    """A finished sale, paid exactly in cash."""
    ring_something(client)
    page = Page(client.get("/payments").text)
    cash = next(form for form in page.forms if form.action.endswith("/payments/cash") and form.fields)
    assert "/receipts/" in client.post("/payments/cash", data=dict(cash.pairs())).location


def hold_something(client, note=""):
    ring_something(client)
    return client.post("/holds", data={"note": note})


def identify(evertill, clock):
    """Enter the owner's PIN at the Time Clock."""
    owner = {"employee": employee_of(evertill, "owner"), "pin": "3333"}
    assert clock.post("/punches/people", data=owner).status_code == 303


def leave_something_unpublished(client):
    name = f"Waits {uuid4().hex}"
    assert client.post("/categories", data={"name": name, "action": "save"}).status_code == 303


def visitors(evertill, house):
    """(who, client, starts): who is needed to see all forms of the house, and where each begins to look."""
    return _at_the_tills(evertill) if house == "pos" else _in_the_office(evertill)


def _at_the_tills(evertill):
    owner = till(evertill, role="owner")
    sell_something(owner)
    hold_something(owner)
    ring_something(owner)
    publish_price(evertill, 333)
    _refuse_the_newest_document(evertill)
    cashier, question = _who_asked_a_manager(evertill, owner)
    _lock_a_pin(evertill)
    clock = till(evertill)
    identify(evertill, clock)
    paying = till(evertill, role="owner", currency="EUR")
    ring_something(paying)
    assert paying.post("/payments/cash", data={"received": "0.10", "key": "p" * 12}).status_code == 303
    return [
        ("owner", owner, [*POS_PAGES, "/approvals"]),
        ("cashier", cashier, [question]),
        ("clock", clock, ["/punches/own", "/"]),
        ("paying", paying, ["/payments"]),
    ]


def _who_asked_a_manager(evertill, owner):
    """(a cashier who waits for an answer, the address of the question)."""
    cashier = till(evertill, role="cashier")
    with evertill.book.read() as book:
        order = book.scalars(select(Order).where(Order.state == "open")).first()
        url = f"/order/lines/{order.lines[0].uuid}/price"
    assert cashier.post(url, data={"price": "0.50", "reason": "Dented"}).status_code == 403
    with evertill.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    return cashier, f"/approvals/{asked.uuid}"


def _refuse_the_newest_document(evertill):
    with evertill.book.write() as book:
        document = book.scalars(select(OutboxDocument).where(OutboxDocument.kind == "order")).first()
        document.state, document.refusal = REFUSED, "It cannot be read."
        book.commit()


def _lock_a_pin(evertill):
    store, terminal = first_store(evertill).id, first_terminal(evertill).id
    with evertill.book.write() as book:
        employee = employee_of(evertill, "cashier")
        book.add(PinFailure(store_id=store, terminal_id=terminal, employee_id=employee, count=5,
                            last_at=datetime.now(UTC)))  # fmt: skip
        book.commit()


def _in_the_office(evertill):
    owner, now = office(evertill), datetime.now(UTC)
    office(evertill)
    leave_something_unpublished(owner)
    store, cashier = first_store(evertill).id, employee_of(evertill, "cashier")
    with evertill.office_database.write() as session:
        node = Node(id=new_key(), name="Back room", token_hash="x" * 64, created_at=now)
        shift = Shift(
            id=new_key(), store_id=store, employee_id=cashier, employee_name="Mia", role_id="cashier",
            role_name="Cashier", business_date=now.date(), clocked_in_at=now,
        )  # fmt: skip
        session.add_all([node, shift])
        session.commit()
        items = session.scalars(select(Item.id).limit(3)).all()
    batch = {"key": items, "after": "/backoffice/items"}
    acts = ("prices", "category", "sold")
    asked = [owner.post("/item-batches", data={**batch, "act": act}) for act in acts]
    file = (BytesIO(b"Name,Cost,Sold for\nTea,1,2\n"), "catalog.csv")
    uploaded = owner.post("/imports", data={"file": file, "store": store}, content_type="multipart/form-data")
    assert uploaded.status_code == 303, uploaded.text
    nobody = evertill.backoffice.test_client()
    return [
        ("owner", owner, ["/", "/publications", inside(uploaded.location), *asked]),
        ("nobody", nobody, ["/sign-in"]),
    ]
