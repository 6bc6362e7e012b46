"""A cashier's browser at a till that is served by a real process, over HTTP alone."""

import re

import httpx2

from tests.waiting import wait_until


def token_of(page):
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]


class Cashier:
    """A browser at Register 1 with the cashier signed in. `server.client()` is a browser's cookies."""

    def __init__(self, server):
        self.client = server.client()
        # A fresh server first hears of its terminals and its people.
        wait_until(self._sees_terminals, patience_s=60)
        page = self.client.get("/pos/terminals")
        forms = re.findall(r'action="(/pos/terminals/\w+/selection)".*?</form>', page.text, re.S)
        place = next(one for one in forms if "Register 1" in page.text.split(one)[1].split("</form>")[0])
        self.post(place, {}, page)
        self.client.post("/pos/syncs", data={"csrf_token": token_of(self.client.get("/pos/"))})
        page = self.client.get("/pos/")
        tiles = re.findall(r'data-person="(\w+)".*?person-role">([^<]+)<', page.text, re.S)
        employee = next(key for key, role in tiles if role == "Cashier")
        self.post("/pos/sessions", {"employee": employee, "pin": "1111"}, page)

    def _sees_terminals(self):
        try:
            return "/selection" in self.client.get("/pos/terminals").text
        except httpx2.TransportError:
            return False

    def post(self, path, form, page=None):
        page = page or self.client.get("/pos/order")
        answer = self.client.post(path, data={"csrf_token": token_of(page), **form})
        assert answer.status_code in {302, 303}, answer.text
        return answer

    def ring(self, tap):
        page = self.client.get("/pos/order")
        return self.post("/pos/order/lines", {"item": first_item(page), "tap": tap}, page)

    def payment(self):
        """The form of the payment screen: exact cash, with its key."""
        return payment_form(self.client.get("/pos/payments"))

    def pay(self):
        assert self.client.post("/pos/payments/cash", data=self.payment()).status_code == 303


def first_item(page):
    return re.search(r"hx-vals='\{\"item\": ?\"(\w+)\"", page.text)[1]


def payment_form(page):
    names = ("order", "key", "received")
    fields = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text)[1] for name in names}
    return {"csrf_token": token_of(page), **fields}
