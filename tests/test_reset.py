"""Giving a computer back: nothing that no office has is lost by it, and nothing else is left."""

from datetime import UTC, datetime

import pytest

from app import build, main
from pos_web.syncing.office_link import KeptLink, write_link
from tests.journeys.selling import Seller
from tests.office_line import office_gone

pytestmark = pytest.mark.sqlite


@pytest.fixture
def run(settings, monkeypatch, capsys):
    """A command over the home: (exit code, what it said)."""
    monkeypatch.setenv("EVERTILL_HOME", str(settings.home))

    def command(*arguments):
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


@pytest.fixture
def used(settings):
    """Evertill ran here; what it left."""
    built = build(settings)
    built.start()
    yield built
    built.stop()


def leave_a_sale_unsent(evertill):
    seller = Seller(evertill)
    with office_gone(evertill):
        seller.sell()
        evertill.stop()


def linked(settings):
    kept = KeptLink(
        office="https://office.example", node="n1", name="Back room", token="t", issued_at=datetime.now(UTC)
    )
    write_link(settings.link_file, kept)
    return kept


def test_a_reset_erases_everything_and_the_next_start_begins_anew(settings, used, run):
    used.stop()
    linked(settings)
    # What a crash in the middle of a renewal or a restore leaves.
    for name in ("office_link.new", "office_link.lock", "book.sqlite3.restoring", "secrets.json.restoring"):
        (settings.home / name).write_text("a token")
    code, said = run("reset", "--yes")
    assert code == 0, said
    assert [file.name for file in settings.home.iterdir()] == []


def test_nothing_is_erased_without_a_yes_or_while_evertill_runs(settings, used, run):
    code, said = run("reset")
    assert code == 1 and "--yes" in said
    code, said = run("reset", "--yes")
    assert code == 1 and "in use" in said
    assert (settings.home / "book.sqlite3").exists() and (settings.home / "office.sqlite3").exists()


@pytest.mark.parametrize("command", [("reset", "--yes"), ("unpair",)])
def test_what_no_office_has_is_neither_erased_nor_left_behind(settings, used, run, command):
    leave_a_sale_unsent(used)
    code, said = run(*command)
    assert code == 1 and "not reached the Back Office" in said
    assert (settings.home / "book.sqlite3").exists()


def test_unpairing_forgets_the_office_alone(settings, used, run):
    used.stop()
    kept = linked(settings)
    code, said = run("unpair")
    assert code == 0 and kept.name in said and "Revoke it" in said
    assert not settings.link_file.exists() and (settings.home / "book.sqlite3").exists()
    code, said = run("unpair")
    assert code == 1 and "not paired" in said


def test_somebody_may_decide_that_it_is_lost(settings, used, run):
    leave_a_sale_unsent(used)
    code, said = run("reset", "--yes", "--discard-unsent")
    assert code == 0, said
    assert not (settings.home / "book.sqlite3").exists()
