"""The publish page: what waits, sending it, how far it has come, what was sent before, and the way back."""

import re

import pytest
from sqlalchemy import select

from backoffice_web.catalog.item import Item
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Publication, PublishedHead
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import give_permissions


def rename(owner, evertill, old, new):
    with evertill.office_database.read() as session:
        key = session.scalar(select(Item.id).where(Item.name == old))
    url = f"/items/{key}"
    post(owner, url, changed(fields_of(owner.get(url).text), name=new))
    return key


def pending(evertill):
    with evertill.office_database.read() as session:
        return count_pending(session)


def stores(page):
    return re.findall(r'name="publish_to" value="([^"]+)"', page)


def test_what_waits_is_shown_with_its_difference_and_goes_out_with_a_note(owner, evertill):
    key = rename(owner, evertill, "Bagel", "Big bagel")
    page = owner.get("/publications").text
    assert re.search(r'<del class="was">Bagel</del>.*<ins class="becomes">Big bagel</ins>', page, re.DOTALL)
    data = {"record": f"item:{key}", "publish_to": stores(page), "note": "Autumn"}
    answer = owner.post("/publications", data=data, follow_redirects=True)
    assert "Published v2" in answer.text
    assert "Autumn" in answer.text
    assert pending(evertill) == 0


def test_only_what_is_ticked_goes_out(owner, evertill):
    key = rename(owner, evertill, "Bagel", "Big bagel")
    rename(owner, evertill, "Banana bread", "Banana loaf")
    page = owner.get("/publications").text
    owner.post("/publications", data={"record": f"item:{key}", "publish_to": stores(page)})
    left = owner.get("/publications").text
    assert "Banana loaf" in left and "Big bagel" not in left.split("history-title")[0]


@pytest.mark.parametrize(
    "data", [{}, {"record": "item:x"}, {"publish_to": "unknown", "record": "item:x"}, {"record": "nonsense"}]
)
def test_an_incomplete_form_says_what_is_missing_and_keeps_the_note(owner, evertill, data):
    rename(owner, evertill, "Bagel", "Big bagel")
    answer = owner.post("/publications", data={**data, "note": "Autumn prices"})
    assert answer.status_code == 422
    assert 'value="Autumn prices"' in answer.text
    assert pending(evertill) == 1


def test_an_unknown_kind_is_refused(owner, evertill):
    page_stores = stores(owner.get("/items/new").text)
    answer = owner.post("/publications", data={"record": "spaceship:1", "publish_to": page_stores})
    assert answer.status_code == 422


def test_a_publication_can_be_read_and_rolled_back(owner, evertill):
    key = rename(owner, evertill, "Bagel", "Big bagel")
    owner.post(
        "/publications", data={"record": f"item:{key}", "publish_to": stores(owner.get("/publications").text)}
    )
    with evertill.office_database.read() as session:
        first = session.scalars(select(Publication).where(Publication.version == 1)).first()
        second = session.scalars(
            select(Publication).where(Publication.version == 2, Publication.store_id == first.store_id)
        ).one()
    assert "Big bagel" in owner.get(f"/publications/{second.id}").text
    assert "Published v3" in owner.post(f"/publications/{first.id}/roll-backs", follow_redirects=True).text
    with evertill.office_database.read() as session:
        assert session.get(PublishedHead, first.store_id).version == 3
    assert pending(evertill) == 1, "what was saved stays saved and waits again"


def test_the_newest_version_cannot_be_rolled_back_to(owner, evertill):
    with evertill.office_database.read() as session:
        newest = session.scalars(select(Publication)).first()
    assert owner.post(f"/publications/{newest.id}/roll-backs").status_code == 422


@pytest.mark.parametrize("at", ["", "x", "x:1", "act:x", "employee:", ":", ",,,"])
def test_asking_for_the_reach_of_nonsense_answers(owner, at):
    assert owner.get("/publications/reach", query_string={"at": at}).status_code == 200


def test_people_are_not_published_by_whoever_may_not_manage_them(manager, evertill):
    give_permissions(evertill, "manager", {"office.sign_in", "publish", "catalog.edit"})
    page_stores = stores(manager.get("/items/new").text)
    answer = manager.post("/publications", data={"record": "employee:x", "publish_to": page_stores})
    assert answer.status_code == 403


def test_an_unknown_publication_is_not_found(owner):
    assert owner.get("/publications/unknown").status_code == 404
    assert owner.post("/publications/unknown/roll-backs").status_code == 404
