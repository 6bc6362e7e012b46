"""The sync control over HTTP: a real agent with its threads, a simulated office, a registered browser."""

import json
import re
from html.parser import HTMLParser

import pytest

from pos_web.current import TERMINAL_COOKIE, StoreNode, terminal_cookie
from pos_web.factory import create_pos
from pos_web.staff.person import person_of
from pos_web.staff.till_session import begin_session
from pos_web.syncing.agent import Agent
from pos_web.syncing.schedule import Pace
from pos_web.syncing.served import update_served
from pos_web.terminals.presence import Presence
from pos_web.terminals.terminal import Terminal
from shared_web.announcer import Announcer
from sync_contract.changes import StoreEntry, TerminalEntry
from sync_contract.permissions import CASHIER, MANAGER, defaults_of
from sync_contract.records import Credential, Employee, Role, StoreProfile
from tests.pos_web.syncing.node import Node, coffee, drinks, full_disk
from tests.simulated_office import STORE

STILL = Pace(heartbeat_s=3600, first_sync_s=3600)
HTMX = {"HX-Request": "true"}
OFFLINE = "Internet appears to be offline. Please try again later"
PROFILE = StoreProfile(name="Corner Store", currency="EUR", locale="en_US", time_zone="Europe/Berlin")
OPENING = (
    (STORE, PROFILE),
    drinks(),
    coffee(),
    ("cashier", Role(name="Cashier", permissions=defaults_of(CASHIER))),
    ("manager", Role(name="Manager", permissions=defaults_of(MANAGER))),
    ("mia", Employee(name="Mia K.", role="cashier")),
    ("sara", Employee(name="Sara L.", role="manager")),
)


class Till:
    """A browser at Register 1."""

    def __init__(self, node, agent):
        self.node = node
        self.agent = agent
        self.office = node.office
        announcer = Announcer(lambda event, payload, room: None)
        presence = Presence(node.book, clock=node.clock, tell=lambda store: None)
        self.app = create_pos(
            StoreNode(node.book, node.replica, agent, announcer, presence, node.clock, "1.0.0"),
            secret_key="s",
        )
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.browser = self.app.test_client()
        with self.app.test_request_context():
            self.browser.set_cookie(TERMINAL_COOKIE, terminal_cookie("t1"))

    def sign_in(self, employee):
        with self.node.replica.read() as replica, self.node.book.write() as book:
            store = book.get(Terminal, "t1").store_id
            person = person_of(replica, store_id=store, employee=employee)
            begun = begin_session(
                book, store_id=store, terminal_id="t1", person=person, now=self.node.clock()
            )
            book.commit()
        with self.browser.session_transaction() as session:
            session.update(_user_id=employee, _fresh=True, till_session=begun.key)

    def press(self, path="/syncs", headers=HTMX, **how):
        self.node.tick()
        return self.browser.post(path, headers=headers, **how)

    def terminal(self):
        with self.node.book.read() as session:
            return session.get(Terminal, "t1")


@pytest.fixture
def till(tmp_path):
    node = Node(tmp_path)
    node.steps.lease.release()
    node.office.store.terminals = [TerminalEntry(id="t1", name="Register 1", code="R1", is_registered=True)]
    node.office.publish(*OPENING, by="Aylin D.")
    with node.book.write() as session:
        entry = StoreEntry(
            id=STORE, name="Corner", epoch="epoch-1", terminals=tuple(node.office.store.terminals)
        )
        update_served(session, stores=[entry])
        session.commit()
    agent = Agent(node.book, node.replica, node.office.client(), node.clock, lambda *told: None, pace=STILL)
    agent.start()
    assert agent.sync(STORE, by="test", wait_s=20).is_success
    assert agent.sync(STORE, by="test", wait_s=20).is_success
    yield Till(node, agent)
    agent.stop()
    node.close()


CHILDLESS = {"input", "use", "meta", "link"}


