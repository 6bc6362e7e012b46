"""The first visit to an installation without a business: owner, first store, first terminal."""

from __future__ import annotations

from sqlalchemy import select

from backoffice_web import current
from backoffice_web.stores.enterprise import Enterprise


def is_first_visit() -> bool:
    with current.read() as session:
        return session.scalar(select(Enterprise.id)) is None
