"""POS Settings at the till: this terminal's own, and the store's while the office does not answer."""

import re
from threading import Thread

import pytest

from pos_web.approvals.approval import ApprovalRequest
from pos_web.staff.journal import JournalEntry
from pos_web.syncing.bridge_client import Offline
from pos_web.syncing.history import kept_state
from sync_contract.store_edit import StoreEditAnswer
from tests.pos_web.shop import STORE, TABLET
from tests.pos_web.till import Till, where_to, words
from tests.rubbish import MARKUP, RUBBISH, Page, encoded

CHOSEN = {
    "theme": "dark",
    "text_size": "large",
    "volume": "80",
    "scanner_prefix": "]C1",
    "language": "",
    "revision": "0",
}


def save(till, **changes):
    return till.submit("/pos-settings", **(CHOSEN | changes))


def device(till):
    return till.get("/pos-settings/device").text


def test_everything_has_its_help_and_default(managers_till):
    page = words(managers_till.page("/pos-settings"))
    for said in ("Theme", "Text size", "Default: 50.", "Scanner prefix", "Log off after each sale", "120"):
        assert said in page


def test_what_is_saved_works_on_every_page_of_this_terminal_alone(managers_till, till):
    assert where_to(save(managers_till)).endswith("/pos-settings")
    page = managers_till.page("/order").text
    assert 'data-theme="dark" data-text-size="large"' in page
    assert 'data-sounds="off" data-volume="80" data-scanner-prefix="]C1"' in device(managers_till)
    assert 'data-theme="auto" data-text-size="normal"' in till.page("/order").text


def test_the_defaults_come_back_with_one_press(managers_till):
    save(managers_till)
    revision = re.search(r'name="revision" value="(\d+)"', managers_till.page("/pos-settings").text)[1]
    save(managers_till, action="reset", revision=revision)
    assert 'data-sounds="on" data-volume="50" data-scanner-prefix=""' in device(managers_till)


def test_of_two_people_nobody_is_overwritten_unseen(managers_till):
    save(managers_till, has_sounds="1")
    answer = save(managers_till, theme="light")
    assert answer.status_code == 409
    told = words(answer)
    assert "Somebody else changed this meanwhile" in told and "Dark Light" in told
    assert 'data-theme="dark"' in device(managers_till)
    # Pressed again, having seen it, it counts.
    revision = re.search(r'name="revision" value="(\d+)"', answer.text)[1]
    assert save(managers_till, theme="light", revision=revision).status_code == 303
    assert 'data-theme="light"' in device(managers_till)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume", "101"),
        ("volume", "loud"),
        ("theme", "pink"),
        ("text_size", "huge"),
        ("scanner_prefix", "123456789"),
        ("scanner_prefix", "ü"),
        ("language", "tlh"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(managers_till, field, value):
    answer = save(managers_till, **{field: value})
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    if field in ("volume", "scanner_prefix"):
        assert f'value="{value}"' in answer.text
    assert 'data-theme="auto"' in device(managers_till)


def test_it_is_in_the_journal(managers_till, shop):
    from pos_web.staff.journal import JournalEntry

    save(managers_till)
    with shop.book.read() as book:
        [entry] = book.query(JournalEntry).all()
    assert entry.action == "terminal.settings"
    assert entry.details["theme"] == "auto → dark"


def test_a_cashier_looks_and_what_they_save_asks_a_manager(till, managers_till, shop):
    assert till.page("/pos-settings").status_code == 200
    asked = save(till)
    assert asked.status_code == 403
    assert "Change the settings of Register 1" in words(asked) and "Theme: Dark" in words(asked)
    assert 'data-theme="auto"' in device(till)
    with shop.book.read() as book:
        [request] = book.query(ApprovalRequest).all()
    managers_till.post(f"/approvals/{request.uuid}/approval")
    assert where_to(save(till, approval=request.uuid)).endswith("/pos-settings")
    assert 'data-theme="dark"' in device(till)
    assert save(till, approval=request.uuid, theme="light").status_code == 403


RULES = {"auto_sync_after_s": "60", "idle_lock_s": "120"}
SEEN = {"seen_auto_sync_after_s": "15", "seen_idle_lock_s": "120", "seen_lock_after_sale": "0"}


def test_a_cashier_who_wants_another_rule_for_every_till_asks_a_manager(till, shop):
    asked = till.submit("/pos-settings/store", **RULES, **SEEN)
    assert asked.status_code == 403
    told = words(asked)
    assert "Change the settings of every till of Corner" in told
    assert "Sync by themselves after: 60" in told and "Auto-lock" not in told
    with shop.book.read() as book:
        [request] = book.query(ApprovalRequest).all()
    assert request.permissions == ["pos_settings.edit"]


def test_nobody_is_asked_about_a_change_that_is_none_or_cannot_be(till, shop):
    assert till.submit("/pos-settings", action="reset", revision="0").status_code == 403
    assert (
        till.submit("/pos-settings/store", **(RULES | {"auto_sync_after_s": "15"}), **SEEN).status_code == 403
    )
    wrong = till.submit("/pos-settings/store", **(RULES | {"idle_lock_s": "soon"}), **SEEN)
    assert (wrong.status_code, "Please check what you entered." in words(wrong)) == (403, True)
    with shop.book.read() as book:
        assert book.query(ApprovalRequest).all() == []


def test_nobody_is_asked_for_what_needs_the_office_while_it_is_away(till, shop):
    def cut(book):
        with kept_state(book.connection(), store_id=STORE) as state:
            state.unreachable_since = shop.now

    shop.do(cut)
    answer = till.submit("/pos-settings/store", **RULES, **SEEN)
    assert (answer.status_code, "Internet appears to be offline" in words(answer)) == (403, True)
    with shop.book.read() as book:
        assert book.query(ApprovalRequest).all() == []


def store_form(answer):
    """What the form for every till of the store sends, as it is shown now."""
    (form,) = [one for one in Page(answer.text).forms if one.action.endswith("/pos-settings/store")]
    return dict(form.pairs())


def approved(till, managers_till, shop):
    """What the form sends with an approval that was not used yet."""
    wanted = store_form(till.page("/pos-settings")) | RULES
    assert till.submit("/pos-settings/store", **wanted).status_code == 403
    with shop.book.read() as book:
        [request] = book.query(ApprovalRequest).all()
    managers_till.post(f"/approvals/{request.uuid}/approval")
    return wanted | {"approval": request.uuid}


def office_that(pos, monkeypatch, answer):
    """How often it was asked to edit a store's settings, by what it is asked."""
    asked = []

    def edit_store(edit):
        asked.append(edit)
        return answer(edit)

    monkeypatch.setattr(pos.extensions["pos"].agent, "edit_store", edit_store)
    monkeypatch.setattr(pos.extensions["pos"].agent, "sync", lambda *_store, **_how: None)
    return asked


def published(_edit):
    return StoreEditAnswer(outcome="published", version=2)


def away(_edit):
    raise Offline("cut")


def notes(shop):
    with shop.book.read() as book:
        found = book.query(JournalEntry).filter(JournalEntry.action == "store.settings")
        return [(entry.employee_name, entry.approver_name) for entry in found]


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (away, 422),
        (lambda _edit: StoreEditAnswer(outcome="refused", sentence="Not now."), 422),
    ],
)
def test_an_approval_is_spent_when_the_office_has_done_it_and_not_before(
    till, managers_till, shop, pos, monkeypatch, first, status
):
    wanted = approved(till, managers_till, shop)
    office_that(pos, monkeypatch, first)
    refused = till.submit("/pos-settings/store", **wanted)
    assert (refused.status_code, notes(shop)) == (status, [])
    asked = office_that(pos, monkeypatch, published)
    kept = store_form(refused)
    # The page's own token is another one in the next second.
    assert kept | {"csrf_token": ""} == wanted | {"csrf_token": ""}
    assert where_to(till.submit("/pos-settings/store", **kept)).endswith("/pos-settings")
    assert notes(shop) == [("Mia K.", "Sara L.")] and asked[0].approver
    assert till.submit("/pos-settings/store", **kept).status_code == 403
    assert len(asked) == 1


