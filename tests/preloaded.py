"""Imports and prepares all that a house does at its start, for the process that houses are forked from."""

from importlib import import_module
from pkgutil import walk_packages

from sqlalchemy.orm import configure_mappers

import backoffice_web
import pos_web

FOUND_LATE = (
    "app",
    "alembic.command",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "simple_websocket",
)

for _name in FOUND_LATE:
    import_module(_name)
for _house in (backoffice_web, pos_web):
    for _found in walk_packages(_house.__path__, f"{_house.__name__}."):
        import_module(_found.name)
configure_mappers()
