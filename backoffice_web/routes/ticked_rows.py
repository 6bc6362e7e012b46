"""What acts on ticked rows have in common: which rows, one row after the other, and what came of it.

Invariants: a row is read again under a lock before it is changed, so that nobody's newer edit is lost;
a row that is already as it shall be counts as unchanged; a row that may not be changed does not keep
the others from it, and is named together with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from backoffice_web import current
from backoffice_web.database import Edited
from backoffice_web.editing import open_for_edit
from backoffice_web.routes.editing import announce
from backoffice_web.routes.item_batches import publish_records
from shared_web.answers import go_to, toast
from shared_web.errors import RuleError
from shared_web.language import _, ngettext

Row = TypeVar("Row", bound=Edited)

MOST_ROWS = 500
MOST_REASONS = 4
LIST_ARGUMENTS = frozenset({"q", "sort", "page", "size", "status", "role", "state", "store"})


@dataclass
class Outcome:
    """`changed` holds the keys of changed rows, `refused` a sentence for each row that stays as it was."""

    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def ticked() -> list[str]:
    """The keys of the ticked rows, each once."""
    return list(dict.fromkeys(request.form.getlist("key")))[:MOST_ROWS]


def list_url(endpoint: str) -> str:
    """The list as it was when the rows were ticked, whatever somebody posts."""
    asked = dict(parse_qsl(urlsplit(request.form.get("after", "")).query))
    query = {name: value[:100] for name, value in asked.items() if name in LIST_ARGUMENTS}
    return url_for(endpoint, **query)  # type: ignore[arg-type]


def change_each(
    session: Session, model: type[Row], keys: Sequence[str], change: Callable[[Row], bool]
) -> Outcome:
    """Apply `change` to each row; it says whether it changed anything, or raises RuleError."""
    outcome = Outcome()
    # Always in the same order: two people who tick the same rows do not wait for each other in a circle.
    for key in sorted(keys):
        name = ""
        try:
            row = open_for_edit(session, model, key, revision=None)
            name = str(getattr(row, "name", ""))
            # What a refusal left behind is taken back alone.
            with session.begin_nested():
                is_changed = change(row)
            if is_changed:
                outcome.changed.append(key)
        except RuleError as problem:
            outcome.refused.append(reason(name, problem))
    return outcome


def reason(name: str, problem: RuleError) -> str:
    """Which row was not changed, and why."""
    why = " ".join(problem.fields.values()) or problem.sentence
    return _("%(name)s: %(reason)s", name=name, reason=why) if name else why


def archive_or_publish(
    kind: str, endpoint: str, model: type[Row], archive: Callable[[Session, Row, bool], bool]
) -> ResponseReturnValue:
    """What can be done to ticked records that are published: archive, restore, publish."""
    keys, act = ticked(), request.form.get("act", "")
    if act not in ("archive", "restore", "publish"):
        raise RuleError(_("Choose what to do with them."))
    back = list_url(endpoint)
    if not keys:
        return nothing_ticked(back)
    with current.write() as session:
        if act == "publish":
            return publish_records(session, [(kind, key) for key in keys], back=back)
        outcome = change_each(session, model, keys, lambda row: archive(session, row, act == "archive"))
        session.commit()
    announce([])
    count = len(outcome.changed)
    words = ngettext("%(count)s saved. Not on the POS yet.", "%(count)s saved. Not on the POS yet.", count)
    return go_to(back, toasts=toasts_of(outcome, words))


def nothing_ticked(back: str) -> ResponseReturnValue:
    return go_to(back, toasts=[toast("info", _("Tick some rows first."))])


def toasts_of(outcome: Outcome, words: str) -> list[dict[str, str]]:
    """`words` where rows changed, and the reasons for those that did not."""
    told = [toast("success", words)] if outcome.changed else []
    if outcome.refused:
        told.append(toast("error", _("Something stays as it was."), _first(outcome.refused)))
    return told or [toast("info", _("Nothing changed."))]


def _first(reasons: Sequence[str]) -> str:
    shown = list(dict.fromkeys(reasons))
    words = " ".join(shown[:MOST_REASONS])
    more = len(shown) - MOST_REASONS
    return f"{words} {_('And %(count)s more.', count=more)}" if more > 0 else words
