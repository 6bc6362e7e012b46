"""The Back Office's part in `verify` and `restore`: on a database that nobody serves at the moment."""

from __future__ import annotations

from backoffice_web.publishing.verify import verify_publications
from backoffice_web.publishing.verify_journal import verify_journal
from backoffice_web.stores.restored import begin_new_epoch
from shared_web.database import Database
from shared_web.database_files import damage_of, file_of


def verify_office(url: str) -> list[str]:
    """What is wrong with the office's database, in sentences. Also while it is in use."""
    database = Database(url)
    try:
        problems = damage_of(file_of(url)) if database.is_sqlite else []
        if problems:
            return problems
        with database.read() as session:
            return verify_publications(session) + verify_journal(session)
    finally:
        database.dispose()


def begin_after_restore(url: str) -> None:
    """Make a migrated office database that was restored fit for its new life."""
    database = Database(url)
    with database.write() as session:
        begin_new_epoch(session)
        session.commit()
    database.dispose()
