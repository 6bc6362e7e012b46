"""Walks every route of both houses with every role: nobody reaches what their role does not allow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared_web.access import requirement_of
from sync_contract.permissions import BY_KEY, KEYS, PERMISSIONS, SECTIONS
from tests.cast import give_permissions, office, publish_permissions, till

ROLES = ("cashier", "manager", "owner")
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
SIGN_IN = "office.sign_in"
BOTH_WAYS = pytest.mark.parametrize("is_alone", [True, False], ids=["with it alone", "with all others"])


def every_route(app):
    """(endpoint, method, path with harmless values) of each route."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        path = re.sub(r"<(?:int|float):[^>]+>", "1", rule.rule)
        path = re.sub(r"<[^>]+>", "unknown", path)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def guarded_by(app, permission):
    """(method, path) of each route that demands the permission."""
    return [
        (method, path)
        for endpoint, method, path in every_route(app)
        if requirement_of(app, endpoint).permission == permission
    ]


def is_sent_away(response):
    target = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
    return response.status_code in {302, 303} and any(
        word in target for word in ("sign-in", "/terminals", "/setup", "/pos/", "sign_in")
    )


def is_bridge(endpoint):
    return endpoint.startswith("bridge.")


def needs_no_token(endpoint):
    """Pairing brings a one-time code instead."""
    return endpoint == "bridge.pairings"


def clerk(evertill, permissions):
    """Somebody in the Back Office who holds exactly these permissions."""
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    give_permissions(evertill, "manager", permissions)
    return office(evertill, role="manager")


def test_every_route_says_what_it_demands(evertill):
    for app in (evertill.pos, evertill.backoffice):
        for endpoint in app.view_functions:
            requirement = requirement_of(app, endpoint)
            assert requirement is not None, endpoint
            assert requirement.permission in KEYS | {""}, endpoint


def test_every_permission_of_the_contract_guards_something(evertill):
    """Each permission is demanded by a route or asked for by the code behind one."""
    demanded = {
        requirement_of(app, endpoint).permission
        for app in (evertill.pos, evertill.backoffice)
        for endpoint in app.view_functions
    }
    sources = [*Path("pos_web").rglob("*.py"), *Path("backoffice_web").rglob("*.py")]
    asked = {key for path in sources for key in re.findall(r'\bmay\(\s*"([a-z_.]+)"', path.read_text())}
    # The one that opens the Back Office at all is asked when an account is read.
    assert KEYS - demanded - asked == {SIGN_IN}


def test_what_a_permission_needs_exists_and_starts_with_the_same_roles():
    for permission in PERMISSIONS:
        assert permission.section in SECTIONS
        for need in permission.needs:
            assert permission.held_by <= BY_KEY[need].held_by, (permission.key, need)


def test_a_browser_that_is_no_terminal_reaches_nothing_at_the_pos(evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = evertill.pos.test_client()
    for endpoint, method, path in every_route(evertill.pos):
        if requirement_of(evertill.pos, endpoint).level != "anyone":
            assert is_sent_away(client.open(path, method=method)), (method, path)


def test_a_terminal_with_nobody_signed_in_reaches_only_the_login_screen(evertill):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    client = till(evertill)
    for endpoint, method, path in every_route(evertill.pos):
        if requirement_of(evertill.pos, endpoint).level in {"person", "permission"}:
            assert is_sent_away(client.open(path, method=method)), (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_at_the_till_reaches_what_it_may_and_nothing_else(evertill, role):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    held = {one.key for one in PERMISSIONS if role in one.held_by}
    for endpoint, method, path in every_route(evertill.pos):
        client = till(evertill, role=role)
        response = client.open(path, method=method)
        requirement = requirement_of(evertill.pos, endpoint)
        assert response.status_code < 500, (method, path)
        if requirement.level == "permission":
            is_refused = response.status_code == 403
            assert is_refused == (requirement.permission not in held), (method, path, response.status_code)


def test_nobody_reaches_the_back_office_without_signing_in(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = evertill.backoffice.test_client()
    for endpoint, method, path in every_route(evertill.backoffice):
        if requirement_of(evertill.backoffice, endpoint).level != "anyone":
            assert is_sent_away(client.open(path, method=method)), (method, path)


def test_a_cashier_cannot_use_the_back_office(evertill):
    evertill.backoffice.config["WTF_CSRF_ENABLED"] = False
    client = office(evertill, role="cashier")
    assert is_sent_away(client.get("/"))


def test_the_back_office_is_closed_to_whoever_may_only_sign_in(evertill):
    client = clerk(evertill, {SIGN_IN})
    for endpoint, method, path in every_route(evertill.backoffice):
        if requirement_of(evertill.backoffice, endpoint).level == "permission":
            assert client.open(path, method=method).status_code == 403, (method, path)


@BOTH_WAYS
def test_the_back_office_opens_exactly_what_a_permission_opens(evertill, is_alone):
    """What is closed to whoever holds all the others is closed to whoever holds fewer."""
    for permission in sorted(KEYS - {SIGN_IN}):
        client = clerk(evertill, {SIGN_IN, permission} if is_alone else KEYS - {permission})
        for method, path in guarded_by(evertill.backoffice, permission):
            # To the end: a half-read table would leave its reader behind for the next request.
            response = client.open(path, method=method, buffered=True)
            assert response.status_code < 500, (permission, method, path)
            assert (response.status_code != 403) == is_alone, (permission, method, path)


@BOTH_WAYS
def test_the_till_opens_and_stays_closed_by_each_permission(evertill, is_alone):
    evertill.pos.config["WTF_CSRF_ENABLED"] = False
    for permission in sorted(KEYS):
        guarded = guarded_by(evertill.pos, permission)
        if guarded:
            publish_permissions(evertill, "cashier", {permission} if is_alone else KEYS - {permission})
        for method, path in guarded:
            response = till(evertill, role="cashier").open(path, method=method)
            assert (response.status_code != 403) == is_alone, (permission, method, path)


def test_a_browser_can_send_no_command_by_socket(evertill):
    """A socket only connects: what may be heard is decided there, and everything else goes by routes."""
    for app in (evertill.pos, evertill.backoffice):
        sockets = app.extensions["socketio"]
        for handlers in sockets.server.handlers.values():
            assert set(handlers) <= {"connect", "disconnect"}


def test_the_bridge_refuses_whoever_has_no_token(evertill):
    client = evertill.backoffice.test_client()
    for endpoint, method, path in every_route(evertill.backoffice):
        if is_bridge(endpoint) and not needs_no_token(endpoint):
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
                assert client.open(path, method=method, headers=headers).status_code == 401, (method, path)


@pytest.mark.parametrize("house", ["pos", "backoffice"])
def test_nothing_changes_without_the_csrf_token(evertill, house):
    app = getattr(evertill, house)
    client = till(evertill, role="owner") if house == "pos" else office(evertill)
    for endpoint, method, path in every_route(app):
        if method in UNSAFE and not is_bridge(endpoint):
            assert client.open(path, method=method).status_code == 400, (method, path)
