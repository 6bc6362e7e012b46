"""A till of one store reaches nothing of another on the same node, whichever parameter names it.

The manager of Boston holds every permission, and knows the id of everything in Hamburg.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from pos_web.approvals.approval import ApprovalRequest
from pos_web.database import BookBase
from pos_web.orders.order import Order
from pos_web.payments.payment import Payment
from pos_web.staff.journal import PinFailure
from pos_web.syncing.outbox import REFUSED, OutboxDocument
from sync_contract.permissions import KEYS
from tests.cast import employee_of, first_store, first_terminal, publish_permissions, simple_items, till
from tests.crawl import asking_for, forms_of, send, with_other_keys

# What the agent writes by itself, whoever is at a till.
ALIVE = {"sync_states", "sync_runs", "sync_leases", "sync_requests", "outbox_documents", "connections"}


@pytest.fixture
def boston(evertill):
    """A browser of Boston's manager, who may do everything there."""
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    publish_permissions(evertill, "manager", KEYS)
    return till(evertill, role="manager")


@pytest.fixture
def hamburg(evertill):
    """The ids of what belongs to Hamburg, by kind."""
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = till(evertill, role="cashier", currency="EUR")
    store, cashier = first_store(evertill, currency="EUR"), employee_of(evertill, "cashier", currency="EUR")
    terminal = first_terminal(evertill, currency="EUR")
    sold = order_of(evertill, ring(evertill, client), "open")
    client.post("/payments/cash", data={"order": sold.uuid, "received": "500", "key": "k" * 12})
    held = order_of(evertill, ring(evertill, client), "open")
    client.post("/holds", data={"order": held.uuid})
    opened = order_of(evertill, ring(evertill, client), "open")
    client.post("/payments/cash", data={"order": opened.uuid, "received": "0.10", "key": "p" * 12})
    client.post(f"/orders/{sold.uuid}/refund", data={"reason": "Faulty"})
    with evertill.book.write() as book:
        asked = book.scalars(select(ApprovalRequest).where(ApprovalRequest.store_id == store.id)).one()
        part = book.scalars(select(Payment).where(Payment.order_uuid == opened.uuid)).one()
        book.get(OutboxDocument, sold.uuid).state = REFUSED
        # Locked out after five wrong PINs: for Hamburg's manager to see and to end.
        now = datetime.now(UTC)
        book.add(
            PinFailure(store_id=store.id, terminal_id=terminal.id, employee_id=cashier, count=5, last_at=now)
        )
        book.commit()
    return {
        "store": store.id, "terminal": terminal.id, "employee": cashier, "sale": sold.uuid, "held": held.uuid,
        "open": opened.uuid, "line": opened.lines[0].uuid, "held line": held.lines[0].uuid,
        "payment": part.uuid, "approval": asked.uuid,
    }  # fmt: skip


def ring(evertill, client, *, currency="EUR"):
    """Ring something that needs no choice; the client's store."""
    store = first_store(evertill, currency=currency)
    item, _simple = simple_items(evertill, store)[0]
    assert client.post("/order/lines", data={"item": item}).status_code == 303
    return store


def order_of(evertill, store, state):
    with evertill.book.read() as book:
        found = book.scalars(select(Order).where(Order.store_id == store.id, Order.state == state)).one()
        assert found.lines
    return found


def of_store(evertill, store_id):
    """Every row of the store's book, but for what the agent keeps moving."""
    with evertill.book.read() as book:
        rows = {
            table.name: sorted(
                map(repr, book.execute(select(table).where(table.c.store_id == store_id)).all())
            )
            for table in BookBase.metadata.sorted_tables
            if "store_id" in table.c and table.name not in ALIVE
        }
        refused = select(OutboxDocument.uuid).where(
            OutboxDocument.store_id == store_id, OutboxDocument.state == REFUSED
        )
        return rows | {"refused": sorted(book.scalars(refused))}


def addresses(app):
    """(method, path with {} for its parameter). In the demo any browser may choose its terminal."""
    for rule in app.url_map.iter_rules():
        if "<" in rule.rule and not rule.rule.startswith(("/assets", "/static", "/terminals/")):
            assert rule.rule.count("<") == 1
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield method, re.sub(r"<[^>]+>", "{}", rule.rule)


def test_no_address_leads_to_what_belongs_to_another_store(evertill, boston, hamburg):
    before = of_store(evertill, hamburg["store"])
    assert all(
        before[name] for name in ("orders", "payments", "approval_requests", "pin_failures", "refused")
    )
    form = {"reason": "Faulty", "quantity": "1", "price": "0.01", "employee": hamburg["employee"]}
    for method, path in addresses(evertill.pos):
        for kind, key in hamburg.items():
            response = boston.open(path.format(key), method=method, data=form if method == "POST" else None)
            assert response.status_code in {404, 422}, (method, path, kind, response.status_code)
    assert of_store(evertill, hamburg["store"]) == before


def test_no_form_acts_in_another_store(evertill, boston, hamburg):
    before = of_store(evertill, hamburg["store"])
    somebody = {"terminal": hamburg["terminal"], "employee": hamburg["employee"], "pin": "1111"}
    for path in ("/pin-locks/removal", "/sessions", "/punches/people"):
        assert boston.post(path, data=somebody).status_code == 422, path
    assert boston.post("/sold-out", data={"key": hamburg["sale"]}).status_code == 422
    assert of_store(evertill, hamburg["store"]) == before


def test_no_field_of_any_form_reaches_another_store(evertill, boston, hamburg):
    """Wherever a form names a record a key of Hamburg's is sent in its place. In the demo any browser may
    choose its terminal, and signing out ends what is tried."""
    ring(evertill, boston, currency="USD")
    before, sent = of_store(evertill, hamburg["store"]), 0
    for _address, form in forms_of(boston, ["/", "/order", "/payments", "/orders", "/operations"]):
        if any(word in form.action for word in ("/sessions", "/terminals", "/departures")):
            continue
        for pairs in with_other_keys(form, hamburg.values()):
            answer = send(boston, form, pairs)
            assert answer.status_code < 500 and "Hamburg" not in answer.text, (form.action, pairs)
            sent += 1
    assert sent > 50
    assert of_store(evertill, hamburg["store"]) == before


def test_no_query_leads_to_another_store(evertill, boston, hamburg):
    for path, query in asking_for(evertill.pos, "pos", hamburg.values(), but=("/assets", "/terminals")):
        assert "Hamburg" not in boston.get(f"{path}?{query}").text, (path, query)


def test_no_screen_tells_of_another_store(evertill, boston, hamburg):
    for path in (
        "/order", "/orders?days=all", "/holds", "/operations", "/status", "/support", "/pin-locks",
        "/devices", "/sold-out", "/punches", "/approvals", "/pos-settings", "/syncs",
    ):  # fmt: skip
        page = boston.get(path)
        assert page.status_code == 200, path
        assert [kind for kind, key in hamburg.items() if key in page.text] == [], path
        assert "Hamburg" not in page.text, path


def test_a_cookie_of_one_store_opens_no_session_of_another(evertill, boston, hamburg):
    """The session's key is bound to its terminal: a browser that becomes another one signs in again."""
    other = till(evertill, currency="EUR")
    with boston.session_transaction() as kept:
        mine = dict(kept)
    with other.session_transaction() as kept:
        kept.update(mine)
    answer = other.get("/order")
    assert answer.status_code == 303
    assert "/order" not in answer.headers["Location"]
