"""Price lists: made from another one to the cent, chosen by a store, and never losing a price silently."""

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.item import Item, Variant, VariantPrice
from backoffice_web.catalog.modifier_group import ModifierPrice
from backoffice_web.catalog.price_list import PriceList
from backoffice_web.publishing.pending import count_pending
from shared_web.formats import LARGEST_AMOUNT_CENTS as LARGEST
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import first_store, give_permissions, office


def the_list(evertill, **conditions):
    with evertill.office_database.read() as session:
        return session.scalars(select(PriceList).filter_by(**conditions)).one()


def prices_of(evertill, price_list, prices=VariantPrice):
    owner = prices.variant_id if prices is VariantPrice else prices.modifier_id
    with evertill.office_database.read() as session:
        rows = session.execute(select(owner, prices.price_cents).where(prices.price_list_id == price_list.id))
        return dict(rows.all())


def add(owner, **changes):
    fields = changed(fields_of(owner.get("/price-lists/new").text), **changes)
    return post(owner, "/price-lists", fields)


def test_a_new_list_copies_every_price_with_its_percentage_to_the_cent(owner, evertill):
    usd = the_list(evertill, currency="USD")
    assert add(owner, name="Airport", copy_from=usd.id, change="12.5").status_code == 303
    airport = the_list(evertill, name="Airport")
    for prices in (VariantPrice, ModifierPrice):
        before, after = prices_of(evertill, usd, prices), prices_of(evertill, airport, prices)
        assert before
        assert after == {key: (cents * 1125 * 2 + 1000) // 2000 for key, cents in before.items()}
    with evertill.office_database.read() as session:
        assert count_pending(session) == 0, "no store sells by it: nothing changes at the tills"


@pytest.mark.parametrize("typed", ["-10", "−10", "-10 %"])
def test_a_list_can_be_cheaper(owner, evertill, typed):
    usd = the_list(evertill, currency="USD")
    assert add(owner, name="Staff", copy_from=usd.id, change=typed).status_code == 303
    assert sum(prices_of(evertill, the_list(evertill, name="Staff")).values()) < sum(
        prices_of(evertill, usd).values()
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"currency": "XXQ"}, "currency"),
        ({"currency": "GBP"}, "copy_from"),
        ({"copy_from": "unknown"}, "copy_from"),
        ({"copy_from": ""}, "copy_from"),
        ({"change": "-101"}, "change"),
        ({"change": "much"}, "change"),
        ({"change": "NaN"}, "change"),
    ],
)
def test_what_cannot_be_copied_is_refused_and_makes_no_list(owner, evertill, changes, field):
    usd = the_list(evertill, currency="USD")
    refused = add(owner, **{"name": "Airport", "copy_from": usd.id, "change": "5", **changes})
    assert refused.status_code == 422
    assert f'id="field-{field}-error"' in refused.text
    with evertill.office_database.read() as session:
        assert session.scalar(select(func.count()).select_from(PriceList)) == 2


def test_prices_too_large_to_keep_are_refused_whole(owner, evertill):
    usd = the_list(evertill, currency="USD")
    with evertill.office_database.write() as session:
        session.scalars(select(VariantPrice).filter_by(price_list_id=usd.id)).first().price_cents = LARGEST
        session.commit()
    refused = add(owner, name="Airport", copy_from=usd.id, change="900")
    assert refused.status_code == 422
    assert "Some prices would be too large." in refused.text


def test_two_lists_never_share_a_name(owner, evertill):
    refused = add(owner, name=the_list(evertill, currency="EUR").name)
    assert "Another price list has this name." in refused.text


def test_the_currency_is_fixed_once_there_are_prices_and_free_before(owner, evertill):
    usd = the_list(evertill, currency="USD")
    forged = [("name", usd.name), ("currency", "GBP"), ("revision", str(usd.revision))]
    refused = post(owner, f"/price-lists/{usd.id}", forged)
    assert refused.status_code == 422
    assert "There are prices in USD already." in refused.text
    add(owner, name="Empty")
    url = f"/price-lists/{the_list(evertill, name='Empty').id}"
    assert post(owner, url, changed(fields_of(owner.get(url).text), currency="GBP")).status_code == 303
    assert the_list(evertill, name="Empty").currency == "GBP"


def test_a_store_that_takes_another_list_has_its_items_and_modifiers_to_publish(owner, evertill):
    usd, store = the_list(evertill, currency="USD"), first_store(evertill)
    add(owner, name="Airport", copy_from=usd.id, change="10")
    airport = the_list(evertill, name="Airport")
    url = f"/stores/{store.id}"
    assert (
        post(owner, url, changed(fields_of(owner.get(url).text), price_list_id=airport.id)).status_code == 303
    )
    with evertill.office_database.read() as session:
        items = session.scalar(select(func.count()).select_from(Item))
        assert count_pending(session, stores=[store.id]) > items / 2
    assert store.name in owner.get(f"/price-lists/{airport.id}").text
    published = owner.post(
        "/store-batches", data={"act": "publish", "key": [store.id]}, follow_redirects=True
    )
    assert "Published to 1 store." in published.text


def test_an_item_form_opened_before_the_copy_does_not_take_the_new_prices_away(owner, evertill):
    usd = the_list(evertill, currency="USD")
    with evertill.office_database.read() as session:
        key = session.scalars(
            select(Variant.item_id).join(VariantPrice).where(VariantPrice.price_list_id == usd.id)
        ).first()
    fields = fields_of(owner.get(f"/items/{key}").text)
    add(owner, name="Airport", copy_from=usd.id, change="10")
    stale = post(owner, f"/items/{key}", changed(fields, name="Mine"))
    assert stale.status_code == 409
    assert "Price (Airport)" in stale.text
    assert prices_of(evertill, the_list(evertill, name="Airport")).keys() == prices_of(evertill, usd).keys()


def test_the_list_of_price_lists_counts_prices_and_names_stores(owner, evertill):
    page = owner.get("/price-lists").text
    usd = the_list(evertill, currency="USD")
    assert f'href="/backoffice/price-lists/{usd.id}"' in page
    assert first_store(evertill).name in page
    assert f">{len(prices_of(evertill, usd))}</td>" in page
    assert "Nothing found" in owner.get("/price-lists?q=zzzz").text


def test_price_lists_are_for_those_who_edit_the_catalog(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", {"office.sign_in", "store.edit"})
    manager = office(evertill, role="manager")
    for path in ("/price-lists", "/price-lists/new", f"/price-lists/{the_list(evertill, currency='USD').id}"):
        assert manager.get(path).status_code == 403, path
    assert manager.post("/price-lists", data={"name": "x"}).status_code == 403
