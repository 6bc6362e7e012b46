"""Items in the Back Office: found in the list, edited, saved, published, and never overwritten silently."""

import re

import pytest
from markupsafe import escape
from sqlalchemy import select

from backoffice_web.catalog.item import Item, Variant, VariantPrice
from backoffice_web.publishing.pending import count_pending
from backoffice_web.publishing.publication import PublishedHead
from backoffice_web.stores.store import Store
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import give_permissions


def item_id(evertill, name="Bagel"):
    with evertill.office_database.read() as session:
        return session.scalar(select(Item.id).where(Item.name == name))


def price_field(fields, value):
    """The name of the price field that now holds `value`."""
    return next(name for name, held in fields if "-price-" in name and held == value)


def pending(evertill):
    with evertill.office_database.read() as session:
        return count_pending(session)


def versions(evertill):
    with evertill.office_database.read() as session:
        return sorted(session.scalars(select(PublishedHead.version)))


def open_bagel(owner, evertill):
    url = f"/items/{item_id(evertill)}"
    return url, fields_of(owner.get(url).text)


def test_the_list_finds_by_name_by_sku_and_by_barcode(owner, evertill):
    with evertill.office_database.read() as session:
        variant = session.scalars(select(Variant).where(Variant.barcodes.any()).order_by(Variant.id)).first()
        name, sku, code = variant.item.name, variant.sku, variant.barcodes[0].code
    for text in (name, name.upper(), sku, code, f"0{code}"):
        page = owner.get("/items", query_string={"q": text}).text
        assert f">{escape(name)}</a>" in page, text
    assert "Nothing found" in owner.get("/items?q=no such thing").text


@pytest.mark.parametrize(
    "query",
    [
        "page=99999",
        "page=-1",
        "size=7",
        "sort=price;drop",
        "status=nonsense",
        "category=x",
        "q=%25%5F%5C",
        "sold=yes",
    ],
)
def test_no_url_breaks_the_list(owner, query):
    assert owner.get(f"/items?{query}").status_code == 200


def test_the_list_sorts_pages_and_keeps_its_state_in_the_url(owner):
    first = owner.get("/items?sort=-name&size=50").text
    names = re.findall(r'class="table-link" href="[^"]*">([^<]*)<', first)
    assert len(names) == 50
    assert names == sorted(names, reverse=True)
    assert 'href="/backoffice/items?sort=-name&amp;size=50&amp;page=2"' in first.replace(
        "items?page", "x"
    ) or ("page=2" in first)
    assert 'aria-sort="descending"' in first


def test_saving_changes_nothing_at_the_tills_and_says_so(owner, evertill):
    before = versions(evertill)
    url, fields = open_bagel(owner, evertill)
    answer = post(owner, url, changed(fields, **{price_field(fields, "2.75"): "2.95"}), follow_redirects=True)
    assert "Saved. Not on the POS yet." in answer.text
    assert "$2.75" in answer.text and "$2.95" in answer.text
    assert pending(evertill) == 1
    assert versions(evertill) == before


def test_save_and_publish_sends_the_record_and_shows_how_far_it_has_come(owner, evertill):
    before = versions(evertill)
    url, fields = open_bagel(owner, evertill)
    new = changed(fields, **{price_field(fields, "2.75"): "2.95"})
    answer = post(owner, url, new, action="publish", follow_redirects=True)
    assert "Published v2" in answer.text
    assert pending(evertill) == 0
    assert versions(evertill) == [before[0], before[1] + 1], (
        "only the store with that price has a new version"
    )
    reach = re.search(r'hx-get="/backoffice(/publications/reach\?at=[^"]*)"', answer.text)
    assert "Published v2 · no terminal registered yet" in owner.get(reach[1].replace("%3A", ":")).text


def test_publishing_to_one_store_leaves_the_other_waiting(owner, evertill):
    url, fields = open_bagel(owner, evertill)
    one = next(value for name, value in fields if name == "publish_to")
    post(owner, url, changed(fields, name="Big bagel", publish_to=[one]), action="publish")
    assert sorted(versions(evertill)) == [1, 2]
    assert pending(evertill) == 1


