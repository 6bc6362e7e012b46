"""Every string of the Big List of Naughty Strings as a name: kept, shown as it is, found again, or refused.

Each kind of record gets its share of the list; all of them all of it with `bin/test --long`.
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from markupsafe import escape

from tests.backoffice_web.routes.editor_forms import changed, fields_of
from tests.busy import hold_something
from tests.cast import first_store, office, till
from tests.crawl import FORM
from tests.faults.conftest import often
from tests.rubbish import RUBBISH, encoded, naughty_strings

# The field that is a record's name, and what its form needs besides.
KINDS = {
    "items": ("name", {}),
    "categories": ("name", {}),
    "modifier-groups": ("name", {"modifiers-0-name": "Oat"}),
    "price-lists": ("name", {"currency": "USD"}),
    "taxes": ("name", {"rate": "5", "store_id": "STORE", "tax_classes": ["standard"]}),
    "tax-classes": ("name", {}),
    "stores": ("name", {}),
    "terminals": ("name", {"store": "STORE"}),
    "employees": ("first_name", {"last_name": "", "role_id": "cashier", "stores": "STORE", "pin": "8391"}),
    "roles": ("name", {}),
}
ERROR = re.compile(r'class="field-error"[^>]*>.*?<span>([^<]+)</span>', re.DOTALL)


def share(place, of):
    """This kind's part of all the words, so that each is somebody's."""
    # No browser sends half a character, and Werkzeug makes something else of it.
    words = [word for word in (*RUBBISH, *naughty_strings()) if not re.search("[\ud800-\udfff]", word)]
    return words[place :: often(of * 3, 1)]


def made(client, evertill, kind):
    """The address of a new record of this kind with a plain name."""
    name, more = KINDS[kind]
    store = first_store(evertill).id
    more = {key: store if value == "STORE" else value for key, value in more.items()}
    fields = changed(fields_of(client.get(f"/{kind}/new").text), **{name: "Plain", **more})
    answer = client.post(f"/{kind}", data=encoded([*fields, ("action", "save")]), content_type=FORM)
    if kind == "employees":
        assert answer.status_code == 422 and "Enter a last name." in answer.text
        fields = changed(fields, last_name="Plain")
        answer = client.post(f"/{kind}", data=encoded([*fields, ("action", "save")]), content_type=FORM)
    assert answer.status_code == 303, answer.text
    return re.sub(r"^/backoffice|\?.*", "", answer.location)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_kept_shown_and_found_or_refused_in_words(evertill, kind):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client, field = office(evertill), KINDS[kind][0]
    url, kept = made(client, evertill, kind), "Plain"
    page, outcomes = client.get(url).text, set()
    for word in share([*KINDS].index(kind), len(KINDS)):
        fields = changed(fields_of(page), **{field: word})
        answer = client.post(url, data=encoded([*fields, ("action", "save")]), content_type=FORM)
        outcomes.add(answer.status_code)
        if "\x00" in word:
            assert answer.status_code == 400
        elif answer.status_code == 422:
            assert any(len(sentence) > 10 for sentence in ERROR.findall(answer.text)), (kind, word)
        else:
            assert answer.status_code == 303, (kind, word)
            kept = word.strip()
        page = client.get(url).text
        assert dict(fields_of(page))[field] == kept, (kind, word)
        if answer.status_code == 303:
            found = client.get(f"/{kind}?" + encoded([("q", kept)]))
            shown = re.findall(rf'href="/backoffice{url}">([^<]*)</a>', found.text)
            assert shown, (kind, word)
            name = f"{kept} Plain" if kind == "employees" else kept
            assert unescape(shown[0]) == name and str(escape(name)) in found.text, (kind, word)
    assert 303 in outcomes


def test_a_note_on_hold_is_shown_as_it_was_typed(evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = till(evertill, role="owner")
    for word in share(0, len(KINDS)):
        answer = hold_something(client, note=word)
        if "\x00" in word:
            assert answer.status_code == 400
        else:
            assert answer.status_code == 303, word
            assert str(escape(word.strip()[:80])) in client.get("/holds").text, word
