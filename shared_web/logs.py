"""Structured logs, one JSON line each on standard error, without secrets or card data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_WORDS = re.compile(r"pin|password|token|secret|cookie|authorization|csrf", re.IGNORECASE)
# A token where a whole header or address was written down.
BEARER = re.compile(r"(?i)\b(bearer\s+|token=)[\w.~+/=-]+")
CARD_NUMBER = re.compile(r"\b(?:\d[ -]?){12,18}\d\b")
# A library whose logger has no level of its own writes lines of its own.
TALKATIVE = ("engineio.client", "engineio.server", "socketio.client", "socketio.server")
# So engineio calls each line to the office that is cut, an error; the agent says what it means.
IS_CUT = "packet queue is empty, aborting"


def configure_logs(level: int = logging.INFO) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked anew for each line: whoever replaced standard error meanwhile gets it.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, LibraryLines) for handler in root.handlers):
        root.addHandler(LibraryLines())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


class LibraryLines(logging.Handler):
    """What libraries log, as lines like ours."""

    def emit(self, record: logging.LogRecord) -> None:
        if (said := record.getMessage()) != IS_CUT:
            log = structlog.get_logger()
            log.log(record.levelno, said, logger=record.name, exc_info=record.exc_info or None)


def without_secrets(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank values under secret names, and anything that looks like a card number."""
    for name, value in event.items():
        if SECRET_WORDS.search(name):
            event[name] = "[hidden]"
        elif isinstance(value, str) and name != "timestamp":
            event[name] = BEARER.sub(r"\1[hidden]", CARD_NUMBER.sub("[card number hidden]", value))
    return event
