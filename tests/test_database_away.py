"""The database server is gone in the middle: every request says so in a sentence, on every kind of page."""

import pytest
from sqlalchemy.exc import OperationalError

from shared_web.database import Database
from tests import cast
from tests.journeys.prices import publish_price
from tests.ports import free_port
from tests.pos_web.shop import open_shop
from tests.pos_web.till import Till, build_pos

HTMX = {"HX-Request": "true"}
SENTENCE = "The database did not answer."


@pytest.fixture
def shop(tmp_path):
    opened = open_shop(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def pos(shop):
    return build_pos(shop)


@pytest.fixture
def till(pos, shop):
    return Till(pos, shop)


@pytest.fixture
def away():
    database = Database(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    yield database
    database.dispose()


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("path", ["/", "/order", "/payments", "/terminals"])
def test_at_the_till(pos, till, away, path, headers):
    pos.extensions["pos"].book = pos.extensions["pos"].replica = away
    answer = till.client.get(path, headers=headers)
    assert answer.status_code == 503
    assert SENTENCE in answer.text


def test_what_was_typed_at_the_till_stays_on_the_screen(pos, till, away):
    pos.extensions["pos"].book = away
    answer = till.client.post("/order/lines", data={"item": "espresso", "tap": "one"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (503, "none")
    assert SENTENCE in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("path", ["/", "/items", "/publications", "/sign-in"])
def test_in_the_back_office(evertill, away, path, headers):
    browser = cast.office(evertill)
    evertill.backoffice.extensions["office"].database = away
    answer = browser.get(path, headers=headers)
    assert answer.status_code == 503
    assert SENTENCE in answer.text


def test_at_the_bridge(evertill, settings, away):
    evertill.backoffice.extensions["office"].database = away
    client = evertill.backoffice.test_client()
    answer = client.get("/bridge/v1/stores", headers={"Authorization": f"Bearer {settings.node_token}"})
    assert answer.status_code == 503


@pytest.fixture
def told(evertill, monkeypatch):
    """The events that the store's screens hear."""
    heard = []
    announcer = evertill.store.announcer
    monkeypatch.setattr(announcer, "announce", lambda event, *_payload, **_room: heard.append(event))
    return heard


@pytest.fixture
def asked(monkeypatch):
    """Who is to be sent away cannot be found out; how often that was tried."""
    tries = []

    def fail(*databases):
        tries.append(databases)
        raise OperationalError("UPDATE", {}, Exception("away"))

    monkeypatch.setattr("pos_web.house._end_changed_sessions", fail)
    return tries


def test_an_update_is_told_to_the_screens_although_nobody_could_be_sent_away(evertill, told, asked):
    cast.synced(evertill)
    asked.clear()
    told.clear()
    cast.publish_permissions(evertill, "cashier", ["order.view"])
    assert cast.synced(evertill).is_success
    assert len(asked) == 1
    assert "pos:applied" in told


def test_an_update_of_prices_sends_nobody_away_and_does_not_look_for_anybody(evertill, told, asked):
    cast.synced(evertill)
    asked.clear()
    told.clear()
    publish_price(evertill, 1_234)
    assert cast.synced(evertill).is_success
    assert asked == []
    assert "pos:applied" in told
