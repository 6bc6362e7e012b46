"""The office and a store node as two real processes: paired, published, synced, sold, killed, restarted."""

from __future__ import annotations

import pytest

from pos_web.syncing.bridge_client import QUICK
from pos_web.syncing.office_link import read_link
from tests.business import Business, sell
from tests.forked import ForkedHouse
from tests.processes import Browser
from tests.waiting import wait_until

OFFLINE = "Internet appears to be offline. Please try again later"


@pytest.fixture
def business(demo_home, tmp_path):
    made = Business(demo_home, tmp_path, house=ForkedHouse)
    yield made
    made.close()


@pytest.fixture
def real_business(demo_home, tmp_path):
    """Its processes are started as people start them."""
    made = Business(demo_home, tmp_path)
    yield made
    made.close()


def pressed_sync(till):
    till.get("order")
    return till.post("syncs", htmx=True).text


def outbox(node):
    return sum(node.health()["outbox"].values())


def test_a_store_node_is_paired_follows_the_office_and_sells_through_every_outage(real_business):
    business = real_business
    node = business.paired_node()
    till = business.till(node)

    # Published there, notified over the socket, applied here.
    newest = business.publish_a_price()
    assert "Synced successfully" in pressed_sync(till)
    assert business.version(node) == newest
    first = sell(till)
    wait_until(lambda: first in business.sales())

    # The office is gone: the till knows it, and sells on.
    business.office.kill()
    wait_until(lambda: "Offline since" in till.get("order").text, patience_s=40)
    assert OFFLINE in pressed_sync(till)
    second = sell(till)
    assert outbox(node) >= 1

    # The store node dies too, and starts without an office: it sells from its very first second.
    node.kill()
    node.start()
    assert business.version(node) == newest
    third = sell(till)
    assert outbox(node) >= 2

    # The office is back: everything goes up by itself, once.
    business.office.start()
    wait_until(lambda: {first, second, third} <= business.sales().keys(), patience_s=40)
    assert set(business.sales().values()) == {1}
    wait_until(lambda: outbox(node) == 0)
    wait_until(lambda: "Offline since" not in till.get("order").text)

    # And what is published now arrives without anybody pressing anything.
    newest = business.publish_a_price()
    wait_until(lambda: business.version(node) == newest, patience_s=40)


def test_an_office_that_falls_silent_is_missed_within_fifteen_seconds_and_found_again(business):
    node = business.paired_node()
    till = business.till(node)
    wait_until(lambda: business.node_row().seen_at is not None)
    assert "Offline since" not in till.get("order").text
    with business.office.hung():
        # Fifteen seconds are the bar, and the next test's; a machine that is busy with others takes longer.
        wait_until(lambda: "Offline since" in till.get("order").text, patience_s=40)
        sold = sell(till)
    wait_until(lambda: "Offline since" not in till.get("order").text)
    wait_until(lambda: sold in business.sales())


def test_whenever_the_line_falls_silent_the_tills_have_a_second_to_say_so_within_fifteen(evertill):
    sockets = evertill.backoffice.extensions["socketio"].server.eio
    missed_s = sockets.ping_interval + sockets.ping_timeout + QUICK.read
    assert missed_s <= 14


def test_the_token_is_renewed_kept_private_and_told_to_nobody(business):
    node = business.paired_node()
    kept = read_link(node.home / "office_link.json")
    node.stop()
    node.start()
    wait_until(lambda: read_link(node.home / "office_link.json").token != kept.token)
    newest = business.publish_a_price()
    wait_until(lambda: business.version(node) == newest, patience_s=40)
    now = read_link(node.home / "office_link.json")
    for house in (node, business.office):
        said = house.output()
        assert kept.token not in said and now.token not in said


def test_a_store_that_has_a_node_gets_no_second_one_until_the_first_is_revoked(business):
    code = business.new_code()
    node = business.paired_node()
    second = business.new_node("second")
    refused, said = second.run("pair", "--back-office", business.office.url, "--code", code)
    assert refused == 1 and "is served by the store node Back room already" in said
    assert read_link(second.home / "office_link.json") is None

    # Revoked: no updates, said at the till, and selling goes on.
    till = business.till(node)
    business.admin.post(f"store-nodes/{business.node_row().id}/revocation")
    business.publish_a_price()
    wait_until(lambda: "was revoked in the Back Office" in pressed_sync(till))
    waiting_sale = sell(till)
    assert outbox(node) >= 1

    # Paired again, while it is running: what waited goes up.
    paired, said = node.run("pair", "--back-office", business.office.url, "--code", business.new_code())
    assert paired == 0, said
    wait_until(lambda: waiting_sale in business.sales(), patience_s=60)


def test_the_first_page_of_a_new_node_asks_for_its_office_and_a_code(business):
    node = business.new_node("store", "--back-office", business.office.url).start()
    assert node.health()["paired"] is False
    browser = Browser(node, "pos")
    page = browser.get("")
    assert page.url.path == "/pos/pairings/new" and business.office.url in page.text
    assert browser.post("pairings", {"code": "2222-2222-2222"}).status_code == 422
    assert browser.post("pairings", {"code": business.new_code()}).status_code == 303
    wait_until(lambda: business.version(node) >= 1)
    assert browser.get("pairings/new").url.path == "/pos/terminals"
    browser.close()


def test_an_office_with_paired_nodes_does_not_start_serving_stores_itself(business):
    business.paired_node()
    business.office.stop()
    code, said = business.office.run("serve")
    assert code == 1 and "--role backoffice" in said