def test_of_two_presses_with_one_approval_one_reaches_the_office(till, managers_till, shop, pos, monkeypatch):
    wanted, answers = approved(till, managers_till, shop), []

    def press():
        answers.append(till.submit("/pos-settings/store", **wanted))

    def press_again(edit):
        second = Thread(target=press)
        second.start()
        second.join(20)
        return published(edit)

    asked = office_that(pos, monkeypatch, press_again)
    press()
    assert [answer.status_code for answer in answers] == [403, 303]
    assert len(asked) == len(notes(shop)) == 1


def test_the_scripts_learn_the_settings_before_anybody_signs_in(pos, shop, managers_till):
    save(managers_till)
    nobody = Till(pos, shop, terminal=TABLET, person=None)
    assert 'data-theme="dark"' in device(nobody)


def test_the_stores_settings_need_the_office_and_what_was_typed_stays(managers_till):
    rules = {"auto_sync_after_s": "60", "idle_lock_s": "90", "seen_auto_sync_after_s": "15"}
    answer = managers_till.submit("/pos-settings/store", **rules)
    assert answer.status_code == 422
    assert "Internet appears to be offline" in words(answer)
    assert 'value="60"' in answer.text


def test_a_period_that_is_no_number_is_said_without_asking_the_office(managers_till):
    answer = managers_till.submit("/pos-settings/store", auto_sync_after_s="soon", idle_lock_s="90")
    assert answer.status_code == 422
    assert "Enter a whole number." in words(answer) and 'value="soon"' in answer.text


@pytest.mark.parametrize(
    ("path", "form", "status", "form_id"),
    [
        ("/pos-settings", CHOSEN | {"volume": "101"}, 422, "terminal-settings"),
        ("/pos-settings", CHOSEN | {"revision": "7"}, 409, "terminal-settings"),
        ("/pos-settings/store", RULES | SEEN | {"idle_lock_s": "soon"}, 422, "store-settings"),
        ("/pos-settings/store", RULES | SEEN, 422, "store-settings"),
    ],
)
def test_for_htmx_the_form_comes_back_in_its_place(managers_till, path, form, status, form_id):
    answer = managers_till.post(path, **form)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (status, "outerHTML")
    assert f'id="{form_id}"' in answer.text and "<html" not in answer.text


def test_for_htmx_a_refusal_leaves_what_was_typed_on_the_screen(till, shop):
    refused = till.post("/pos-settings/store", **(RULES | SEEN | {"idle_lock_s": "soon"}))
    assert (refused.status_code, refused.headers["HX-Reswap"]) == (403, "none")
    assert "Please check what you entered." in words(refused)


@pytest.mark.parametrize("word", RUBBISH)
def test_rubbish_in_every_field_is_a_sentence(managers_till, word):
    for path in ("/pos-settings", "/pos-settings/store", "/sold-out", "/sold-out/removal"):
        fields = (*CHOSEN, "has_sounds", "action", "until", "key", "q", "idle_lock_s",
                  "auto_sync_after_s", "seen_idle_lock_s", "lock_after_sale")  # fmt: skip
        content = encoded((field, word) for field in fields)
        answer = managers_till.client.post(
            path, data=content, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code < 500, path
        assert MARKUP.encode() not in answer.data, path