def test_without_the_permission_there_is_no_publish_button_and_no_way_around(manager, evertill):
    give_permissions(evertill, "manager", {"office.sign_in", "catalog.edit"})
    url = f"/items/{item_id(evertill)}"
    page = manager.get(url).text
    assert "Save and Publish" not in page
    assert "Ask a manager to publish." in page
    assert post(manager, url, fields_of(page), action="publish").status_code == 403


def test_what_cannot_be_read_comes_back_as_typed_with_a_sentence_beside_it(owner, evertill):
    url, fields = open_bagel(owner, evertill)
    wrong = changed(fields, **{price_field(fields, "2.75"): "2,9o", "name": "  "})
    answer = post(owner, url, wrong)
    assert answer.status_code == 422
    assert "2,9o" in answer.text
    assert "Enter an amount such as 4.50" in answer.text
    assert pending(evertill) == 0


def test_a_barcode_with_a_wrong_check_digit_is_refused(owner, evertill):
    url, fields = open_bagel(owner, evertill)
    answer = post(owner, url, changed(fields, **{"variants-0-barcodes": "4006381333932"}))
    assert answer.status_code == 422
    assert "4006381333932 is no barcode" in answer.text


def test_a_stale_form_shows_both_values_and_overwrites_only_on_purpose(owner, evertill):
    url, fields = open_bagel(owner, evertill)
    post(owner, url, changed(fields, name="Their bagel"))
    stale = post(owner, url, changed(fields, name="My bagel"))
    assert stale.status_code == 409
    assert "Their bagel" in stale.text and "My bagel" in stale.text
    with evertill.office_database.read() as session:
        assert session.get(Item, url.rpartition("/")[2]).name == "Their bagel"
    assert post(owner, url, fields_of(stale.text)).status_code == 303
    with evertill.office_database.read() as session:
        assert session.get(Item, url.rpartition("/")[2]).name == "My bagel"


def test_rows_are_added_and_removed_without_saving_anything(owner, evertill):
    url, fields = open_bagel(owner, evertill)
    more = post(owner, url, changed(fields, name="Unsaved"), action="add-row")
    assert more.status_code == 200
    assert "variants-1-name" in more.text and "Unsaved" in more.text
    fewer = post(owner, url, fields_of(more.text), action="remove-row-1")
    assert "variants-1-name" not in fewer.text
    assert pending(evertill) == 0


def test_a_new_item_is_made_and_found(owner, evertill):
    fields = changed(fields_of(owner.get("/items/new").text), name="Iced latte")
    made = post(owner, "/items", fields)
    assert made.status_code == 303
    assert "Needs price" in owner.get("/items?q=Iced latte&status=needs_price").text
    publish = post(
        owner,
        made.location.removeprefix("/backoffice"),
        fields_of(owner.get(made.location.removeprefix("/backoffice")).text),
        action="publish",
    )
    assert publish.status_code == 422
    assert "needs a price" in publish.text


@pytest.mark.parametrize("name", ["x" * 5000, "\x00", "a\x07b", "<script>alert(1)</script>", "‮", "é" * 200])
def test_strange_names_never_break_the_page(owner, name):
    fields = changed(fields_of(owner.get("/items/new").text), name=name)
    answer = post(owner, "/items", fields, follow_redirects=True)
    assert answer.status_code in {200, 400, 422}
    assert "<script>alert" not in answer.text


def test_the_tile_in_the_editor_shows_the_price_of_the_store_that_is_looked_at(owner, evertill):
    with evertill.office_database.read() as session:
        key, store_id, cents = session.execute(
            select(Item.id, Store.id, VariantPrice.price_cents)
            .join(Variant, Variant.item_id == Item.id)
            .join(VariantPrice, VariantPrice.variant_id == Variant.id)
            .join(Store, Store.price_list_id == VariantPrice.price_list_id)
            .where(Store.currency == "EUR", Variant.position == 0)
        ).first()
    owner.post("/chosen-store", data={"store": store_id})
    page = owner.get(f"/items/{key}").text
    assert re.search(rf'class="tile-price"[^>]*>{cents / 100:.2f}</span>', page)
