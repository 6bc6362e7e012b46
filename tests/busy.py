"""Both houses in the middle of a busy day: something of everything that has a form of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from uuid import uuid4

from sqlalchemy import delete, select, update

from backoffice_web.attendance.shift import Shift
from backoffice_web.catalog.item import Item
from backoffice_web.database import new_key
from backoffice_web.ledger.refused import note_refused
from backoffice_web.people.role import Role
from backoffice_web.people.sign_in_tries import SignInTry
from backoffice_web.publishing.publication import Publication
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.terminals.node import Node
from backoffice_web.terminals.terminal import Terminal
from pos_web.approvals.approval import ApprovalRequest
from pos_web.orders.order import Order
from pos_web.routes.punches import PATIENCE, PUNCHING
from pos_web.staff.journal import PinFailure
from pos_web.syncing.outbox import REFUSED, SETTLED, OutboxDocument
from sync_contract.uploads import Receipt
from tests.backoffice_web.imports.sample_catalogs import SHOPIFY
from tests.cast import employee_of, first_store, first_terminal, office, synced, till
from tests.crawl import inside
from tests.journeys.prices import publish_price
from tests.rubbish import Page

POS_PAGES = ("/", "/payments", "/payments?tender=card", "/terminals", "/orders", "/holds", "/operations")


def ring_something(client):
    """One line on the open order, by the form of the first tile that needs no choice."""
    page = Page(client.get("/order").text)
    tile = next(form for form in page.forms if form.action.endswith("/order/lines"))
    # A partly paid order takes no more lines, and says so.
    assert client.post(inside(tile.action), data=dict(tile.pairs())).status_code in {303, 422}


def open_line(evertill):
    """The uuid of the first line of the first store's open order."""
    store = first_store(evertill).id
    with evertill.book.read() as book:
        opened = select(Order).where(Order.state == "open", Order.store_id == store)
        return book.scalars(opened).one().lines[0].uuid


def take_payments_back(client):
    """The open order can be changed again."""
    for form in Page(client.get("/payments").text).forms:
        if form.action.endswith("/removal"):
            client.post(inside(form.action), data=dict(form.pairs()))


def sell_something(client):
    """A finished sale, paid exactly in cash."""
    ring_something(client)
    page = Page(client.get("/payments").text)
    cash = next(form for form in page.forms if form.action.endswith("/payments/cash") and form.fields)
    assert "/receipts/" in client.post("/payments/cash", data=dict(cash.pairs())).location


def hold_something(client, note=""):
    ring_something(client)
    return client.post("/holds", data={"order": shown_order(client), "note": note})


def shown_order(client):
    """The order that the order screen's forms are about."""
    page = Page(client.get("/order").text)
    return next(form for form in page.forms if form.action.endswith("/voids")).value_of("order")


def identify(evertill, clock, role="owner", *, currency="USD"):
    """As after the right PIN at the Time Clock, which wrong ones may have locked."""
    with clock.session_transaction() as kept:
        until = (datetime.now(UTC) + PATIENCE).timestamp()
        kept[PUNCHING] = [employee_of(evertill, role, currency=currency), until]


def clock_in(evertill, clock, *, currency="USD"):
    """A manager clocks in, and stands at the Time Clock once more."""
    identify(evertill, clock, "manager", currency=currency)
    assert clock.post("/punches/clock-ins", data={}).status_code == 303
    identify(evertill, clock, "manager", currency=currency)


def take_a_break(evertill, clock):
    page = Page(clock.get("/punches/own").text)
    form = next(form for form in page.forms if form.action.endswith("/punches/breaks"))
    assert clock.post("/punches/breaks", data=dict(form.pairs())).status_code == 303
    identify(evertill, clock, "manager", currency="EUR")


def stand_at_the_clock(evertill, clock, act, *, currency="USD"):
    """Press, as the manager, until the Time Clock offers `act`, whatever was pressed there before."""
    ways = ("clock-outs",) if act == "clock-ins" else ("clock-ins", "break-ends", "breaks")
    while True:
        identify(evertill, clock, "manager", currency=currency)
        forms = Page(clock.get("/punches/own").text).forms
        offered = {form.action.rsplit("/", 1)[1]: form for form in forms if "/punches/" in form.action}
        if act in offered:
            return
        way = next(name for name in ways if name in offered)
        assert clock.post(f"/punches/{way}", data=dict(offered[way].pairs())).status_code == 303


