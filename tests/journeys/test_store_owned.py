"""Store-owned things between the Back Office and the tills: both ways, offline, stale, taken back."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from sqlalchemy import select

from backoffice_web.catalog.item import Item
from backoffice_web.catalog.modifier_group import Modifier
from backoffice_web.owned.mirror import OwnedMirror, StoreCommand
from backoffice_web.owned.take_in import take_in
from pos_web.owned.change import change_owned
from sync_contract.owned import (
    SOLD_OUT,
    TERMINAL_SETTINGS,
    OwnedSet,
    SoldOut,
    TerminalSettings,
    sold_out_modifier_key,
)
from tests.backoffice_web.routes.editor_forms import fields_of
from tests.cast import first_store, first_terminal, office, till
from tests.office_line import office_gone
from tests.waiting import wait_until


@pytest.fixture
def owner(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    return office(evertill)


@pytest.fixture
def manager(evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    return till(evertill, role="manager")


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def item_id(evertill, name="Espresso"):
    with evertill.office_database.read() as session:
        return session.scalars(select(Item.id).where(Item.name == name)).one()


def mirrored(evertill, kind=SOLD_OUT):
    with evertill.office_database.read() as session:
        return {row.key: row for row in session.scalars(select(OwnedMirror).where(OwnedMirror.kind == kind))}


def states(evertill):
    with evertill.office_database.read() as session:
        return [each.state for each in session.scalars(select(StoreCommand).order_by(StoreCommand.asked_at))]


def page_of(owner, terminal):
    return owner.get(f"/terminals/{terminal.id}/settings").text


def change(evertill, key, body, kind=SOLD_OUT):
    """Something that is changed at the store without telling anybody yet."""
    store = first_store(evertill)
    with evertill.book.write() as book:
        now = datetime.now(UTC)
        change_owned(book, store_id=store.id, kind=kind, key=key, body=body, by="Sara", now=now)
        book.commit()
    return store


def mark(client, evertill, **more):
    form = {"key": item_id(evertill), "store": first_store(evertill).id} | more
    return client.post("/sold-out", data=form)


def test_a_modifier_that_the_office_marks_is_out_at_the_till_and_back(evertill, owner, manager):
    with evertill.office_database.read() as session:
        modifier = session.scalars(select(Modifier).where(Modifier.name == "Oat milk")).one()
        name = f"{modifier.group.name} · Oat milk"
    mark(owner, evertill, key=sold_out_modifier_key(modifier.id))
    wait_until(lambda: states(evertill) == ["done"])
    assert f"{name} Modifier" in words(owner.get("/sold-out"))
    assert name in words(manager.get("/sold-out"))
    manager.post("/sold-out/removal", data={"key": sold_out_modifier_key(modifier.id)})
    wait_until(lambda: not mirrored(evertill))


def test_what_a_till_marks_is_seen_in_the_back_office_with_who(evertill, owner, manager):
    assert manager.post("/sold-out", data={"key": item_id(evertill)}).status_code == 303
    wait_until(lambda: item_id(evertill) in mirrored(evertill))
    page = words(owner.get("/sold-out"))
    assert "Espresso" in page and mirrored(evertill)[item_id(evertill)].changed_by in page


def test_what_the_office_asks_for_is_done_at_the_till_and_answered(evertill, owner, manager):
    assert mark(owner, evertill).status_code == 303
    wait_until(lambda: states(evertill) == ["done"])
    assert "Espresso" in words(manager.get("/sold-out"))
    refused = manager.post("/order/lines", data={"item": item_id(evertill), "tap": "t1"})
    assert (refused.status_code, "is sold out" in words(refused)) == (422, True)
    row = mirrored(evertill)[item_id(evertill)]
    store = first_store(evertill).id
    owner.post("/sold-out/removal", data={"store": store, "key": row.key, "seen": str(row.revision)})
    wait_until(lambda: states(evertill) == ["done", "done"])
    assert "Nothing is sold out" in words(manager.get("/sold-out"))


def test_a_command_waits_while_the_store_is_away_and_can_be_taken_back(evertill, owner):
    evertill.agent.stop()
    mark(owner, evertill)
    assert "Done as soon as the store is online." in words(owner.get("/sold-out"))
    with evertill.office_database.read() as session:
        command = session.scalars(select(StoreCommand)).one()
    assert owner.post(f"/sold-out/commands/{command.id}/withdrawal").status_code == 303
    assert states(evertill) == ["withdrawn"]
    again = owner.post(f"/sold-out/commands/{command.id}/withdrawal")
    assert (again.status_code, "answered already" in words(again)) == (422, True)


def test_a_newer_wish_replaces_the_one_that_still_waits(evertill, owner):
    evertill.agent.stop()
    mark(owner, evertill)
    mark(owner, evertill, until="day_end")
    assert states(evertill) == ["withdrawn", "waiting"]


def test_a_stale_command_is_not_done_and_both_values_are_shown(evertill, owner):
    terminal = first_terminal(evertill)
    change(evertill, terminal.id, TerminalSettings(theme="dark"), TERMINAL_SETTINGS)
    form = {"theme": "light", "text_size": "normal", "volume": "50", "revision": "0"}
    owner.post(f"/terminals/{terminal.id}/settings", data=form)
    wait_until(lambda: states(evertill) == ["stale"])
    page = words(owner.get(f"/terminals/{terminal.id}/settings"))
    assert "Not done It was changed at the store meanwhile." in page
    assert "Theme: light" in page and "Theme: dark" in page
    assert b"dark" in mirrored(evertill, TERMINAL_SETTINGS)[terminal.id].body
    # Having seen both, they may ask for theirs again.
    again = re.search(r"/terminals/\w+/settings/commands/\w+/repetition", page_of(owner, terminal))[0]
    assert owner.post(again).status_code == 303
    wait_until(lambda: states(evertill) == ["stale", "done"])
    assert b"light" in mirrored(evertill, TERMINAL_SETTINGS)[terminal.id].body
    assert "The same Done for " in words(owner.get(f"/terminals/{terminal.id}/settings"))
    assert "repetition" not in page_of(owner, terminal)
    assert (owner.post(again).status_code, states(evertill)) == (422, ["stale", "done"])


def test_what_was_asked_for_stands_in_the_form_and_is_built_upon(evertill, owner):
    terminal = first_terminal(evertill)
    path = f"/terminals/{terminal.id}/settings"
    with office_gone(evertill):
        owner.post(path, data={"theme": "dark", "text_size": "normal", "volume": "50", "revision": "0"})
        form = dict(fields_of(page_of(owner, terminal), form_id="settings"))
    assert form["theme"] == "dark" and form["asked"]
    evertill.agent.sync(first_store(evertill).id, by="test", is_manual=True)
    wait_until(lambda: states(evertill) == ["done"])
    # The page that was open all the while is not told that somebody else changed something.
    assert owner.post(path, data=form | {"volume": "20"}).status_code == 303
    wait_until(lambda: states(evertill) == ["done", "done"])
    assert b'"dark"' in mirrored(evertill, TERMINAL_SETTINGS)[terminal.id].body
    assert b"20" in mirrored(evertill, TERMINAL_SETTINGS)[terminal.id].body


def test_settings_from_the_office_are_the_tills_at_once(evertill, owner, manager):
    terminal = first_terminal(evertill)
    form = {"theme": "dark", "text_size": "largest", "volume": "10", "scanner_prefix": "~", "revision": "0"}
    assert owner.post(f"/terminals/{terminal.id}/settings", data=form).status_code == 303
    wait_until(lambda: states(evertill) == ["done"])
    assert 'data-theme="dark" data-text-size="largest"' in manager.get("/order").text
    # And what the till changes is in the office's form.
    revision = re.search(r'name="revision" value="(\d+)"', manager.get("/pos-settings").text)[1]
    manager.post("/pos-settings", data=form | {"volume": "35", "revision": revision})
    wait_until(lambda: b"35" in mirrored(evertill, TERMINAL_SETTINGS)[terminal.id].body)
    assert 'value="35"' in owner.get(f"/terminals/{terminal.id}/settings").text


@pytest.mark.parametrize(
    ("field", "value"), [("volume", "101"), ("theme", "pink"), ("language", "tlh"), ("scanner_prefix", "ü")]
)
def test_the_office_says_what_cannot_be(evertill, owner, field, value):
    terminal = first_terminal(evertill)
    form = {"theme": "dark", "text_size": "normal", "volume": "10"} | {field: value}
    answer = owner.post(f"/terminals/{terminal.id}/settings", data=form)
    assert (answer.status_code, f'id="field-{field}-error"' in answer.text) == (422, True)
    assert states(evertill) == []


@pytest.mark.parametrize("form", [{"store": "nowhere"}, {"key": "unicorn"}, {"key": "modifier:unicorn"}])
def test_what_does_not_exist_is_refused(evertill, owner, form):
    assert mark(owner, evertill, **form).status_code == 404
    assert states(evertill) == []


def test_it_is_in_the_offices_journal(evertill, owner):
    evertill.agent.stop()
    mark(owner, evertill)
    assert "asked the store" in words(owner.get("/journal?kind=sold_out"))


def test_an_older_set_of_a_store_changes_nothing(evertill):
    store = change(evertill, "soup", SoldOut(name="Soup"))
    evertill.agent.sync(store.id, by="test", is_manual=True)
    wait_until(lambda: "soup" in mirrored(evertill))
    with evertill.office_database.write() as session:
        take_in(session, owned=OwnedSet(store=store.id, revision=0), now=datetime.now(UTC))
        session.commit()
    assert "soup" in mirrored(evertill)
