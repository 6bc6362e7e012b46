"""Acting on many items at once: what was ticked, or everything that is found."""

import re

from sqlalchemy import func, select

from backoffice_web.catalog.category import Category
from backoffice_web.catalog.item import Item, StoreItem, VariantPrice
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.publishing.pending import count_pending


def keys(evertill, *, category="Tea"):
    with evertill.office_database.read() as session:
        return session.scalars(select(Item.id).join(Category).where(Category.name == category)).all()


def price_sum(evertill, currency="USD"):
    with evertill.office_database.read() as session:
        return session.scalar(
            select(func.sum(VariantPrice.price_cents))
            .join(PriceList, PriceList.id == VariantPrice.price_list_id)
            .where(PriceList.currency == currency)
        )


def usd(evertill):
    with evertill.office_database.read() as session:
        return session.scalar(select(PriceList.id).where(PriceList.currency == "USD"))


def fingerprint(page):
    return re.search(r'name="fingerprint" value="([^"]+)"', page)[1]


def test_ticked_items_are_archived_and_can_be_restored(owner, evertill):
    some = keys(evertill)[:3]
    assert (
        "3 items saved. Not on the POS yet."
        in owner.post("/item-batches", data={"act": "archive", "key": some}, follow_redirects=True).text
    )
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count()).where(Item.is_archived)) == 3
    owner.post("/item-batches", data={"act": "restore", "key": some})
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count()).where(Item.is_archived)) == 0
        assert count_pending(session) == 0, "as it was: nothing to publish"


def test_a_price_change_is_previewed_first_and_then_saved_to_the_cent(owner, evertill):
    before = price_sum(evertill)
    change = {
        "act": "prices",
        "key": keys(evertill),
        "price_list": usd(evertill),
        "way": "percent",
        "value": "10",
    }
    preview = owner.post("/item-batches", data={**change, "step": "preview"})
    assert preview.status_code == 200
    assert price_sum(evertill) == before, "a preview changes nothing"
    saved = owner.post(
        "/item-batches", data={**change, "step": "apply", "fingerprint": fingerprint(preview.text)}
    )
    assert saved.status_code == 303
    shown = [
        tuple(int(cents.replace(".", "")) for cents in pair)
        for pair in re.findall(
            r"<td>[^<]*</td><td[^>]*>\$([\d.]+)</td><td[^>]*>\$([\d.]+)</td>", preview.text
        )
    ]
    assert shown and all(after == (was * 11 + 5) // 10 for was, after in shown)
    assert price_sum(evertill) - before == sum(after - was for was, after in shown)


def test_prices_that_moved_since_the_preview_are_previewed_again(owner, evertill):
    change = {
        "act": "prices",
        "key": keys(evertill),
        "price_list": usd(evertill),
        "way": "amount",
        "value": "0.10",
    }
    first = fingerprint(owner.post("/item-batches", data={**change, "step": "preview"}).text)
    owner.post("/item-batches", data={**change, "step": "apply", "fingerprint": first})
    before = price_sum(evertill)
    again = owner.post("/item-batches", data={**change, "step": "apply", "fingerprint": first})
    assert again.status_code == 200
    assert price_sum(evertill) == before


def test_a_price_below_nothing_is_refused_for_all(owner, evertill):
    before = price_sum(evertill)
    change = {
        "act": "prices",
        "key": keys(evertill),
        "price_list": usd(evertill),
        "way": "amount",
        "value": "-500",
    }
    refused = owner.post("/item-batches", data={**change, "step": "preview"})
    assert refused.status_code == 422
    assert "less than nothing" in refused.text
    assert price_sum(evertill) == before


def test_everything_found_is_more_than_the_page(owner, evertill):
    with evertill.office_database.read() as session:
        category = session.scalar(select(Category.id).where(Category.name == "Tea"))
        total = session.scalar(select(func.count()).select_from(Item))
    data = {
        "act": "category",
        "step": "apply",
        "category_id": category,
        "everything": "1",
        "after": "/items?",
    }
    owner.post("/item-batches", data=data)
    assert len(keys(evertill)) == total > 25


def test_items_stop_being_sold_in_one_store_alone(owner, evertill):
    some = keys(evertill)[:2]
    with evertill.office_database.read() as session:
        store = re.search(r'name="store" value="([0-9a-f]{32})"', owner.get("/items").text)[1]
    owner.post(
        "/item-batches", data={"act": "sold", "step": "apply", "key": some, "store": store, "is_sold": "no"}
    )
    with evertill.office_database.read() as session:
        rows = session.scalars(select(StoreItem).where(StoreItem.item_id.in_(some), ~StoreItem.is_sold)).all()
        assert {row.store_id for row in rows} == {store}


def test_publishing_ticked_items_leaves_the_rest_waiting(owner, evertill):
    some = keys(evertill)[:4]
    owner.post("/item-batches", data={"act": "archive", "key": some})
    answer = owner.post("/item-batches", data={"act": "publish", "key": some[:1]}, follow_redirects=True)
    assert "Published v2" in answer.text
    with evertill.office_database.read() as session:
        assert count_pending(session) == 3


def test_nothing_ticked_and_nonsense_do_no_harm(owner):
    assert owner.post("/item-batches", data={"act": "archive"}).status_code == 303
    assert owner.post("/item-batches", data={"act": "explode", "key": "x"}).status_code == 422
    assert owner.post("/item-batches", data={"act": "archive", "key": "unknown"}).status_code == 303
    assert (
        owner.post("/item-batches", data={"act": "prices", "key": "unknown", "step": "preview"}).status_code
        == 422
    )
