"""What every editor of records has in common: opening the right revision, and whole-field complaints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unicodedata import category

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from backoffice_web.database import Edited
from shared_web.errors import RuleError, StaleEdit
from shared_web.language import _

Row = TypeVar("Row", bound=Edited)


class NoSuchRecord(RuleError):
    """The record that somebody wants to edit does not exist (any more)."""

    status = 404


def open_for_edit(session: Session, model: type[Row], key: str, *, revision: int | None) -> Row:
    """The row, locked until the transaction ends.

    Raises NoSuchRecord, and StaleEdit when `revision` (what the form was opened with) is not the
    newest; None skips that comparison (imports, bulk edits).
    """
    row = session.get(model, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchRecord(_("This record does not exist."))
    if revision is not None and row.revision != revision:
        raise StaleEdit(_("Somebody else saved this meanwhile."))
    return row


def count_save(row: Edited) -> None:
    """Make the next flush count a revision, also when only rows that belong to this one changed."""
    flag_modified(row, "name")


class Complaints:
    """Collects what is wrong, field by field, and raises it all at once."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def add(self, field: str, sentence: str) -> None:
        self.fields.setdefault(field, sentence)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collects what a RuleError inside says of fields; one without fields goes on its way."""
        try:
            yield
        except RuleError as problem:
            if not problem.fields:
                raise
            for field, sentence in problem.fields.items():
                self.add(field, sentence)

    def raise_if_any(self) -> None:
        """Raises RuleError with every complaint."""
        if self.fields:
            raise RuleError(_("Please check what you entered."), fields=self.fields)

    def check_name(self, name: str, *, longest: int, field: str = "name") -> None:
        if problem := name_problem(name, longest=longest):
            self.add(field, problem)


def name_problem(name: str, *, longest: int) -> str:
    """What is wrong with a name, in a sentence; empty when nothing is."""
    if not name.strip():
        return _("Enter a name.")
    if len(name) > longest:
        return _("Use at most %(count)s characters.", count=longest)
    if any(category(letter) == "Cc" for letter in name):
        return _("Use one line without special control characters.")
    # Spaces of no width and the like: nobody could read or press such a name.
    if not any(category(letter)[0] in "LMNPS" for letter in name):
        return _("Use letters that can be seen.")
    return ""


def name_is_taken(session: Session, model: Any, name: str, key: str | None, *conditions: Any) -> bool:
    """Does another record than `key` have this name?"""
    query = select(model.id).where(model.name == name.strip(), model.id != (key or ""), *conditions)
    return session.scalar(query.limit(1)) is not None


def action_between(before: Any, after: Any) -> str:
    """The journal's word for what happened between two drafts: created, changed, archived, restored."""
    if before is None:
        return "created"
    if before.is_archived != after.is_archived:
        return "archived" if after.is_archived else "restored"
    return "changed"