def ask_a_manager(evertill):
    """The uuid of a new question that a cashier has for the managers of the first store."""
    asking = {"scanner_prefix": uuid4().hex}
    assert till(evertill, role="cashier").post("/pos-settings", data=asking).status_code == 403
    with evertill.book.read() as book:
        newest = select(ApprovalRequest.uuid).order_by(ApprovalRequest.asked_at.desc()).limit(1)
        return book.scalars(newest).one()


def forget_wrong_pins(evertill):
    with evertill.book.write() as book:
        book.execute(delete(PinFailure))
        book.commit()


def open_the_office_again(evertill):
    """As before somebody demanded a second factor, guessed passwords and put terminals away."""
    with evertill.office_database.write() as session:
        session.execute(update(Enterprise).values(wants_second_factor=False))
        session.execute(update(Role).values(wants_second_factor=False))
        session.execute(update(Terminal).values(is_archived=False))
        session.execute(delete(SignInTry))
        session.commit()


def leave_something_unpublished(client):
    name = f"Waits {uuid4().hex}"
    assert client.post("/categories", data={"name": name, "action": "save"}).status_code == 303


def visitors(evertill, house):
    """(who, client, starts): who is needed to see all forms of the house, and where each begins to look."""
    return _at_the_tills(evertill) if house == "pos" else _in_the_office(evertill)


def visitor_again(evertill, house, who):
    """A client such as the visitor's at first, whatever theirs has done since."""
    if house == "backoffice":
        return office(evertill) if who == "owner" else evertill.backoffice.test_client()
    role = {"owner": "owner", "cashier": "cashier", "paying": "owner"}.get(who)
    return till(evertill, role=role, currency=currency_of(who))


def currency_of(who):
    """Of the store where the visitor is."""
    return "EUR" if who in {"resting", "paying"} else "USD"


def _at_the_tills(evertill):
    owner = till(evertill, role="owner")
    sell_something(owner)
    _refund_it(evertill, owner)
    sell_something(owner)
    hold_something(owner)
    mark_sold_out(owner)
    line = _ring_at_a_price_of_before(evertill, owner)
    refuse_what_was_sold(evertill)
    cashier, question = _who_asked_a_manager(evertill, line)
    _lock_a_pin(evertill)
    arriving, working, resting = till(evertill), till(evertill), till(evertill, currency="EUR")
    identify(evertill, arriving)
    clock_in(evertill, working)
    clock_in(evertill, resting, currency="EUR")
    take_a_break(evertill, resting)
    paying = till(evertill, role="owner", currency="EUR")
    ring_something(paying)
    part = {"order": shown_order(paying), "received": "0.10", "key": "p" * 12}
    assert paying.post("/payments/cash", data=part).status_code == 303
    return [
        ("owner", owner, ["/order", f"/order?line={line}", *POS_PAGES, "/sold-out?q=espresso", "/approvals"]),
        ("cashier", cashier, [question]),
        ("arriving", arriving, ["/punches/own", "/"]),
        ("working", working, ["/punches/own"]),
        ("resting", resting, ["/punches/own"]),
        ("paying", paying, ["/payments"]),
    ]


def _refund_it(evertill, owner):
    with evertill.book.read() as book:
        sale = book.scalars(select(Order).where(Order.number != "")).one()
    assert owner.post(f"/orders/{sale.uuid}/refund", data={"reason": "Faulty"}).status_code == 303


def mark_sold_out(owner):
    page = Page(owner.get("/sold-out?q=latte").text)
    form = next(form for form in page.forms if form.action.endswith("/sold-out") and form.method == "post")
    assert owner.post("/sold-out", data=dict(form.pairs())).status_code == 303


def _ring_at_a_price_of_before(evertill, owner):
    """The uuid of an open order's line whose item has a newer price."""
    with evertill.office_database.read() as session:
        item = session.scalars(select(Item.id).order_by(Item.name).limit(1)).one()
    assert owner.post("/order/lines", data={"item": item}).status_code == 303
    publish_price(evertill, 333)
    assert synced(evertill).is_success
    return open_line(evertill)


