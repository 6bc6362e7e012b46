"""Logs: one JSON line each, to whatever standard error is now, without secrets or card numbers."""

import io
import json
import sys

import pytest
import structlog

from shared_web.logs import configure_logs


@pytest.fixture(autouse=True)
def restored():
    yield
    structlog.reset_defaults()


def logged(monkeypatch, **fields):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    structlog.get_logger("test").warning("something happened", **fields)
    return json.loads(said.getvalue())


def test_a_line_goes_to_the_standard_error_of_the_moment(monkeypatch):
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    configure_logs()
    gone.close()
    assert logged(monkeypatch, store="a")["event"] == "something happened"


def test_secrets_and_card_numbers_are_blanked(monkeypatch):
    configure_logs()
    line = logged(monkeypatch, pin="1111", node_token="abc", note="card 4111 1111 1111 1111 declined")
    assert (line["pin"], line["node_token"]) == ("[hidden]", "[hidden]")
    assert line["note"] == "card [card number hidden] declined"
