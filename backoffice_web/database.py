"""The office's database: declarative base and the columns that every editable record has."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from shared_web.database import BigNumber, Key, UtcDateTime, new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = {datetime: UtcDateTime(), int: BigNumber}  # noqa: RUF012


def new_key() -> str:
    """A key that is never used again."""
    return uuid4().hex


class Keyed:
    """Known by an opaque key that is never reused."""

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_key)


class Edited(Keyed):
    """Edited by people: `revision` counts saves, so that nobody overwrites another silently.

    SQLAlchemy adds the revision to every UPDATE and raises StaleDataError when it moved on.
    """

    revision: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:
        return {"version_id_col": cls.__dict__.get("revision") or cls.revision}
