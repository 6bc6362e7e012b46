"""A browser at a till of the small shop, without a network: htmx requests, forms, and what they answer."""

import re
from html import unescape

import httpx2

from pos_web.current import TERMINAL_COOKIE, StoreNode, terminal_cookie
from pos_web.factory import create_pos
from pos_web.orders.begin import open_order
from pos_web.staff.till_session import begin_session
from pos_web.syncing.agent import Agent
from pos_web.syncing.bridge_client import BridgeClient
from pos_web.terminals.presence import Presence
from shared_web.announcer import Announcer
from tests.pos_web.shop import MIA, REGISTER, STORE

HTMX = {"HX-Request": "true"}
ABOUT_THE_OPEN_ORDER = ("/payments/", "/holds", "/voids", "/order/newer-prices/")


def build_pos(shop):
    """The POS over the shop. Its agent is not started and its office never answers."""
    nobody = httpx2.MockTransport(lambda request: httpx2.Response(503))
    client = BridgeClient(base_url="http://office/bridge/v1/", token="t", transport=nobody)
    agent = Agent(shop.book, shop.replica, client, lambda: shop.now, lambda *_told: None)
    node = StoreNode(
        book=shop.book,
        replica=shop.replica,
        agent=agent,
        announcer=Announcer(lambda *_event: None),
        presence=Presence(shop.book, clock=lambda: shop.now, tell=lambda _store: None),
        clock=lambda: shop.now,
        version="1.2.3",
    )
    app = create_pos(node, secret_key="secret")
    app.config["WTF_CSRF_ENABLED"] = False
    return app


class Till:
    """Requests of one browser. `get` and `post` are htmx's, `page` and `submit` those of a plain browser."""

    def __init__(self, app, shop, *, terminal=REGISTER, person=MIA):
        self.shop, self.person, self.terminal = shop, person, terminal
        self.client = app.test_client()
        with app.test_request_context():
            value = terminal_cookie(terminal)
        if terminal:
            self.client.set_cookie(TERMINAL_COOKIE, value)
        if person:
            with self.client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = person, True
                session["till_session"] = self._begin(terminal, person)

    def _begin(self, terminal, employee):
        with self.shop.book.write() as book:
            begun = begin_session(
                book,
                store_id=STORE,
                terminal_id=terminal,
                person=self.shop.person(employee),
                now=self.shop.now,
            )
            book.commit()
        return begun.key

    def get(self, path):
        return self.client.get(path, headers=HTMX)

    def post(self, path, **form):
        self.shop.tick()
        return self.client.post(path, data=self._of_the_open_order(path, form), headers=HTMX)

    def page(self, path):
        return self.client.get(path)

    def submit(self, path, **form):
        self.shop.tick()
        return self.client.post(path, data=self._of_the_open_order(path, form))

    def _of_the_open_order(self, path, form):
        """The form as its page would send it, unless the test says which order an older page shows."""
        if not path.startswith(ABOUT_THE_OPEN_ORDER) or "order" in form or path.endswith("/recall"):
            return form
        with self.shop.book.read() as book:
            opened = open_order(book, terminal_id=self.terminal)
        return {**form, "order": opened.uuid if opened is not None else ""}

    def ring(self, item="espresso", **form):
        self.shop.taps += 1
        return self.post("/order/lines", item=item, tap=f"tap-{self.shop.taps:05}", **form)


def words(response):
    """The answer's text as a person reads it: no tags, single spaces."""
    text = re.sub(r"<(script|style).*?</\1>", " ", response.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def where_to(response):
    """Where the answer sends the browser, for htmx and without it."""
    return response.headers.get("HX-Redirect") or response.headers.get("Location", "")
