"""What a monitoring system reads: true figures of both houses, for this computer or with the token alone."""

import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from werkzeug.test import Client

from app import build, main
from shared_web.backups import last_backup
from shared_web.metrics import Figure, may_read_metrics, metrics_text
from tests.cast import first_store, synced
from tests.journeys.selling import Seller
from tests.office_line import office_gone
from tests.waiting import wait_until


def figures(evertill, **more):
    """Name with labels → value, of everything that `/metrics` tells."""
    answer = Client(evertill.wsgi).get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}, **more)
    assert answer.status_code == 200, answer.text
    assert answer.content_type.startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_the_figures_of_both_houses_are_told(evertill):
    synced(evertill)
    store = first_store(evertill).name
    found = wait_until(lambda: _with(figures(evertill), f'evertill_reported_version{{store="{store}"}}'))
    assert found['evertill_info{role="all",version="0.1.0"}'] == 1
    assert found[f'evertill_store_version{{store="{store}"}}'] == 1
    assert found[f'evertill_store_behind{{store="{store}"}}'] == 0
    assert found[f'evertill_published_version{{store="{store}"}}'] == 1
    assert found[f'evertill_outbox_documents{{store="{store}"}}'] == 0
    assert found["evertill_refused_documents"] == 0
    assert found['evertill_terminals{state="offline"}'] == 0
    assert any(name.startswith("evertill_syncs_total") for name in found)
    assert any(name.startswith("evertill_request_seconds_count") for name in found)
    assert found["evertill_last_backup_timestamp_seconds"] == 0
    assert found["evertill_sockets"] == 0 < found["evertill_sockets_most"]


def _with(found, name):
    return found if name in found else None


def test_what_waits_to_go_up_and_an_office_that_is_gone_show(evertill):
    seller = Seller(evertill)
    name = f'{{store="{seller.store.name}"}}'
    with office_gone(evertill):
        seller.sell()
        found = wait_until(lambda: _above(figures(evertill), f"evertill_office_unreachable_seconds{name}", 0))
        assert found[f"evertill_outbox_documents{name}"] >= 1
        assert found[f"evertill_outbox_oldest_seconds{name}"] > 0


def _above(found, name, least):
    return found if found[name] > least else None


@pytest.mark.parametrize(
    ("headers", "caller", "status"),
    [
        ({}, "127.0.0.1", 200), ({}, "::1", 200), ({}, "192.0.2.7", 403), ({}, "", 403),
        ({}, "nonsense", 403),
        # A proxy on this computer speaks for somebody else.
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 403),
        ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1", 403),
        ({"Authorization": "Bearer right"}, "192.0.2.7", 200),
        ({"Authorization": "bearer right", "X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", 200),
        ({"Authorization": "Bearer wrong"}, "192.0.2.7", 403),
        ({"Authorization": "Basic right"}, "192.0.2.7", 403),
        ({"Authorization": "Bearer "}, "192.0.2.7", 403), ({"Authorization": "Bearer ü"}, "192.0.2.7", 403),
    ],
)  # fmt: skip
def test_metrics_are_for_this_computer_and_for_whoever_has_the_token(settings, headers, caller, status):
    evertill = build(replace(settings, metrics_token="right"))
    answer = Client(evertill.wsgi).get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": caller})
    assert answer.status_code == status
    evertill.stop()


def test_without_a_token_in_the_settings_no_token_opens_them():
    for given in ("", "Bearer ", "Bearer None", "Bearer x"):
        assert not may_read_metrics(caller="192.0.2.7", is_forwarded=False, authorization=given, token=None)


def test_no_secret_and_nothing_typed_is_in_them(evertill, settings):
    browser = evertill.backoffice.test_client()
    browser.get("/sign-in?next=/typed-by-somebody")
    browser.get("/nowhere/typed-by-somebody")
    browser.open("/sign-in", method="TYPED-BY-SOMEBODY")
    text = Client(evertill.wsgi).get("/metrics").text
    assert "typed-by-somebody" not in text.lower()
    for secret in (settings.pos_secret, settings.office_secret, settings.node_token):
        assert secret not in text


@pytest.mark.sqlite
def test_the_last_backup_shows_with_its_time(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("EVERTILL_HOME", str(settings.home))
    build(settings).stop()
    before = datetime.now(UTC)
    assert main(["backup", str(tmp_path / "copy")]) == 0
    assert last_backup(settings.home) >= before
    evertill = build(settings)
    found = figures(evertill)
    evertill.stop()
    assert found["evertill_last_backup_timestamp_seconds"] >= before.timestamp()
    (settings.home / "last_backup.txt").write_text("last Tuesday")
    assert last_backup(settings.home) is None
    shutil.rmtree(tmp_path / "copy")


def test_a_dump_that_a_database_servers_own_tools_made_is_a_backup_as_well(settings, monkeypatch):
    monkeypatch.setenv("EVERTILL_HOME", str(settings.home))
    before = datetime.now(UTC)
    assert main(["backed-up"]) == 0
    assert last_backup(settings.home) >= before


def test_of_several_workers_each_says_whose_its_counters_are(evertill, settings):
    evertill.backoffice.test_client().get("/sign-in")
    several = build(replace(settings, workers=2))
    found = figures(several)
    several.stop()
    mine = f'worker="{os.getpid()}"'
    counted = [name for name in found if name.startswith(("evertill_request_seconds", "evertill_sockets"))]
    assert len(counted) > 2 and all(mine in name for name in counted)
    assert 'evertill_info{role="all",version="0.1.0"}' in found


def test_a_name_with_quotes_and_line_feeds_breaks_no_line():
    text = metrics_text([Figure("evertill_x", "Words.", 1, {"store": 'Ann"s\nshop\\'})]).decode()
    assert re.search(r'^evertill_x\{store="Ann\\"s\\nshop\\\\"\} 1\.0$', text, re.MULTILINE)


def test_every_answer_carries_the_id_that_its_log_lines_carry(evertill):
    browser = evertill.backoffice.test_client()
    assert browser.get("/sign-in", headers={"X-Request-ID": "proxy-12345678"}).headers["X-Request-ID"] == (
        "proxy-12345678"
    )
    for given in ("", "short", "a" * 65, "with space and more", "<script>alert(1)</script>"):
        made = browser.get("/sign-in", headers={"X-Request-ID": given}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)
