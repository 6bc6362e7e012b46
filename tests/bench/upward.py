"""From the stores up: 10,000 sales after an outage, and 500 nodes that find the office again at once."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import websocket
from sqlalchemy import func, select

from backoffice_web.bridge.access import issue_node_token
from backoffice_web.ledger.sale import Sale, UploadedDocument
from backoffice_web.publishing.publication import PublishedHead
from backoffice_web.stores.enterprise import Enterprise
from pos_web.office_socket import LONGEST_PAUSE_S
from sync_contract.changes import NodeReport, Trailer, decode_lines, encode_line
from sync_contract.contract import CONTRACT
from sync_contract.notice import NODES
from sync_contract.uploads import Order, OrderLine, Payment, encode_document
from tests.bench.big_store import item_key, variant_key
from tests.bench.edits import publish_all, save_prices, spread
from tests.bench.figures import Figure, percentile
from tests.bench.house import Office, house, made_home
from tests.bench.many_stores import add_stores
from tests.bench.node import node

QUEUE_AT_ONCE = 500
PATH = "backoffice/socket.io/?EIO=4&transport=websocket"


def figures(offices, chosen, work, _packages):
    size = offices.sizes[0]
    return _sales(offices, size, chosen, work) + _reconnect(size, chosen, work)


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


def _reconnect(size, chosen, work):
    """The office starts again; simulated nodes come back, each with its store, its token and its socket.

    Each joins, asks, takes a delta of 100 changes, and reports; its socket stays open until all are done.
    """
    count = 20 if chosen.quick else 500
    home = work / "reconnecting"
    shutil.copytree(made_home(chosen.homes or work / "homes", size), home)
    with ExitStack() as stack:
        office = stack.enter_context(closing(Office(home)))
        has = _known_by(office, add_stores(office, count))
        save_prices(office, spread(100, size), stores=list(has))
        publish_all(office, stores=list(has))
        tokens = _tokens(office, list(has))
        address = stack.enter_context(house(home, role="backoffice", threads=count + 64))
        is_over = threading.Event()
        stack.callback(is_over.set)
        nodes = [_Reconnecting(address, store, tokens[store], known, is_over) for store, known in has.items()]
        start = time.monotonic()
        for each in nodes:
            each.start()
        for each in nodes:
            each.is_done.wait(120)
        took = time.monotonic() - start
        assert all(each.version == each.known.version + 1 for each in nodes), _problems(nodes)
        is_over.set()
        for each in nodes:
            each.join(30)
        assert not _problems(nodes), _problems(nodes)
    answers = [ms for each in nodes for ms in each.answers_ms]
    joined = [each.joined_ms for each in nodes]
    name = f"{count} nodes reconnect within {LONGEST_PAUSE_S:.0f} s (simulated)"
    return [
        Figure(f"{name}: all current after", took, "s", 60),
        Figure(f"{name}: the office answers, p99", percentile(answers, 99) / 1000, "s", 1),
        Figure(f"{name}: the office answers, p50", percentile(answers, 50), "ms"),
        Figure(f"{name}: the socket is joined, p99", percentile(joined, 99) / 1000, "s"),
    ]


@dataclass(frozen=True)
class _Known:
    """What a node has of its store when the office comes back."""

    version: int
    digest: str
    epoch: str


def _known_by(office, stores):
    """Store → what its node has, once everything so far is published there."""
    save_prices(office, [0], stores=stores)
    publish_all(office, stores=stores)
    with office.database.read() as session:
        epoch = session.get_one(Enterprise, 1).epoch
        heads = session.scalars(select(PublishedHead).where(PublishedHead.store_id.in_(stores)))
        return {head.store_id: _Known(head.version, head.digest, epoch) for head in heads}


def _tokens(office, stores):
    now = datetime.now(UTC)
    with office.database.write() as session:
        tokens = {
            store: issue_node_token(session, name="Bench", serves_all=False, store_ids=[store], now=now)
            for store in stores
        }
        session.commit()
    return tokens


def _problems(nodes):
    return [each.problem for each in nodes if each.problem]


class _Reconnecting(threading.Thread):
    def __init__(self, address, store, token, known, is_over):
        super().__init__(daemon=True)
        self.host, self.store, self.token, self.known = urlsplit(address).netloc, store, token, known
        self.answers_ms, self.joined_ms, self.version, self.problem = [], 0, 0, None
        self.is_done, self._is_over = threading.Event(), is_over

    def run(self):
        time.sleep(random.random() * LONGEST_PAUSE_S)
        try:
            start = time.perf_counter()
            with closing(websocket.create_connection(f"ws://{self.host}/{PATH}", timeout=30)) as socket:
                self._join(socket)
                self.joined_ms = (time.perf_counter() - start) * 1000
                self._catch_up()
                self.is_done.set()
                while not self._is_over.is_set():
                    self._hear(socket)
        except Exception as problem:
            self.problem = problem
        self.is_done.set()

    def _join(self, socket):
        assert socket.recv().startswith("0")
        socket.send(f"40{NODES}," + json.dumps({"token": self.token, "contract": CONTRACT}))
        while not (said := self._hear(socket)).startswith(f"40{NODES}"):
            assert not said.startswith("44"), said

    def _hear(self, socket):
        said = socket.recv()
        if said == "2":
            socket.send("3")
        return said

    def _catch_up(self):
        path = f"/backoffice/bridge/v1/stores/{self.store}"
        with closing(http.client.HTTPConnection(self.host, timeout=30)) as line:
            self._ask(line, "GET", f"{path}/status?since={self.known.version}")
            known = f"since={self.known.version}&epoch={self.known.epoch}&digest={self.known.digest}"
            stream = self._ask(line, "GET", f"{path}/changes?{known}")
            trailer = decode_lines(stream)[-1]
            assert isinstance(trailer, Trailer)
            report = NodeReport(store=self.store, version=trailer.to, digest=trailer.digest)
            self._ask(line, "POST", f"{path}/reports", encode_line(report))
            self.version = trailer.to

    def _ask(self, line, method, path, content=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        start = time.perf_counter()
        line.request(method, path, body=content, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        self.answers_ms.append((time.perf_counter() - start) * 1000)
        assert answer.status < 300, (answer.status, body[:300])
        return body
