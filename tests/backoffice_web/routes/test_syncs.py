"""The sync history in the Back Office: what the nodes told, store by store, as it comes in."""

import pytest

from tests.cast import give_permissions, office, synced
from tests.waiting import wait_until

pytestmark = pytest.mark.both_houses


def press_sync(evertill):
    """A sync of its own: the first press may have joined the one that every start makes."""
    synced(evertill)
    synced(evertill)


def test_a_sync_at_a_till_shows_here_with_who_pressed_it(owner, evertill):
    press_sync(evertill)
    wait_until(lambda: "test" in owner.get("/syncs").text)
    page = owner.get("/syncs").text
    assert "Already up to date" in page or "Applied" in page
    assert "Automatic" in page


def test_the_history_is_searched_and_filtered(owner, evertill):
    press_sync(evertill)
    wait_until(lambda: "test" in owner.get("/syncs?q=test").text)
    assert "Nothing found" in owner.get("/syncs?q=nobody").text
    assert "Nothing found" in owner.get("/syncs?outcome=failed").text
    assert "<table" in owner.get("/syncs?outcome=applied").text
    # Nonsense is no filter.
    assert "<table" in owner.get("/syncs?outcome=x&page=-1&size=7").text


def test_the_terminals_page_leads_there(owner):
    assert '/syncs"' in owner.get("/terminals").text


def test_it_is_for_those_who_look_after_terminals(evertill):
    give_permissions(evertill, "manager", {"office.sign_in"})
    assert office(evertill, role="manager").get("/syncs").status_code == 403


def test_the_dashboard_tells_how_long_publications_take(owner, evertill):
    synced(evertill)
    wait_until(lambda: "From Publish to the tills" in owner.get("/").text)