class Elements(HTMLParser):
    """Attributes and text of every element with an id."""

    def __init__(self, html):
        super().__init__()
        self.found, self._open = {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in CHILDLESS:
            self._open.append((tag, attributes.get("id"), "aria-hidden" in attributes))
        if "id" in attributes:
            self.found[attributes["id"]] = {"tag": tag, "text": "", **attributes}

    def handle_endtag(self, tag):
        while tag not in CHILDLESS and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(hidden for _tag, _id, hidden in self._open):
            for _tag, identity, _hidden in self._open:
                if identity:
                    self.found[identity]["text"] += data


def elements(response):
    return Elements(response.get_data(as_text=True)).found


def text(response):
    plain = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return " ".join(plain.split())


def words(response, place="login"):
    return " ".join(elements(response)[f"sync-{place}-words"]["text"].split())


# Pressing Sync.


def test_a_pressed_sync_says_what_was_applied_and_tells_the_page(till):
    till.office.publish(coffee(price_cents=480), coffee("a"), coffee("b"))
    response = till.press()
    assert response.status_code == 200
    assert "Synced successfully" in text(response)
    assert "3 changes applied · v2" in text(response)
    assert json.loads(response.headers["HX-Trigger"]) == {"pos:synced": {"version": 2}}


def test_one_change_is_said_in_the_singular(till):
    till.office.publish(coffee("a"))
    assert "1 change applied · v2" in text(till.press())


def test_nothing_new_is_said_as_such(till):
    response = till.press()
    assert "Synced successfully" in text(response)
    assert "Already up to date" in text(response)


def test_the_answer_brings_the_control_of_all_three_places_out_of_band(till):
    found = elements(till.press())
    for place in ("login", "order", "operations"):
        assert found[f"sync-{place}"]["hx-swap-oob"] == "morph"
        assert found[f"sync-{place}"]["data-state"] == "current"


def test_a_page_gets_only_the_controls_that_it_has(till):
    found = elements(till.browser.get("/syncs/status?places=order,operations,nonsense"))
    assert {one for one in found if one.startswith("sync-") and found[one]["tag"] == "form"} == {
        "sync-order",
        "sync-operations",
    }
    assert list(elements(till.browser.get("/syncs/status?places="))) == ["office-line"]


def test_offline_has_exactly_the_known_sentence_and_sells_on(till):
    with till.office.offline():
        response = till.press()
    assert response.status_code == 200
    assert OFFLINE in text(response)
    assert "HX-Trigger" not in response.headers
    assert words(response).startswith("Offline – synced ")
    assert till.node.applied().version == 1


@pytest.mark.sqlite
def test_a_full_disk_is_said_and_shown_although_it_can_be_written_down_nowhere(till, monkeypatch):
    till.office.publish(coffee(price_cents=480))
    with monkeypatch.context() as patch:
        full_disk(patch, till.node.book)
        full_disk(patch, till.node.replica)
        assert "The disk of this computer is full." in text(till.press())
        assert words(till.browser.get("/syncs/status")).startswith("Sync failed ")
        assert "The disk of this computer is full." in text(till.browser.get("/syncs"))
    assert "Synced successfully" in text(till.press())
    assert words(till.browser.get("/syncs/status")).startswith("Synced ")


def test_an_update_that_arrives_damaged_is_said(till):
    till.office.publish(coffee("a"))
    till.office.corrupt = lambda kind, key, body: body[:-1] + b" }"
    response = till.press()
    assert "did not arrive intact" in text(response)
    assert words(response).startswith("Sync failed ")


def test_without_script_sync_leads_back_with_its_toast(till):
    response = till.press(headers={"Referer": "http://localhost/pos/?person=mia"})
    assert (response.status_code, response.headers["Location"]) == (303, "/pos/?person=mia")
    page = till.browser.get("/?person=mia")
    assert "Synced successfully" in text(page)


@pytest.mark.parametrize(
    "referrer",
    [
        "http://evil.example/",
        "",
        "http://localhost/pos/syncs",
        "http://localhost/backoffice/",
        "http://[",
        "::",
    ],
)
def test_without_script_sync_never_leads_elsewhere(till, referrer):
    assert till.press(headers={"Referer": referrer}).headers["Location"] == "/pos/"


def test_the_history_names_the_person_or_at_the_login_screen_the_terminal(till):
    till.press()
    till.sign_in("mia")
    till.press()
    assert [run.started_by for run in till.node.runs()][-2:] == ["Register 1", "Mia K."]


# The control.


def test_the_login_control_is_named_sync_and_nothing_else(till):
    till.office.publish(coffee("a"))
    with till.office.offline():
        till.press()
    page = till.browser.get("/")
    button = elements(page)["sync-login-button"]
    assert button["text"].strip() == "Sync"
    assert button["aria-describedby"] == "sync-login-words"
    assert "aria-label" not in button
    assert "disabled" not in button


def test_the_other_two_are_named_sync_back_office(till):
    found = elements(till.browser.get("/syncs/status"))
    assert found["sync-order-button"]["aria-label"] == "Sync Back Office"
    assert found["sync-order-button"]["text"].strip() == ""
    assert found["sync-operations-button"]["text"].strip() == "Sync Back Office"


def test_three_places_share_one_queue_of_requests(till):
    found = elements(till.browser.get("/syncs/status"))
    forms = [found[f"sync-{place}"] for place in ("login", "order", "operations")]
    assert {form["hx-sync"] for form in forms} == {"body:drop"}
    assert {(form["method"], form["action"], form["hx-post"]) for form in forms} == {
        ("post", "/pos/syncs", "/pos/syncs")
    }


def test_waiting_updates_show_their_number(till):
    till.node.tick()
    till.office.publish(coffee("a"), coffee("b"))
    till.node.steps.compare()
    response = till.browser.get("/syncs/status")
    assert words(response) == "2 updates waiting"
    assert '<span class="sync-badge" aria-hidden="true">2</span>' in response.get_data(as_text=True)


def test_a_screen_that_waits_for_its_sale_says_so(till):
    assert words(till.browser.get("/syncs/status?deferred=1"), "order") == "Updates show after this sale"


def test_a_running_sync_is_busy_but_never_disabled(till, monkeypatch):
    monkeypatch.setattr(till.agent, "is_syncing", lambda store_id: True)
    response = till.browser.get("/syncs/status")
    button = elements(response)["sync-order-button"]
    assert (button["aria-busy"], button["aria-disabled"]) == ("true", "true")
    assert "disabled" not in button
    assert words(response) == "Syncing…"


def test_the_status_tells_the_applied_version(till):
    response = till.browser.get("/syncs/status")
    assert json.loads(response.headers["HX-Trigger"]) == {"pos:version": {"version": 1}}
    assert "toast" not in response.get_data(as_text=True)


def test_updates_that_came_by_themselves_have_their_own_toast(till):
    till.office.publish(coffee("a"), by="Tom B.")
    till.office.publish(coffee("b"), coffee("a", 999), by="Aylin D.")
    till.press()
    response = till.browser.get("/syncs/status?since=1")
    assert "Updates applied" in text(response)
    assert "2 changes applied · v3 · Aylin D. · Tom B." in text(response)


# What the page shows.


def test_the_page_tells_which_version_it_shows(till):
    response = till.browser.post("/syncs/shown", data={"version": "1"}, headers=HTMX)
    assert response.status_code == 200
    assert (till.terminal().shown_version, till.terminal().seen_at) == (1, till.node.now)


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "٣", "9" * 40])
def test_a_version_that_is_none_is_ignored(till, version):
    assert till.browser.post("/syncs/shown", data={"version": version}, headers=HTMX).status_code == 200
    assert till.terminal().shown_version == 0


