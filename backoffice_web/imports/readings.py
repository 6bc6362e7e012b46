"""From an uploaded file to its dry run: reads it, asks for its columns where it must, and plans.

Invariants: reading and planning write nothing and may take seconds, so they happen outside of the
transaction that keeps their outcome; a file that cannot be read leaves no trace.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice_web.database import new_key
from backoffice_web.imports.cell_text import clean, shortened
from backoffice_web.imports.findings import shown
from backoffice_web.imports.formats import plain
from backoffice_web.imports.formats.detect import AUTO, FORMATS, detect, open_file, read_opened
from backoffice_web.imports.formats.plain_columns import CHOOSABLE, IGNORE, guess_roles
from backoffice_web.imports.import_run import MAPPING, PLANNED, ImportRun
from backoffice_web.imports.plan import CHANGED, NEW, UNCHANGED, ImportPlan, plan
from backoffice_web.imports.product import Reading, StoreFacts
from backoffice_web.imports.report import packed, report_of
from backoffice_web.imports.table import Table
from backoffice_web.stores.store import Store
from shared_web.errors import RuleError
from shared_web.language import _

SAMPLES = 3
FILES_KEPT_FOR = timedelta(days=30)
REMEMBERED_MAPPINGS = 20
_READING = msgspec.msgpack.Decoder(Reading)


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What a file turned out to be: a dry run, or the columns of a plain file that a person must confirm."""

    format: str
    columns: list[dict[str, Any]] | None = None
    mapping: dict[str, str] | None = None
    reading: Reading | None = None
    plan: ImportPlan | None = None


def examine(
    session: Session,
    *,
    content: bytes,
    store: Store,
    format: str = AUTO,
    mapping: Mapping[str, str] | None = None,
) -> Examination:
    """Read a file for `store` and plan its import. Writes nothing.

    Raises RuleError for a file or format that cannot be read, and for a mapping that makes no catalog.
    """
    if format not in (AUTO, *FORMATS):
        raise RuleError(_("Choose one of the formats: %(formats)s.", formats=", ".join((AUTO, *FORMATS))))
    facts = StoreFacts(currency=store.currency, locale=store.locale, name=store.name)
    opened = open_file(content)
    chosen = detect(opened) if format == AUTO else format
    if mapping is None and chosen == plain.SOURCE and isinstance(opened, Table):
        return Examination(format=chosen, columns=_columns(session, opened, facts))
    reading = read_opened(opened, store=facts, format=chosen, mapping=mapping)
    return Examination(
        format=chosen, mapping=reading.mapping, reading=reading, plan=plan(session, reading, store=store)
    )


def new_run(
    *, content: bytes, file_name: str, store: Store, found: Examination, by: str, now: datetime
) -> ImportRun:
    """A run for `session.add`, in the state that the examination found."""
    run = ImportRun(
        id=new_key(),
        file_name=shortened(clean(file_name)) or _("Catalog"),
        size_bytes=len(content),
        content=zlib.compress(content, 3),
        at=now,
        by=by[:80],
    )
    note_examination(run, found, store=store)
    return run


def note_examination(run: ImportRun, found: Examination, *, store: Store) -> None:
    """Keep what was found for a run that is not saved yet."""
    run.store_id, run.format = store.id, found.format
    if found.columns is not None:
        run.columns = found.columns
    if found.plan is None or found.reading is None:
        run.state, run.mapping, run.reading, run.report = MAPPING, None, None, None
        return
    run.state, run.mapping = PLANNED, found.mapping
    run.reading = zlib.compress(msgspec.msgpack.encode(found.reading), 3)
    note_plan(run, found.plan)


def note_plan(run: ImportRun, plan: ImportPlan) -> None:
    run.fingerprint = plan.fingerprint
    run.report = packed(report_of(plan))
    run.new_count = len(plan.in_state(NEW))
    run.changed_count = len(plan.in_state(CHANGED))
    run.unchanged_count = len(plan.in_state(UNCHANGED))
    run.refused_count, run.notice_count = len(plan.refusals), len(plan.notices)


def reading_of(run: ImportRun) -> Reading:
    assert run.reading is not None
    return _READING.decode(zlib.decompress(run.reading))


def content_of(run: ImportRun) -> bytes:
    """The uploaded file. RuleError after it was forgotten."""
    if run.content is None:
        raise RuleError(_("This file is no longer kept. Upload it again."))
    return zlib.decompress(run.content)


def chosen_mapping(run: ImportRun, roles: Sequence[str]) -> dict[str, str]:
    """Column → role from one role per column, in their order; what cannot be chosen counts as ignored."""
    columns = run.columns or []
    chosen = [*roles, *([IGNORE] * len(columns))]
    return {
        column["name"]: role if role in (*CHOOSABLE, column["role"]) else IGNORE
        for column, role in zip(columns, chosen, strict=False)
    }


def forget_old_files(session: Session, *, now: datetime) -> None:
    """Drop the bytes of files uploaded long ago; who imported what, and when, stays."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.at < now - FILES_KEPT_FOR, ImportRun.content.is_not(None))
        .values(content=None, reading=None),
        execution_options={"synchronize_session": False},
    )


def _columns(session: Session, table: Table, facts: StoreFacts) -> list[dict[str, Any]]:
    roles = _remembered(session, table.columns) or guess_roles(table.columns, facts)
    samples: dict[str, list[str]] = {column: [] for column in table.columns}
    for row in table.rows:
        for column, found in samples.items():
            text = shown(row[column])
            if text and len(found) < SAMPLES and text not in found:
                found.append(text)
        if all(len(found) == SAMPLES for found in samples.values()):
            break
    return [{"name": column, "role": roles[column], "samples": samples[column]} for column in table.columns]


def _remembered(session: Session, columns: Sequence[str]) -> dict[str, str] | None:
    """What somebody chose for a file with the very same columns before."""
    query = select(ImportRun.mapping).where(ImportRun.format == plain.SOURCE).order_by(ImportRun.at.desc())
    mappings = session.scalars(query.limit(REMEMBERED_MAPPINGS))
    return next((mapping for mapping in mappings if mapping and mapping.keys() == set(columns)), None)
