"""The journal is append-only and a chain: whatever is changed behind its back is found and named."""

import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from backoffice_web.publishing.journal import JournalEntry, JournalLink
from backoffice_web.publishing.journal_chain import append, new_entry
from backoffice_web.publishing.verify_journal import verify_journal
from tests.backoffice_web.builders import DOWNTOWN, NOON


def entry(**changes):
    usual = {"at": NOON, "by": "Max", "action": "changed", "kind": "item", "key": "latte", "label": "Latte"}
    return new_entry(**{**usual, **changes})


def write(office, *entries):
    with office.write() as session:
        append(session, entries or [entry()])


def problems(office):
    with office.read() as session:
        return verify_journal(session)


def behind_its_back(office, *statements):
    """What somebody with the database and no respect can do."""
    with office.write() as session:
        for table in ("journal_links", "journal_entries"):
            if office.database.is_sqlite:
                for act in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER {table}_is_append_only_{act}"))
            else:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        if office.database.is_sqlite:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            session.execute(text(statement))


def last_number(office):
    with office.read() as session:
        return session.scalar(select(func.max(JournalLink.number)))


def test_every_entry_of_a_business_is_a_link(office):
    office.publish(DOWNTOWN)
    with office.read() as session:
        entries = session.scalar(select(func.count(JournalEntry.id)))
        assert entries == session.scalar(select(func.count(JournalLink.number))) > 10
    assert problems(office) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entries SET before = 'other'",
        "DELETE FROM journal_entries",
        "UPDATE journal_links SET hash = 'other'",
        "DELETE FROM journal_links",
    ],
)
def test_the_database_refuses_to_change_or_delete_what_was_written(office, statement):
    with pytest.raises(DatabaseError, match="append-only"), office.write() as session:
        session.execute(text(statement))
    assert problems(office) == []


@pytest.mark.parametrize("column", ["by", "action", "label", "field", "before", "after", "store_id", "key"])
def test_an_entry_that_was_changed_is_named(office, column):
    write(office, entry(label="Latte"), entry(label="Mocha"), entry(label="Tea"))
    number = last_number(office) - 1
    broken = f"(SELECT entry_id FROM journal_links WHERE number = {number})"
    behind_its_back(office, f"UPDATE journal_entries SET {column} = 'forged' WHERE id = {broken}")
    [problem] = problems(office)
    assert f"broken at entry {number} " in problem and "not what was written" in problem


def test_a_time_that_was_changed_is_found(office):
    write(office)
    behind_its_back(
        office, "UPDATE journal_entries SET at = '2020-01-01 00:00:00.000000' WHERE label = 'Latte'"
    )
    assert "not what was written" in problems(office)[0]


def test_an_entry_that_was_deleted_is_named(office):
    write(office, entry(label="Latte"), entry(label="Mocha"))
    number = last_number(office) - 1
    behind_its_back(office, f"DELETE FROM journal_links WHERE number = {number}")
    assert problems(office) == [f"the journal is broken: entry {number} is missing"]


def test_an_end_that_was_cut_off_is_found(office):
    write(office)
    number = last_number(office)
    last = f"(SELECT entry_id FROM journal_links WHERE number = {number})"
    behind_its_back(
        office,
        f"DELETE FROM journal_entries WHERE id = {last}",
        f"DELETE FROM journal_links WHERE number = {number}",
    )
    assert f"ends at entry {number - 1}" in problems(office)[0]


def test_an_entry_written_beside_the_chain_is_found(office):
    with office.write() as session:
        session.add(JournalEntry(**entry()))
    assert problems(office) == ["the journal is broken: 1 entries were written beside the chain"]


def test_what_a_savepoint_took_back_is_no_link(office):
    before = last_number(office)
    with office.write() as session:
        append(session, [entry(label="stays")])
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            append(session, [entry(label="goes")])
            raise ZeroDivisionError
    assert last_number(office) == before + 1
    assert problems(office) == []


def test_what_a_transaction_took_back_is_no_link(office):
    before = last_number(office)
    with office.write() as session:
        append(session, [entry(label="goes")])
        session.rollback()
        append(session, [entry(label="stays")])
    assert last_number(office) == before + 1
    assert problems(office) == []


def test_many_writers_at_once_make_one_chain(office):
    before = last_number(office)
    start = threading.Barrier(6)

    def work(name):
        start.wait()
        for turn in range(5):
            write(office, entry(by=name, label=str(turn)), entry(by=name, label=str(turn)))

    threads = [threading.Thread(target=work, args=(f"writer {one}",)) for one in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert last_number(office) == before + 60
    assert problems(office) == []


def test_long_words_fit_and_are_linked_as_they_are_kept(office):
    write(office, entry(by="x" * 500, action="y" * 500, label="z" * 5_000, before="é😀\u2028" * 2_000))
    assert problems(office) == []


def test_odd_characters_are_linked_as_the_migration_would_link_them():
    import json

    from backoffice_web.publishing.journal_chain import canonical

    odd = "".join(chr(point) for point in range(1, 0x3000)) + "😀"
    made = entry(before=odd)
    values = [made[name] for name in made]
    values[1] = "2025-03-14T12:00:00.000000+00:00"
    assert canonical(made) == json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
