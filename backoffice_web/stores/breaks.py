"""The breaks that a store's Time Clock offers, one a line: `Rest Break, 15, paid`."""

from __future__ import annotations

import re

from shared_web.errors import RuleError
from shared_web.language import _
from sync_contract.records import USUAL_BREAKS, BreakType

MOST = 8
LONGEST_NAME = 40
LONGEST_MINUTES = 240
_LINE = re.compile(r"(?P<name>[^,]+),\s*(?P<minutes>[0-9]{1,4})\s*,\s*(?P<paid>paid|unpaid)", re.IGNORECASE)


def read_breaks(text: str) -> tuple[BreakType, ...]:
    """The breaks in the text, in order. Raises RuleError that names the line which cannot be one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise RuleError(_("A store offers at most %(count)s breaks.", count=MOST))
    breaks = tuple(_read(line) for line in lines)
    if len({each.name.casefold() for each in breaks}) < len(breaks):
        raise RuleError(_("Two breaks have the same name."))
    return breaks


def breaks_text(breaks: tuple[BreakType, ...] = USUAL_BREAKS) -> str:
    """The breaks as they are typed and kept."""
    return "\n".join(
        f"{each.name}, {each.minutes}, {'paid' if each.is_paid else 'unpaid'}" for each in breaks
    )


def _read(line: str) -> BreakType:
    match = _LINE.fullmatch(line)
    name = match["name"].strip() if match is not None else ""
    is_named = 0 < len(name) <= LONGEST_NAME and name.isprintable()
    if match is None or not is_named or not 0 < int(match["minutes"]) <= LONGEST_MINUTES:
        raise RuleError(
            _(
                "Write each break as: name, minutes (1 to %(count)s), paid or unpaid. "
                "This cannot be read: %(line)s",
                count=LONGEST_MINUTES,
                line=line[:60],
            )
        )
    return BreakType(name=name, minutes=int(match["minutes"]), is_paid=match["paid"].casefold() == "paid")
