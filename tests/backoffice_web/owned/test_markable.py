"""What the office's search for the 86 lists finds, the best first."""

import pytest

from backoffice_web.catalog.modifier_group import ModifierGroup
from backoffice_web.owned.markable import find_markable, markable_name
from tests.backoffice_web.builders import add_category, add_item, add_modifier_group


@pytest.fixture
def session(office):
    with office.write() as session:
        add_category(session)
        for name in ("Caramel latte", "Latte", "Latte macchiato", "Iced latte"):
            add_item(session, key=name.lower().replace(" ", "-"), name=name)
        add_item(session, key="juice", name="Juice", variants=2)
        add_modifier_group(session)
        yield session


def names(session, text):
    return [each.name for each in find_markable(session, text)]


@pytest.mark.parametrize("text", ["latte", "LATTE"])
def test_what_is_called_so_comes_before_what_only_has_it_in_its_name(session, text):
    assert names(session, text) == ["Latte", "Latte macchiato", "Caramel latte", "Iced latte"]


def test_forms_come_with_their_item(session):
    assert names(session, "juice") == ["Juice", "Juice · Size 0", "Juice · Size 1"]


@pytest.mark.parametrize("text", ["oat", "milk"])
def test_a_modifier_is_found_by_its_name_or_its_groups(session, text):
    [found] = find_markable(session, text)
    assert (found.key, found.name, found.is_modifier) == ("modifier:oat", "Milk · Oat milk", True)


def test_a_wildcard_is_an_ordinary_letter(session):
    assert names(session, "%") == [] and names(session, "_") == []


def test_every_key_that_is_found_has_its_name(session):
    for text in ("latte", "juice", "oat"):
        for each in find_markable(session, text):
            assert markable_name(session, each.key) == each.name


def test_what_is_gone_has_no_name(session):
    session.get_one(ModifierGroup, "milk").is_archived = True
    for key in ("modifier:oat", "modifier:soy", "unicorn", "juice/huge", ""):
        assert markable_name(session, key) is None, key
