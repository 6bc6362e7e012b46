"""Publishes what one import saved, to the store that it was imported for, and nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from backoffice_web.imports.import_run import SAVED, ImportRun
from backoffice_web.imports.report import unpacked
from backoffice_web.publishing.publish import PublicationResult, publish
from shared_web.errors import RuleError
from shared_web.language import _


def publish_import(session: Session, *, run: ImportRun, by: str, now: datetime) -> PublicationResult:
    """Publish the import's products (also those that were unchanged) with what it made besides.

    Items without a price are refused by name and wait. RuleError for an import that was not saved.
    """
    if run.state != SAVED:
        raise RuleError(_("Save the import first."))
    report = unpacked(run.report)
    records = [*report.records, *(("item", row.item_id) for row in report.rows if row.item_id)]
    note = _("Import of %(file)s", file=run.file_name)
    (result,) = publish(session, stores=[run.store_id], records=records, by=by, now=now, note=note)
    run.published_version = result.version
    session.flush()
    return result
