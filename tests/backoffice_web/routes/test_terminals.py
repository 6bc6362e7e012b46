"""Terminals in the Back Office: watched, added, renamed, archived, registered."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backoffice_web.terminals.report import record_report
from backoffice_web.terminals.terminal import Terminal
from sync_contract.changes import NodeReport, TillReport
from tests.backoffice_web.routes.editor_forms import changed, fields_of, post
from tests.cast import first_store, first_terminal, give_permissions, office, till
from tests.waiting import wait_until

HTMX = {"HX-Request": "true"}
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")


def terminals(evertill, **where):
    with evertill.office_database.read() as session:
        return session.scalars(select(Terminal).filter_by(**where).order_by(Terminal.code)).all()


def test_the_board_shows_every_terminal_with_its_state(owner, evertill):
    page = owner.get("/terminals").text
    for terminal in terminals(evertill):
        assert terminal.name in page
    assert page.count("Not registered</span>") == 4


@pytest.mark.parametrize(("by", "words"), [("Maya Torres", "Maya Torres (manual)"), ("auto", "auto")])
def test_a_till_shows_its_version_and_who_synced(owner, evertill, by, words):
    store, terminal, now = first_store(evertill), first_terminal(evertill), datetime.now(UTC)
    shown = TillReport(terminal=terminal.id, shown_version=1, seen_at=now)
    report = NodeReport(
        store=store.id, version=1, digest="", applied_at=now, outcome="applied", started_by=by, tills=(shown,)
    )
    with evertill.office_database.write() as session:
        record_report(session, report=report, now=now)
        session.commit()
    page = owner.get("/terminals").text
    row = page[page.index(f'id="terminal-{terminal.id}"') :]
    row = row[: row.index("</tr>")]
    for each in ("Up to date", "<td>v1</td>", words, "Sync now"):
        assert each in row, each


def test_the_board_refreshes_as_a_fragment(owner):
    fragment = owner.get("/terminals?state=offline", headers=HTMX).text
    assert fragment.lstrip().startswith('<div class="stack" id="board"')
    assert "<html" not in fragment
    assert "No terminal is in this state now" in fragment


@pytest.mark.parametrize("state", ["nonsense", "offline", ""])
def test_any_state_may_be_asked_for(owner, state):
    assert owner.get(f"/terminals?state={state}").status_code == 200


def test_a_new_terminal_is_added_with_the_next_receipt_prefix(owner, evertill):
    fields = fields_of(owner.get("/terminals/new").text)
    store = first_store(evertill)
    response = post(owner, "/terminals", changed(fields, name="Bar", store=store.id))
    assert response.status_code == 303
    (bar,) = terminals(evertill, name="Bar")
    assert bar.store_id == store.id
    assert "Bar" in owner.get("/terminals").text


@pytest.mark.parametrize(
    ("name", "store", "sentence"),
    [
        ("", True, "Enter a name."),
        ("x" * 100, True, "Use at most 80 characters."),
        ("\u200b\u2060", True, "Use letters that can be seen."),
        ("Register 1", True, "The store has a terminal with this name already."),
        ("Bar", False, "Choose the store of the terminal."),
    ],
)
def test_what_cannot_be_saved_comes_back_as_it_was_typed(owner, evertill, name, store, sentence):
    data = {"name": name, "store": first_store(evertill).id if store else "nowhere", "action": "save"}
    response = owner.post("/terminals", data=data)
    assert response.status_code == 422
    assert sentence in response.text
    assert f'value="{name}"' in response.text
    assert len(terminals(evertill)) == 4


def test_a_terminal_is_renamed(owner, evertill):
    terminal = first_terminal(evertill)
    url = f"/terminals/{terminal.id}"
    response = post(owner, url, changed(fields_of(owner.get(url).text), name="Front"))
    assert response.status_code == 303
    assert terminals(evertill, name="Front")[0].id == terminal.id


def test_two_people_never_rename_one_terminal_silently(owner, evertill):
    url = f"/terminals/{first_terminal(evertill).id}"
    fields = fields_of(owner.get(url).text)
    post(owner, url, changed(fields, name="Front"))
    response = post(owner, url, changed(fields, name="Bar"))
    assert response.status_code == 409
    assert "Front" in response.text
    assert terminals(evertill, name="Front")


def test_an_archived_terminal_leaves_the_board(owner, evertill):
    terminal = first_terminal(evertill)
    response = owner.post(f"/terminals/{terminal.id}/archive", data={"revision": terminal.revision})
    assert response.status_code == 303
    assert f"/terminals/{terminal.id}" not in owner.get("/terminals").text
    assert owner.get(f"/terminals/{terminal.id}").status_code == 404
    assert owner.post(f"/terminals/{terminal.id}/registration-codes").status_code == 404


@pytest.mark.parametrize("revision", ["0", "99", "x", ""])
def test_archiving_with_another_revision_is_refused(owner, evertill, revision):
    terminal = first_terminal(evertill)
    response = owner.post(f"/terminals/{terminal.id}/archive", data={"revision": revision})
    assert response.status_code == 409
    assert not terminals(evertill, id=terminal.id)[0].is_archived


def test_a_code_is_shown_once_and_kept_as_a_hash(owner, evertill):
    terminal = first_terminal(evertill)
    page = owner.post(f"/terminals/{terminal.id}/registration-codes").text
    (code,) = set(CODE.findall(page))
    assert "not shown again" in page
    assert code not in owner.get(f"/terminals/{terminal.id}").text
    assert terminals(evertill, id=terminal.id)[0].registration_code_hash not in (None, code)


def test_a_code_comes_as_a_dialog_where_script_runs(owner, evertill):
    url = f"/terminals/{first_terminal(evertill).id}/registration-codes"
    fragment = owner.post(url, headers=HTMX).text
    assert "<dialog" in fragment
    assert "data-open-on-load" in fragment
    assert "<html" not in fragment
    assert CODE.search(fragment)


def test_stores_are_told_to_sync_at_once(owner, evertill):
    told = []
    office_of = evertill.backoffice.extensions["office"]
    office_of.notify = told.append
    response = owner.post("/terminals/syncs", headers=HTMX)
    assert response.status_code == 200
    assert "Asked to sync now" in response.text
    assert sorted((notice.version, notice.urgent) for notice in told) == [(1, True), (1, True)]
    assert owner.post("/terminals/syncs", data={"store": "nowhere"}).status_code == 303
    assert len(told) == 2


def test_terminals_are_refused_without_the_permission(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", {"office.sign_in", "dashboard.view"})
    browser = office(evertill, role="manager")
    key = first_terminal(evertill).id
    assert browser.get("/terminals").status_code == 403
    assert browser.get(f"/terminals/{key}").status_code == 403
    for path in ("", f"/{key}", f"/{key}/archive", f"/{key}/registration-codes", "/syncs"):
        assert browser.post(f"/terminals{path}").status_code == 403, path


@pytest.mark.both_houses
def test_a_browser_that_is_sent_away_stops_selling_at_its_next_tap(owner, evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = till(evertill, role="cashier")
    assert client.get("/order").status_code == 200
    terminal = first_terminal(evertill)
    answer = owner.post(f"/terminals/{terminal.id}/revocations", data={"revision": terminal.revision})
    assert answer.status_code == 303
    wait_until(lambda: client.get("/order").status_code == 303)
    assert client.get("/order").location.endswith("/terminals")
    # Another browser can become it.
    assert till(evertill, role="cashier").get("/order").status_code == 200


@pytest.mark.both_houses
@pytest.mark.parametrize("how", ["archive", "moves", "batch"])
def test_a_terminal_that_is_archived_or_moved_stops_selling_at_its_next_tap(owner, evertill, how):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client, terminal = till(evertill, role="cashier"), first_terminal(evertill)
    assert client.get("/order").status_code == 200
    form = {"revision": terminal.revision, "store": first_store(evertill, currency="EUR").id}
    path = f"/terminals/{terminal.id}/{how}"
    if how == "batch":
        path, form = "/terminal-batches", {"act": "archive", "step": "apply", "key": terminal.id}
    assert owner.post(path, data=form).status_code == 303
    # Long before the next heartbeat: the node was told.
    wait_until(lambda: client.get("/order").status_code == 303)
    assert client.get("/order").location.endswith("/terminals")


def test_a_terminal_is_moved_to_another_store_and_waits_for_its_browser(owner, evertill):
    terminal, hamburg = first_terminal(evertill), first_store(evertill, currency="EUR")
    form = {"revision": terminal.revision, "store": hamburg.id}
    assert owner.post(f"/terminals/{terminal.id}/moves", data=form).status_code == 303
    (moved,) = terminals(evertill, name=terminal.name, store_id=hamburg.id)
    assert "Make a code" in owner.get("/terminals").text
    assert moved.registered_at is None


@pytest.mark.parametrize("path", ["revocations", "moves"])
@pytest.mark.parametrize("revision", ["", "nonsense", "99"])
def test_what_somebody_else_saved_since_is_not_revoked_or_moved(owner, evertill, path, revision):
    terminal, hamburg = first_terminal(evertill), first_store(evertill, currency="EUR")
    form = {"revision": revision, "store": hamburg.id}
    answer = owner.post(f"/terminals/{terminal.id}/{path}", data=form)
    assert answer.status_code in {409, 422}
    assert terminals(evertill, id=terminal.id)[0].is_archived is False


@pytest.mark.both_houses
def test_the_board_shows_stores_with_their_nodes(owner, evertill):
    # Its own report would come in between.
    evertill.agent.stop()
    store, now = first_store(evertill), datetime.now(UTC)
    told = NodeReport(
        store=store.id, version=1, digest="", applied_at=now, started_by="auto", outbox_length=4,
        outbox_oldest_at=now - timedelta(hours=2, minutes=30), sent_at=now + timedelta(minutes=30),
    )  # fmt: skip
    with evertill.office_database.write() as session:
        record_report(session, report=told, now=now, address="10.0.0.7", app_version="0.0.9")
        session.commit()
    page = owner.get("/terminals").text
    row = page[page.index(f'id="store-{store.id}"') :]
    row = row[: row.index("</tr>")]
    for each in ("in this installation", "10.0.0.7", "0.0.9", "30 min ahead", "3 hours ago"):
        assert each in row, each
