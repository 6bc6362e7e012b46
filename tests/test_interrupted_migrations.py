"""An upgrade that is killed, anywhere, is done by the next start; one that cannot be done says why."""

import os
import signal

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, text

from app import prepare
from backoffice_web.tables import metadata as office_metadata
from migrations.migrate import config, migrate
from pos_web.tables import book_metadata
from settings import read_settings
from shared_web.errors import RuleError
from tests.conftest import environment_of
from tests.databases import IS_POSTGRESQL, copy_database, url_of
from tests.faults.conftest import at_length
from tests.forked import forking

METADATA = {"office": office_metadata, "store": book_metadata}
# From nothing, and from the first tables where a house has more.
UPGRADES = [
    (house, begin)
    for house in METADATA
    for begin in (None, "0001")
    if ScriptDirectory.from_config(config(house, "")).get_current_head() != begin
]


FILES = {"office": "office.sqlite3", "store": "book.sqlite3"}
# Where it is killed, as a part of its statements. On PostgreSQL in every run twice: its server takes longer.
FEW, MANY = [0.5, 1.0] if IS_POSTGRESQL else [0.1, 0.5, 1.0], [number / 12 for number in range(13)]
PARTS = at_length(FEW, MANY)


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
    process = forking.Process(
        target=counted_statements, args=(house, url), kwargs={"die_at": number}, daemon=True
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def looked_at(url, look):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = look(MigrationContext.configure(connection, opts={"compare_type": True}))
    engine.dispose()
    return found


def is_newest(house, url):
    return looked_at(url, lambda context: compare_metadata(context, METADATA[house])) == []


def tables_and_revision(url):
    return looked_at(
        url, lambda context: (sorted(inspect(context.bind).get_table_names()), context.get_current_revision())
    )


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("house", "begin"), UPGRADES)
def test_an_upgrade_that_is_killed_is_done_by_the_next_start(tmp_path, house, begin, part):
    home = tmp_path / "home"
    home.mkdir()
    real, rehearsal = home / FILES[house], tmp_path / "rehearsed.sqlite3"
    if begin is not None:
        command.upgrade(config(house, url_of(real)), begin)
        copy_database(real, rehearsal)
    before = tables_and_revision(url_of(real))
    writes = counted_statements(house, url_of(rehearsal))
    assert writes > 1
    killed_at(house, url_of(real), round((writes - 1) * part))
    assert tables_and_revision(url_of(real)) == before
    prepare(read_settings({**environment_of(home), "EVERTILL_DEMO": "no"}))
    assert all(is_newest(each, url_of(home / file)) for each, file in FILES.items())


def test_a_database_of_a_newer_program_is_left_alone_with_a_sentence(tmp_path):
    url = url_of(tmp_path / "newer.sqlite3")
    migrate("office", url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RuleError, match="newer Evertill"):
        migrate("office", url)


@pytest.mark.sqlite
def test_a_database_that_may_not_be_written_says_so(tmp_path):
    file = tmp_path / "closed.sqlite3"
    migrate_first(file)
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    with pytest.raises(RuleError, match="may not be written"):
        migrate("office", url)


@pytest.mark.sqlite
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