def test_signs_of_life_are_written_only_now_and_then(till):
    till.browser.post("/syncs/shown", data={"version": "1"})
    first = till.node.now
    till.node.tick(seconds=5)
    till.browser.post("/syncs/shown", data={"version": "1"})
    assert till.terminal().seen_at == first
    till.node.tick(seconds=60)
    till.browser.post("/syncs/shown", data={"version": "1"})
    assert till.terminal().seen_at == till.node.now


# The details.


def test_the_details_tell_what_changed_by_whom_and_when(till):
    till.office.publish(
        coffee(price_cents=480), coffee("latte", name="Iced latte"), by="Tom B.", note="Autumn"
    )
    till.sign_in("mia")
    till.press()
    said = text(till.browser.get("/syncs", headers=HTMX))
    assert "Price Flat white was 4.50 becomes 4.80" in said
    assert "New Iced latte" in said
    assert "published by Tom B., 11/23/26, 1:00" in said.replace("\u202f", " ")
    assert "Autumn" in said
    assert "manual, Mia K." in said
    assert "2 items" in said


def test_the_details_are_a_sheet_for_htmx_and_a_page_without(till):
    assert "data-open-on-load" in till.browser.get("/syncs", headers=HTMX).get_data(as_text=True)
    page = till.browser.get("/syncs").get_data(as_text=True)
    assert page.startswith("<!doctype html>")
    assert "<dialog" not in page.split("<template")[0]


def test_the_details_never_tell_a_secret(till):
    till.office.publish(("mia", Credential(pin_hash="$argon2id$very-secret", pin_digest="hmac-secret")))
    till.press()
    html = till.browser.get("/syncs").get_data(as_text=True)
    assert "secret" not in html
    assert "1 PIN" in html


def test_text_from_the_office_is_never_markup(till):
    till.office.publish(coffee("x", name="<script>alert(1)</script>"), by="<b>Eve</b>", note="<i>n</i>")
    till.press()
    for path in ("/syncs", "/syncs/status?since=1"):
        html = till.browser.get(path).get_data(as_text=True)
        assert "<script>alert" not in html
        assert "<b>Eve" not in html
        assert "<i>n" not in html


# Full resync.


def test_a_manager_may_read_everything_again(till):
    till.sign_in("sara")
    assert "Full resync" in text(till.browser.get("/syncs"))
    said = text(till.press("/syncs/full"))
    assert "Synced successfully" in said
    assert "Everything was read again, and nothing differed · v" in said
    assert till.node.runs()[-1].is_full


def test_a_cashier_asks_a_manager(till):
    till.sign_in("mia")
    assert "Full resync" in text(till.browser.get("/syncs"))
    answer = till.press("/syncs/full")
    assert (answer.status_code, "Fetch the whole catalog anew" in text(answer)) == (403, True)


def test_nobody_signed_in_may_not(till):
    response = till.press("/syncs/full")
    assert response.headers["HX-Redirect"] == "/pos/"
    assert till.browser.get("/syncs").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/syncs"), ("POST", "/syncs"), ("GET", "/syncs/status"), ("POST", "/syncs/shown")],
)
def test_a_browser_that_is_no_terminal_is_sent_away(till, method, path):
    response = till.app.test_client().open(path, method=method)
    assert response.status_code in {302, 303}
    assert "/terminals" in response.headers["Location"]


def test_sync_needs_the_pages_token(till):
    till.app.config["WTF_CSRF_ENABLED"] = True
    assert till.press().status_code == 400
