"""Imports: each uploaded file, what reading it found, and whether it was saved.

Invariants: the file and its dry run are kept, so that a reload, the back button and a second press of
*Save* find the same thing; a saved import never changes again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backoffice_web.database import Base, Keyed
from shared_web.database import Key

MAPPING, PLANNED, SAVED = "mapping", "planned", "saved"


class ImportRun(Base, Keyed):
    """`state` is mapping (a person names the columns), planned (dry run) or saved.

    `columns` are those of a plain file with sample cells, `mapping` is what a person made of them.
    `content` is the file, `reading` what was read and `report` the dry run, all deflated; None after
    they were forgotten. `published_version` is the version of the store that took it to the tills.
    """

    __tablename__ = "import_runs"

    file_name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    store_id: Mapped[str] = mapped_column(Key, ForeignKey("stores.id"))
    format: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[datetime | None]
    saved_by: Mapped[str] = mapped_column(String(80), default="")
    published_version: Mapped[int | None]
    new_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    unchanged_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    notice_count: Mapped[int] = mapped_column(default=0)
    fingerprint: Mapped[str] = mapped_column(String(32), default="")
    columns: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    mapping: Mapped[dict[str, str] | None] = mapped_column(JSON)
    # Megabytes that the list of imports must not load.
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    reading: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    report: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
