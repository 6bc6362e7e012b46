"""An upgrade that is killed, anywhere, is done by the next start; one that cannot be done says why."""

import os
import shutil
import signal

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, text

from backoffice_web.tables import metadata as office_metadata
from migrations.migrate import config, migrate
from pos_web.tables import book_metadata
from shared_web.errors import RuleError
from tests.forked import forking

pytestmark = pytest.mark.sqlite
METADATA = {"office": office_metadata, "store": book_metadata}
# From nothing, and from the first tables where a house has more.
UPGRADES = [
    (house, begin)
    for house in METADATA
    for begin in (None, "0001")
    if ScriptDirectory.from_config(config(house, "")).get_current_head() != begin
]


def counted_statements(house, url, *, die_at=None):
    """Migrate, and count the statements that write; the process dies before the one with the number."""
    count = 0

    def look(_connection, _cursor, statement, *_more):
        nonlocal count
        if statement.lstrip().split(" ", 1)[0].upper() in {"SELECT", "PRAGMA", "BEGIN"}:
            return
        if count == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    event.listen(Engine, "before_cursor_execute", look)
    try:
        migrate(house, url)
    finally:
        event.remove(Engine, "before_cursor_execute", look)
    return count


def killed_at(house, url, number):
    process = forking.Process(target=counted_statements, args=(house, url), kwargs={"die_at": number})
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def is_newest(house, url):
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, METADATA[house])
    engine.dispose()
    return found == []


@pytest.mark.parametrize("part", [0.1, 0.5, 1.0])
@pytest.mark.parametrize(("house", "begin"), UPGRADES)
def test_an_upgrade_that_is_killed_is_done_by_the_next_start(tmp_path, house, begin, part):
    url, rehearsal = f"sqlite:///{tmp_path / 'real.sqlite3'}", f"sqlite:///{tmp_path / 'rehearsed.sqlite3'}"
    if begin is not None:
        command.upgrade(config(house, url), begin)
        shutil.copy(tmp_path / "real.sqlite3", tmp_path / "rehearsed.sqlite3")
    writes = counted_statements(house, rehearsal)
    assert writes > 1
    killed_at(house, url, round((writes - 1) * part))
    migrate(house, url)
    assert is_newest(house, url)


def test_a_database_of_a_newer_program_is_left_alone_with_a_sentence(tmp_path):
    url = f"sqlite:///{tmp_path / 'newer.sqlite3'}"
    migrate("office", url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RuleError, match="newer Evertill"):
        migrate("office", url)


def test_a_database_that_may_not_be_written_says_so(tmp_path):
    file = tmp_path / "closed.sqlite3"
    migrate_first(file)
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    with pytest.raises(RuleError, match="may not be written"):
        migrate("office", url)


def test_a_full_disk_says_so_and_the_next_start_goes_on(tmp_path):
    file = tmp_path / "full.sqlite3"
    migrate_first(file)

    def fill(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(Engine, "connect", fill)
    try:
        with pytest.raises(RuleError, match="disk of this computer is full"):
            migrate("office", f"sqlite:///{file}")
    finally:
        event.remove(Engine, "connect", fill)
    migrate("office", f"sqlite:///{file}")
    assert is_newest("office", f"sqlite:///{file}")


def migrate_first(file):
    command.upgrade(config("office", f"sqlite:///{file}"), "0001")
