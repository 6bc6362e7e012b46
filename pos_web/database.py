"""The store node's two databases: the precious book and the disposable replica.

No foreign key crosses the two. Every row has `store_id`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import DeclarativeBase

from shared_web.database import BigNumber, UtcDateTime, new_metadata


class BookBase(DeclarativeBase):
    """Orders, payments, terminals, outbox, history: grows by migrations, never thrown away."""

    metadata = new_metadata()
    type_annotation_map = {datetime: UtcDateTime(), int: BigNumber}  # noqa: RUF012


class ReplicaBase(DeclarativeBase):
    """The published records and what is derived from them: written by sync alone."""

    metadata = new_metadata()
    type_annotation_map = {datetime: UtcDateTime(), int: BigNumber}  # noqa: RUF012


def new_uuid() -> str:
    return uuid4().hex
