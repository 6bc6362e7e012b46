"""Brings a database to the newest revision of its house, from the command line or at start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

HOUSES = ("office", "store")


def config(house: str, url: str) -> Config:
    """Alembic's configuration for `house` (office or store) at `url`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / house))
    made.attributes["url"] = url
    return made


def migrate(house: str, url: str) -> None:
    """Upgrade `url` to the newest revision of `house`; does nothing when it is there already."""
    command.upgrade(config(house, url), "head")
