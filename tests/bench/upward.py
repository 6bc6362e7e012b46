"""From the stores up: 10,000 sales after an outage, and 500 nodes that find the office again at once."""

from __future__ import annotations

import http.client
import random
import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import func, select

from backoffice_web.ledger.sale import Sale, UploadedDocument
from backoffice_web.publishing.publication import PublishedHead
from backoffice_web.stores.enterprise import Enterprise
from sync_contract.changes import NodeReport, Trailer, decode_lines, encode_line
from sync_contract.uploads import Order, OrderLine, Payment, encode_document
from tests.bench.big_store import item_key, variant_key
from tests.bench.edits import publish_all, save_prices, spread
from tests.bench.figures import Figure, percentile
from tests.bench.house import house
from tests.bench.node import node

QUEUE_AT_ONCE = 500
# Nodes that lost the office ask again at a moment of their own within this time.
SPREAD_S = 10


def figures(offices, chosen, work, _packages):
    size = offices.sizes[0]
    return _sales(offices, size, chosen, work) + _reconnect(offices, size, chosen, work)


def _sales(offices, size, chosen, work):
    office, address = offices.at[size]
    count = 100 if chosen.quick else 10_000
    before = _kept(office)
    with node(work / "outage", address=address, office=office) as ask:
        documents = [_sale(office, number) for number in range(count)]
        for start in range(0, count, QUEUE_AT_ONCE):
            ask("queue", documents=documents[start : start + QUEUE_AT_ONCE])
        sent = ask("send")
    assert (sent["waiting"], sent["refused"]) == (0, 0), sent
    kept = tuple(now - then for now, then in zip(_kept(office), before, strict=True))
    name = f"{count:,} queued sales uploaded"
    return [
        Figure(f"{name}: time", sent["ms"][0] / 1000, "s", 60),
        Figure(f"{name}: lost or doubled", max(abs(number - count) for number in kept), "sales", 0),
    ]


def _kept(office):
    with office.database.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table).where(table.store_id == office.store_id))
            for table in (Sale, UploadedDocument)
        )


def _sale(office, number):
    now = datetime.now(UTC)
    line = OrderLine(
        uuid=uuid4().hex, item=item_key(number % 100), variant=variant_key(number % 100), name="Oat bar",
        quantity=2, unit_price_cents=150, total_cents=300, version=1,
    )  # fmt: skip
    paid = Payment(
        uuid=uuid4().hex, tender_type="cash", name="Cash", method="cash",
        amount_cents=300, tendered_cents=500, change_cents=200,
    )  # fmt: skip
    order = Order(
        uuid=uuid4().hex, store=office.store_id, terminal="bench", number=f"B-1-{number}", series="B-1",
        counter=number + 1, employee="bench", employee_name="Bench", opened_at=now, finished_at=now,
        business_date=now.date(), currency="USD", subtotal_cents=300, tax_cents=0, total_cents=300,
        lines=(line,), payments=(paid,), version=1,
    )  # fmt: skip
    return encode_document(order).decode()


def _reconnect(offices, size, chosen, work):
    """The office starts again; simulated nodes each ask, take a delta of 100 changes, and report."""
    office, _address = offices.at[size]
    count = 20 if chosen.quick else 500
    with office.database.read() as session:
        head = session.get_one(PublishedHead, office.store_id)
        has = (head.version, head.digest, session.get_one(Enterprise, 1).epoch)
    save_prices(office, spread(100, size))
    publish_all(office)
    with ExitStack() as stack:
        # A second process over the same database: the one that has just come up again.
        address = stack.enter_context(house(office.home, role="backoffice"))
        nodes = [_Reconnecting(office, address, has) for _number in range(count)]
        start = time.monotonic()
        for each in nodes:
            each.start()
        for each in nodes:
            each.join(120)
        took = time.monotonic() - start
    assert all(each.version == has[0] + 1 for each in nodes), [each.problem for each in nodes if each.problem]
    answers = [ms for each in nodes for ms in each.answers_ms]
    name = f"{count} nodes reconnect within {SPREAD_S} s (simulated)"
    return [
        Figure(f"{name}: all current after", took, "s", 60),
        Figure(f"{name}: the office answers, p99", percentile(answers, 99) / 1000, "s", 1),
        Figure(f"{name}: the office answers, p50", percentile(answers, 50), "ms"),
    ]


class _Reconnecting(threading.Thread):
    def __init__(self, office, address, has):
        super().__init__(daemon=True)
        self.office, self.host, self.has = office, urlsplit(address).netloc, has
        self.answers_ms, self.version, self.problem = [], 0, None

    def run(self):
        time.sleep(random.random() * SPREAD_S)
        try:
            self._catch_up()
        except Exception as problem:
            self.problem = problem

    def _catch_up(self):
        since, digest, epoch = self.has
        path = f"/backoffice/bridge/v1/stores/{self.office.store_id}"
        with closing(http.client.HTTPConnection(self.host, timeout=30)) as line:
            self._ask(line, "GET", f"{path}/status?since={since}")
            stream = self._ask(line, "GET", f"{path}/changes?since={since}&epoch={epoch}&digest={digest}")
            trailer = decode_lines(stream)[-1]
            assert isinstance(trailer, Trailer)
            report = NodeReport(store=self.office.store_id, version=trailer.to, digest=trailer.digest)
            self._ask(line, "POST", f"{path}/reports", encode_line(report))
            self.version = trailer.to

    def _ask(self, line, method, path, content=None):
        headers = {"Authorization": f"Bearer {self.office.token}", "Content-Type": "application/json"}
        start = time.perf_counter()
        line.request(method, path, body=content, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        self.answers_ms.append((time.perf_counter() - start) * 1000)
        assert answer.status < 300, (answer.status, body[:300])
        return body