def _who_asked_a_manager(evertill, line):
    """(a cashier who waits for an answer, the address of the question)."""
    cashier = till(evertill, role="cashier")
    asking = {"price": "0.50", "reason": "Dented"}
    assert cashier.post(f"/order/lines/{line}/price", data=asking).status_code == 403
    with evertill.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    return cashier, f"/approvals/{asked.uuid}"


def refuse_what_was_sold(evertill):
    with evertill.book.write() as book:
        # Locked one after the other as the agent does, which may be writing down answers at this moment.
        orders = select(OutboxDocument).where(OutboxDocument.kind == "order").with_for_update()
        for document in book.scalars(orders.order_by(OutboxDocument.sequence)):
            document.state, document.reason = REFUSED, "It cannot be read."
        book.commit()


def settle_what_was_sold(evertill):
    """As when the office has the first of them with another text."""
    refuse_what_was_sold(evertill)
    with evertill.book.write() as book:
        orders = select(OutboxDocument).where(OutboxDocument.state == REFUSED)
        first = book.scalars(orders.order_by(OutboxDocument.sequence).limit(1)).one()
        first.state, first.reason = SETTLED, "The office has this document already, with other content."
        book.commit()


def refuse_at_the_office(evertill):
    """A document that the office refused, other bytes than before: it is listed again, once dismissed."""
    why = "The office holds another document under this UUID. What differs: the total, the lines."
    store, receipt = first_store(evertill).id, Receipt(uuid="refused", outcome="refused", reason=why)
    with evertill.office_database.write() as session:
        content = uuid4().hex.encode()
        note_refused(session, store_id=store, content=content, receipt=receipt, now=datetime.now(UTC))
        session.commit()


def _lock_a_pin(evertill):
    store, terminal = first_store(evertill).id, first_terminal(evertill).id
    with evertill.book.write() as book:
        employee = employee_of(evertill, "cashier")
        book.add(PinFailure(store_id=store, terminal_id=terminal, employee_id=employee, count=5,
                            last_at=datetime.now(UTC)))  # fmt: skip
        book.commit()


def _in_the_office(evertill):
    owner, now = office(evertill), datetime.now(UTC)
    office(evertill), office(evertill, role="manager")
    leave_something_unpublished(owner)
    publish_price(evertill, 333)
    refuse_at_the_office(evertill)
    store, manager = first_store(evertill).id, employee_of(evertill, "manager")
    with evertill.office_database.write() as session:
        node = Node(id=new_key(), name="Back room", token_hash="x" * 64, created_at=now)
        shift = Shift(
            id=new_key(), store_id=store, employee_id=manager, employee_name="Daniel", role_id="manager",
            role_name="Manager", business_date=now.date(), clocked_in_at=now,
        )  # fmt: skip
        session.add_all([node, shift])
        session.execute(update(Terminal).values(registered_at=now))
        session.commit()
        items = session.scalars(select(Item.id).limit(3)).all()
        first = select(Publication.id).where(Publication.store_id == store, Publication.version == 1)
        publication = session.scalars(first).one()
    batch = {"key": items, "after": "/backoffice/items"}
    acts = ("prices", "category", "sold")
    asked = [owner.post("/item-batches", data={**batch, "act": act}) for act in acts]
    planned, unmapped = (_uploaded(owner, store, text) for text in (SHOPIFY, "Name,Cost,Sold for\nTea,1,2\n"))
    nobody = evertill.backoffice.test_client()
    starts = [
        "/",
        "/store-nodes",
        "/store-nodes/new",
        "/sold-out?q=latte",
        "/dead-letters",
        f"/publications/{publication}",
        f"/employees/{manager}/menu",
        planned,
        unmapped,
    ]
    return [("owner", owner, [*starts, "/publications", *asked]), ("nobody", nobody, ["/sign-in"])]


def _uploaded(owner, store, text):
    """The address of the page to which a file led."""
    file = (BytesIO(text.encode()), "catalog.csv")
    answer = owner.post("/imports", data={"file": file, "store": store}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return inside(answer.location)
