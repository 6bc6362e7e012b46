"""The Publish page sends what it showed, shows the history, and can be read without the permission."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backoffice_web.catalog.item import Item, VariantPrice
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import Publication
from backoffice_web.publishing.publish import publish
from backoffice_web.publishing.saved_change import note_change
from tests.backoffice_web.routes.editor_forms import fields_of
from tests.cast import first_store, give_permissions, office

HTMX = {"HX-Request": "true"}


def rename(evertill, old="Bagel", new="Big bagel", *, by="Max Manager", seconds=0):
    """Somebody saves another name, `seconds` from now."""
    with evertill.office_database.write() as session:
        item = session.scalars(select(Item).where(Item.name == old)).one()
        item.name = new
        note_change(
            session, kind="item", key=item.id, label=new, action="changed", fields={"Name": (old, new)},
            stores=None, by=by, now=datetime.now(UTC) + timedelta(seconds=seconds),
        )  # fmt: skip
        session.commit()
    return item.id


def form_of(page):
    start = page.index('action="/backoffice/publications"') if "/backoffice/publications" in page else None
    start = page.index('action="/publications"') if start is None else start
    fields = fields_of(f'<form id="publish" {page[start:]}', form_id="publish")
    data = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return data


def pending(evertill):
    with evertill.office_database.read() as session:
        return count_pending(session)


def test_the_form_as_it_is_shown_publishes_what_is_shown(owner, evertill):
    rename(evertill)
    answer = owner.post("/publications", data=form_of(owner.get("/publications").text))
    assert answer.status_code == 303
    assert pending(evertill) == 0


def test_an_edit_since_the_page_was_opened_is_shown_before_it_goes_out(owner, evertill):
    rename(evertill)
    form = form_of(owner.get("/publications").text)
    rename(evertill, "Big bagel", "Huge bagel", seconds=1)
    answer = owner.post("/publications", data={**form, "note": "Autumn"})
    assert answer.status_code == 409
    assert "Somebody edited this since you opened the page." in answer.text
    assert "Huge bagel" in answer.text
    assert 'value="Autumn"' in answer.text
    assert pending(evertill) == 1
    again = owner.post("/publications", data=form_of(answer.text))
    assert again.status_code == 303


def test_a_publication_since_the_page_was_opened_is_told(owner, evertill):
    rename(evertill)
    form = form_of(owner.get("/publications").text)
    with evertill.office_database.write() as session:
        publish(session, stores=[first_store(evertill).id], records=None, by="Tom", now=datetime.now(UTC))
        session.commit()
    answer = owner.post("/publications", data=form)
    assert answer.status_code == 409
    assert "Somebody published since you opened this page." in answer.text


def test_an_edit_of_what_is_not_ticked_holds_up_nothing(owner, evertill):
    key = rename(evertill)
    form = form_of(owner.get("/publications").text)
    rename(evertill, "Banana bread", "Banana loaf", seconds=1)
    assert owner.post("/publications", data=form).status_code == 303
    left = owner.get("/publications").text
    assert "Banana loaf" in left
    assert f"item:{key}" not in left


def test_everything_is_refused_when_more_was_edited_since(owner, evertill):
    rename(evertill)
    form = {**form_of(owner.get("/publications").text), "everything": "1"}
    rename(evertill, "Banana bread", "Banana loaf", seconds=1)
    assert owner.post("/publications", data=form).status_code == 409
    assert pending(evertill) == 2


@pytest.mark.parametrize("newest", ["", "x", "9" * 30, "-1"])
def test_a_damaged_stamp_never_breaks_the_page(owner, evertill, newest):
    rename(evertill)
    form = form_of(owner.get("/publications").text)
    form |= {
        "newest": newest,
        "seen": ["x", ":", "a:b", f"x:{newest}"],
        "record": [f"item:x:{newest}", "::", ""],
    }
    assert owner.post("/publications", data=form).status_code < 500
    assert owner.post("/publications", data={**form, "everything": "1"}).status_code < 500


def test_what_waits_is_grouped_by_kind_or_by_person(owner, evertill):
    rename(evertill, by="Max Manager")
    rename(evertill, "Banana bread", "Banana loaf", by="Ann Admin")
    by_kind = re.findall(r'<h2 class="pending-area">([^<]+) <', owner.get("/publications").text)
    by_person = re.findall(r'<h2 class="pending-area">([^<]+) <', owner.get("/publications?by=person").text)
    assert (by_kind, by_person) == (["Item"], ["Ann Admin", "Max Manager"])


def test_an_item_without_a_price_cannot_be_ticked_and_says_where_to_set_it(owner, evertill):
    key = rename(evertill)
    with evertill.office_database.write() as session:
        for variant in session.get(Item, key).variants:
            for price in session.scalars(select(VariantPrice).where(VariantPrice.variant_id == variant.id)):
                session.delete(price)
        session.commit()
    page = owner.get("/publications").text
    assert "Needs price" in page
    assert f'value="item:{key}' not in page
    assert f'/items/{key}">Complete it' in page


def test_whoever_may_not_publish_reads_what_waits(evertill):
    rename(evertill)
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", {"office.sign_in"})
    reader = office(evertill, role="manager")
    page = reader.get("/publications").text
    assert "Big bagel" in page
    assert "Ask a manager to publish" in page
    assert "Publish what is ticked" not in page
    assert reader.post("/publications", data={"everything": "1"}).status_code == 403
    with evertill.office_database.read() as session:
        key = session.scalars(select(Publication.id)).first()
    assert "Roll back to this" not in reader.get(f"/publications/{key}").text
    assert reader.post(f"/publications/{key}/roll-backs").status_code == 403


def test_the_history_is_a_fragment_and_a_page(owner, evertill):
    fragment = owner.get("/publications/history", headers=HTMX).text
    assert 'id="history"' in fragment
    assert "<html" not in fragment
    assert "<html" in owner.get("/publications/history").text
    assert fragment.count(">v1</a>") == 2


def test_a_long_history_has_pages(owner, evertill):
    with evertill.office_database.write() as session:
        store = first_store(evertill).id
        for version in range(2, 40):
            at = datetime.now(UTC) + timedelta(seconds=version)
            session.add(Publication(store_id=store, version=version, digest="", at=at, by="Max"))
        session.commit()
    first, second = owner.get("/publications/history").text, owner.get("/publications/history?page=2").text
    assert ">v39</a>" in first and ">v2</a>" not in first
    assert ">v2</a>" in second and "Older" not in second
    assert owner.get("/publications/history?page=9999999").status_code == 200


def test_a_large_publication_is_read_page_by_page(owner, evertill):
    with evertill.office_database.read() as session:
        key = session.scalars(select(Publication.id)).first()
    first, second = owner.get(f"/publications/{key}").text, owner.get(f"/publications/{key}?page=2").text
    assert first.count('class="pending-item"') == 100
    assert "1–100 of" in first
    assert "101–" in second
    assert "Roll back to this" not in first, "it is the newest version"
