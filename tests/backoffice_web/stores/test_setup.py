"""Setting up an installation and opening stores."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from backoffice_web.catalog.price_list import PriceList
from backoffice_web.people.role import Role
from backoffice_web.publishing.pending import count_pending
from backoffice_web.stores.enterprise import Enterprise
from backoffice_web.stores.setup import is_set_up, open_store, set_up_enterprise
from shared_web.errors import RuleError
from sync_contract.permissions import defaults_of
from tests.backoffice_web.builders import DOWNTOWN, NOON, Office, add_category, add_item

USUAL = {
    "name": "Harbour", "currency": "USD", "locale": "en_US", "time_zone": "America/New_York", "now": NOON,
    "by": "Olivia",
}  # fmt: skip


def test_an_installation_is_set_up_once(office):
    with office.write() as session:
        assert is_set_up(session)
        with pytest.raises(RuleError):
            set_up_enterprise(session, name="Another", is_demo=False, now=NOON)


def test_two_installations_share_no_secret_and_no_epoch(office, tmp_path):
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other", stores=())
    with office.read() as here, other.read() as there:
        one, two = here.get_one(Enterprise, 1), there.get_one(Enterprise, 1)
        assert one.epoch != two.epoch and one.pin_secret != two.pin_secret
        assert len(one.pin_secret) == 64
    other.database.dispose()


def test_the_default_roles_hold_what_the_contract_says(office):
    with office.read() as session:
        for key in ("cashier", "manager", "store_admin", "owner"):
            assert tuple(session.get_one(Role, key).permissions) == defaults_of(key)


def test_a_new_store_has_the_whole_catalog_waiting(office):
    with office.write() as session:
        add_category(session)
        add_item(session)
    office.publish(DOWNTOWN)
    with office.write() as session:
        store = open_store(session, **USUAL)
    with office.read() as session:
        assert count_pending(session, [store.id]) == len(office.published(DOWNTOWN))
    [result] = office.publish(store.id)
    assert result.version == 1
    assert {kind for kind, _key in office.published(store.id)} >= {"item", "category", "role", "reason"}


def test_stores_of_one_currency_share_its_price_list_unless_they_choose(office):
    with office.write() as session:
        lists = session.scalar(select(func.count()).select_from(PriceList))
        first = open_store(session, **USUAL)
        assert session.scalar(select(func.count()).select_from(PriceList)) == lists
        session.add(PriceList(id="airport-usd", name="Airport prices", currency="USD"))
        second = open_store(session, **{**USUAL, "name": "Pier"}, price_list_id="airport-usd")
        assert first.price_list_id != second.price_list_id == "airport-usd"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 81), ("name", "Downtown"), ("currency", "XYZ"), ("currency", "usd"),
        ("locale", "xx_YY"), ("locale", ""), ("time_zone", "Mars/Olympus"), ("time_zone", "../etc/passwd"),
        ("time_zone", ""), ("day_cutoff_minutes", 1_440), ("day_cutoff_minutes", -1),
    ],
)  # fmt: skip
def test_a_store_that_cannot_be_is_refused_beside_its_field(office, field, value):
    with office.write() as session, pytest.raises(RuleError) as problem:
        open_store(session, **{**USUAL, field: value})
    assert problem.value.fields[field]


def test_a_price_list_in_another_currency_is_refused(office):
    with office.write() as session:
        euro = session.scalar(select(PriceList.id).where(PriceList.currency == "EUR"))
        with pytest.raises(RuleError):
            open_store(session, **USUAL, price_list_id=euro)
