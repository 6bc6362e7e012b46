"""Every form of both houses is found by walking; in none of them does the Enter key do harm."""

from __future__ import annotations

import pytest

from tests.busy import visitors
from tests.crawl import endpoint_of, forms_of
from tests.test_access import is_bridge

# The first button of a form is pressed by the Enter key in any of its fields.
HARMLESS = {"", "save", "preview"}

# What no form of a busy day leads to. Each is tried elsewhere, or takes nothing that could be typed.
WITHOUT_A_FORM = {
    "pos": {
        "pairings.create": "a store node that is not paired yet: tests/pos_web/routes/test_syncs.py",
        "sessions.create_touch": "told by script; takes nothing",
        "syncs.show": "told by script: which version the page shows",
        "syncs.create_older": "after a restore of the office; takes nothing",
    },
    "backoffice": {
        "confirmations.create": "a while after signing in: tests/backoffice_web/routes/test_confirmations.py",
        "setup.create": "before there is a business: tests/backoffice_web/routes/test_setup.py",
        "sign_in_codes.create": "after the password: tests/backoffice_web/routes/test_sign_in_codes.py",
        "second_factors.delete": "with a second factor: tests/backoffice_web/routes/test_second_factors.py",
        "second_factors.renew": "with a second factor: tests/backoffice_web/routes/test_second_factors.py",
        "sign_in_policy.reset": "with somebody's second factor; takes nothing",
        "imports.publish": "after saving an import; takes nothing",
        "sold_out.remove": "with something sold out; takes nothing",
        "sold_out.repeat": "after a store refused; takes nothing",
        "sold_out.withdraw": "while a store is silent; takes nothing",
        "store_nodes.create_revocation": "of a node that serves a store; takes nothing",
        "terminal_settings.repeat": "after a store refused; takes nothing",
        "terminal_settings.withdraw": "while a store is silent; takes nothing",
    },
}


def pressed_by_enter(form):
    is_typed = any(one.is_typed for one in form.fields)
    return next((one.value for one in form.fields if one.type == "button" and is_typed), "")


@pytest.mark.parametrize("house", ["pos", "backoffice"])
def test_every_act_has_a_form_whose_enter_key_saves_and_resets_or_removes_nothing(evertill, house):
    for app in (evertill.pos, evertill.backoffice):
        app.config["WTF_CSRF_ENABLED"] = False
    forms = [
        form for _who, client, start in visitors(evertill, house) for _at, form in forms_of(client, start)
    ]
    assert {
        form.action: pressed_by_enter(form) for form in forms if pressed_by_enter(form) not in HARMLESS
    } == {}
    app = getattr(evertill, house)
    reached = {endpoint_of(app, form.action) for form in forms if form.method == "post"}
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    assert {name for name in posts if not is_bridge(name)} - reached == WITHOUT_A_FORM[house].keys()
