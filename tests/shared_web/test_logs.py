"""Logs: one JSON line each, to whatever standard error is now, without secrets or card numbers."""

import io
import json
import logging
import sys

import pytest
import structlog
from engineio import Client
from gunicorn.config import Config
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared_web.database import Database
from shared_web.logs import configure_logs
from shared_web.serving import Log


@pytest.fixture(autouse=True)
def unconfigured():
    """Not as the session's fixture left it: a test that forgets to configure shall fail."""
    structlog.reset_defaults()
    yield
    configure_logs()


def standard_error(monkeypatch):
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    return lines


def logged(monkeypatch, **fields):
    said = standard_error(monkeypatch)
    structlog.get_logger("test").warning("something happened", **fields)
    return json.loads(said.getvalue())


def test_a_line_goes_to_the_standard_error_of_the_moment(monkeypatch):
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    configure_logs()
    gone.close()
    assert logged(monkeypatch, store="a")["event"] == "something happened"


def test_libraries_and_the_server_log_lines_like_ours(monkeypatch):
    configure_logs()
    said = standard_error(monkeypatch)
    Log(Config()).error("worker %s was killed", 7)
    # It gives its logger a handler of its own, unless that has a level.
    Client(logger=False, handle_sigint=False).logger.error("token=abc did not come back")
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(line["logger"], line["level"], line["event"]) for line in lines] == [
        ("gunicorn.error", "error", "worker 7 was killed"),
        ("engineio.client", "error", "token=[hidden] did not come back"),
    ]


def test_a_line_that_is_cut_is_no_error_of_the_library(monkeypatch):
    configure_logs()
    said = standard_error(monkeypatch)
    logging.getLogger("engineio.client").error("packet queue is empty, aborting")
    assert said.getvalue() == ""


def test_secrets_and_card_numbers_are_blanked(monkeypatch):
    configure_logs()
    line = logged(monkeypatch, pin="1111", node_token="abc", note="card 4111 1111 1111 1111 declined")
    assert (line["pin"], line["node_token"]) == ("[hidden]", "[hidden]")
    assert line["note"] == "card [card number hidden] declined"


def test_a_token_inside_a_sentence_is_blanked(monkeypatch):
    configure_logs()
    line = logged(monkeypatch, problem="401 for Authorization: Bearer abc.DEF-123", url="/x?token=abc123&y=1")
    assert "abc" not in line["problem"] and "abc" not in line["url"]


def test_a_failed_statement_is_logged_without_what_it_would_have_written(monkeypatch, tmp_path):
    configure_logs()
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    secret = f"argon2-{4 * 11}"
    with pytest.raises(OperationalError) as problem, database.write() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:hash)"), {"hash": secret})
    database.dispose()
    line = logged(monkeypatch, exc_info=problem.value)
    assert "INSERT INTO nowhere" in line["exception"] and secret not in str(line)
