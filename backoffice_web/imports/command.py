"""`python app.py import-catalog`: one file into one store, told in lines of text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice_web.imports.file_text import LIMIT_BYTES
from backoffice_web.imports.formats.detect import open_file
from backoffice_web.imports.formats.plain_columns import guess_roles
from backoffice_web.imports.plan import CHANGED, NEW, UNCHANGED, ImportPlan
from backoffice_web.imports.product import StoreFacts
from backoffice_web.imports.publish_import import publish_import
from backoffice_web.imports.readings import Examination, examine, new_run
from backoffice_web.imports.save import save_import
from backoffice_web.imports.table import Table
from backoffice_web.publishing.publish import PublicationResult
from backoffice_web.stores.store import Store
from shared_web.database import Database
from shared_web.errors import RuleError
from shared_web.language import _

BY = "Command line"


def import_file(
    database: Database,
    *,
    file: Path,
    store: str,
    format: str,
    dry_run: bool,
    publish: bool,
    now: datetime,
    out: TextIO,
) -> int:
    """Import `file` for the store called `store`; `dry_run` only says what would happen.

    0 when all that could be imported is (refused rows are listed); 1, with a sentence, when nothing was.
    """
    try:
        if dry_run:
            with database.read() as session:
                chosen = _store_called(session, store)
                _tell(out, _examined(session, _content(file), chosen, format), is_saved=False)
            return 0
        with database.write() as session:
            chosen = _store_called(session, store)
            found, result = _import(session, file, chosen, format, publish, now)
            session.commit()
        _tell(out, found, is_saved=True)
        _tell_publication(out, result, chosen.name)
    except RuleError as problem:
        print(problem.sentence, file=out)
        return 1
    return 0


def _import(
    session: Session, file: Path, store: Store, format: str, publish: bool, now: datetime
) -> tuple[Examination, PublicationResult | None]:
    content = _content(file)
    found = _examined(session, content, store, format)
    run = new_run(content=content, file_name=file.name, store=store, found=found, by=BY, now=now)
    session.add(run)
    session.flush()
    save_import(session, run=run, by=BY, now=now)
    return found, publish_import(session, run=run, by=BY, now=now) if publish else None


def _examined(session: Session, content: bytes, store: Store, format: str) -> Examination:
    """The dry run; the columns of a plain file are what their headers say, since nobody can be asked."""
    found = examine(session, content=content, store=store, format=format)
    if found.plan is None:
        mapping = _guessed(content, store)
        found = examine(session, content=content, store=store, format=found.format, mapping=mapping)
    if found.plan is not None and not found.plan.items:
        reasons = "\n".join(_refused(found.plan))
        raise RuleError(_("Nothing in this file can be imported.") + f"\n{reasons}")
    return found


def _guessed(content: bytes, store: Store) -> dict[str, str]:
    table = open_file(content)
    assert isinstance(table, Table)
    facts = StoreFacts(currency=store.currency, locale=store.locale, name=store.name)
    return guess_roles(table.columns, facts)


def _store_called(session: Session, name: str) -> Store:
    stores = list(session.scalars(select(Store).order_by(Store.name)))
    found = next((store for store in stores if store.name.casefold() == name.strip().casefold()), None)
    if found is None:
        names = ", ".join(store.name for store in stores) or "–"
        raise RuleError(
            _("There is no store called “%(name)s”. The stores are: %(names)s.", name=name, names=names)
        )
    return found


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            # One byte more than is allowed is enough to refuse it.
            return opened.read(LIMIT_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RuleError(_("%(file)s can't be read: %(reason)s.", file=file, reason=reason)) from error


def _tell(out: TextIO, found: Examination, *, is_saved: bool) -> None:
    assert found.plan is not None
    plan = found.plan
    print(
        _(
            "%(format)s: %(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused, "
            "%(notices)s notices.",
            format=found.format,
            new=len(plan.in_state(NEW)),
            changed=len(plan.in_state(CHANGED)),
            unchanged=len(plan.in_state(UNCHANGED)),
            refused=len(plan.refusals),
            notices=len(plan.notices),
        ),
        file=out,
    )
    for line in _refused(plan):
        print(line, file=out)
    print(_("Saved.") if is_saved else _("This was a dry run: nothing was saved."), file=out)


def _tell_publication(out: TextIO, result: PublicationResult | None, store: str) -> None:
    if result is None:
        return
    if result.change_count:
        sentence = _(
            "Published version %(version)s to %(store)s: %(count)s changes.",
            version=result.version,
            store=store,
            count=result.change_count,
        )
    else:
        sentence = _("There was nothing to publish in %(store)s.", store=store)
    print(sentence, file=out)
    for refused in result.refused:
        print("  " + refused.sentence, file=out)


def _refused(plan: ImportPlan) -> Iterable[str]:
    for refusal in plan.refusals:
        value = f" ({refusal.value})" if refusal.value else ""
        row = _("row %(row)s", row=refusal.row) if refusal.row else _("file")
        yield f"  {row}: {refusal.reason}{value}"
