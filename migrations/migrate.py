"""Brings a database to the newest revision of its house, from the command line or at start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DatabaseError

from shared_web.database import trouble_of
from shared_web.errors import RuleError
from shared_web.language import _

HOUSES = ("office", "store")


def config(house: str, url: str) -> Config:
    """Alembic's configuration for `house` (office or store) at `url`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / house))
    made.attributes["url"] = url
    return made


def migrate(house: str, url: str) -> None:
    """Upgrade `url` to the newest revision of `house`; does nothing when it is there already.

    Raises RuleError when that cannot be: the database is then as it was.
    """
    try:
        command.upgrade(config(house, url), "head")
    except CommandError as problem:
        if "locate revision" not in str(problem):
            raise
        raise RuleError(
            _(
                "This database was written by a newer Evertill. Start that one, or restore a backup that was "
                "made before the upgrade."
            )
        ) from problem
    except DatabaseError as problem:
        title, remedy = trouble_of(problem)
        raise RuleError(f"{title} {remedy}") from problem
