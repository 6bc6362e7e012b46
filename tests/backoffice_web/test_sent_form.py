"""A page that is sent twice is carried out once; the second press gets the first one's answer."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.journal import JournalEntry
from backoffice_web.publishing.publication import Publication
from backoffice_web.sent_form import KEPT, SentForm, claim
from tests.backoffice_web.builders import NOON
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import office


@pytest.fixture
def owner(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return office(evertill)


def new_item(owner):
    """The fields of a new item as a browser would send them: priced in both currencies."""
    fields = fields_of(owner.get("/items/new").text)
    prices = {name: "3.00" for name, _value in fields if name.startswith("variants-0-price-")}
    return changed(fields, name="Pressed twice", **prices)


def counts(evertill):
    """(items of that name, publications, journal entries about items)"""
    with evertill.office_database.read() as session:
        items = select(func.count(Item.id)).where(Item.name == "Pressed twice")
        entries = select(func.count(JournalEntry.id)).where(JournalEntry.kind == "item")
        return tuple(session.scalar(query) for query in (items, select(func.count(Publication.id)), entries))


@pytest.mark.parametrize("action", ["save", "publish"])
def test_the_second_of_two_presses_makes_nothing_and_gets_the_first_ones_answer(owner, evertill, action):
    fields = new_item(owner)
    first = post(owner, "/items", fields, action=action)
    owner.get(first.location.removeprefix("/backoffice"))
    once = counts(evertill)
    second = post(owner, "/items", fields, action=action)
    assert (
        (first.status_code, first.location) == (second.status_code, second.location) == (303, first.location)
    )
    assert counts(evertill) == once and once[0] == 1
    told = owner.get(second.location.removeprefix("/backoffice")).text
    assert ("Published v" if action == "publish" else "Saved. Not on the POS yet.") in told


def test_a_clock_that_jumped_between_two_presses_makes_no_second_one(office):
    with office.write() as session:
        first = claim(session, "a form", now=NOON)
        assert claim(session, "another", now=NOON + timedelta(hours=3)) is not first
        assert claim(session, "a form", now=NOON + timedelta(hours=3)) is first


def test_of_two_presses_at_the_same_moment_one_is_carried_out(owner, evertill):
    fields, before = new_item(owner), counts(evertill)
    browsers, start, answers = [owner, office(evertill)], Barrier(2), []

    def press(browser):
        start.wait()
        answers.append(post(browser, "/items", fields, action="publish"))

    threads = [Thread(target=press, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, answers[0].location)}
    items, publications, _entries = counts(evertill)
    # One for each of the two stores.
    assert (items, publications) == (1, before[1] + 2)


def test_a_record_that_is_saved_twice_by_one_page_is_no_conflict(owner, evertill):
    url = post(owner, "/items", new_item(owner)).location.removeprefix("/backoffice")
    fields = changed(fields_of(owner.get(url).text), name="Renamed")
    assert [post(owner, url, fields).status_code for _press in range(2)] == [303, 303]
    stale = post(owner, url, changed(fields, name="Renamed again"))
    assert stale.status_code == 409


def test_another_page_or_another_content_is_another_item(owner, evertill):
    fields = new_item(owner)
    post(owner, "/items", fields)
    post(owner, "/items", changed(fields, description="Another one"))
    post(owner, "/items", new_item(owner))
    assert counts(evertill)[0] == 3


def test_what_was_refused_can_be_sent_again(owner, evertill):
    fields = changed(new_item(owner), name="")
    assert [post(owner, "/items", fields).status_code for _press in range(2)] == [422, 422]
    assert counts(evertill)[0] == 0


def test_answers_are_forgotten_after_an_hour(evertill):
    for passed, known in ((timedelta(), False), (KEPT, True), (KEPT + timedelta(seconds=1), False)):
        with evertill.office_database.write() as session:
            sent = claim(session, "d" * 64, now=NOON + passed)
            assert bool(sent.url) is known
            sent.url = "/items"
            session.commit()
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count(SentForm.digest))) == 1
