"""Backups of PostgreSQL: its own tools copy and put back, `app.py restored` begins the new life."""

import subprocess

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app import main
from pos_web.terminals.terminal import Terminal
from shared_web.database import Database
from tests.conftest import environment_of
from tests.servers import program

pytestmark = pytest.mark.own_database


@pytest.fixture
def home(template, postgresql, tmp_path, monkeypatch):
    """A home on PostgreSQL that the command line works on; gives the names of its databases."""
    home, names = template.copy(tmp_path / "home")
    for name, value in {**environment_of(home), **template.variables(names)}.items():
        monkeypatch.setenv(name, value)
    yield names
    template.drop(names)


def rows(url, sql):
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(text(sql)).all()


def tool(name, postgresql, *arguments):
    address = ["--host=127.0.0.1", f"--port={postgresql.port}", "--username=postgres"]
    subprocess.run([str(program(name)), *address, *arguments], check=True, capture_output=True)


def test_our_own_backup_says_what_to_use_instead_and_leaves_nothing_behind(home, tmp_path, capsys):
    assert main(["backup", str(tmp_path / "backup")]) == 1
    assert "pg_dump" in capsys.readouterr().err
    assert not (tmp_path / "backup").exists()


def test_a_sound_home_verifies_and_a_changed_one_does_not(home, postgresql, capsys):
    assert main(["verify"]) == 0
    with create_engine(postgresql.url(home[0]), poolclass=NullPool).begin() as connection:
        connection.execute(text("UPDATE published_records SET body = '{}' WHERE kind = 'item'"))
    assert main(["verify"]) == 1
    assert "digest" in capsys.readouterr().err


def test_a_dump_that_is_put_back_begins_a_new_epoch_and_new_series_every_time(
    home, postgresql, tmp_path, capsys
):
    office, book = home
    epoch, series = "SELECT epoch FROM enterprises", "SELECT id, series FROM terminals ORDER BY id"
    database = Database(postgresql.url(book))
    with database.write() as session:
        session.add(Terminal(id="r", store_id="s", name="Register", code="R1", is_registered=True, series=3))
        session.commit()
    database.dispose()
    before = rows(postgresql.url(office), epoch)
    for name in home:
        tool("pg_dump", postgresql, "--format=custom", f"--file={tmp_path / name}", name)
    with create_engine(postgresql.url(office), poolclass=NullPool).begin() as connection:
        connection.execute(text("DELETE FROM published_records"))
    opened = []
    for _time in range(2):
        for name in home:
            back = ["--clean", "--if-exists", "--no-owner", f"--dbname={name}", str(tmp_path / name)]
            tool("pg_restore", postgresql, *back)
        assert main(["restored"]) == 0
        assert "ready to be served" in capsys.readouterr().out
        assert rows(postgresql.url(office), epoch) != before
        opened += [tuple(row) for row in rows(postgresql.url(book), series)]
    assert [terminal for terminal, _series in opened] == ["r", "r"]
    assert 3 < opened[0][1] < opened[1][1]
    assert main(["verify"]) == 0
