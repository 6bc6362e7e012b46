"""Re-hashes everything that was published, and says in sentences what does not fit. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice_web.publishing.issue import body_hash
from backoffice_web.publishing.publication import Body, Publication, PublishedHead, PublishedRecord
from backoffice_web.stores.store import Store
from sync_contract.digest import EMPTY, MODULUS, record_hash, to_hex


def verify_publications(session: Session) -> list[str]:
    """What is wrong, store by store; empty when all is well."""
    names = dict(session.execute(select(Store.id, Store.name)).all())
    heads = session.scalars(select(PublishedHead).order_by(PublishedHead.store_id))
    problems = [f"{names[head.store_id]}: {problem}" for head in heads for problem in _store(session, head)]
    return problems + list(_bodies(session))


def _store(session: Session, head: PublishedHead) -> Iterator[str]:
    digest, count = EMPTY, 0
    rows = session.execute(
        select(PublishedRecord.kind, PublishedRecord.key, PublishedRecord.body).where(
            PublishedRecord.store_id == head.store_id, PublishedRecord.body.is_not(None)
        ),
        execution_options={"yield_per": 1_000},
    )
    for kind, key, body in rows:
        assert body is not None  # tombstones are left out above
        digest += record_hash(kind, key, body)
        count += 1
    if to_hex(digest % MODULUS) != head.digest:
        yield "the published records do not have the digest of their version"
    if count != head.record_count:
        yield f"{count} records are published, {head.record_count} are counted"
    yield from _history(session, head)


def _history(session: Session, head: PublishedHead) -> Iterator[str]:
    versions = session.execute(
        select(func.count(), func.min(Publication.version), func.max(Publication.version)).where(
            Publication.store_id == head.store_id
        )
    ).one()
    expected = (head.version, 1, head.version) if head.version else (0, None, None)
    if tuple(versions) != expected:
        yield f"the versions are not 1 to {head.version} without gaps"
    newest = select(Publication.digest).where(
        Publication.store_id == head.store_id, Publication.version == head.version
    )
    if head.version and session.scalar(newest) != head.digest:
        yield "the newest publication has another digest than the store"


def _bodies(session: Session) -> Iterator[str]:
    rows = session.execute(select(Body.hash, Body.content), execution_options={"yield_per": 1_000})
    damaged = sum(body_hash(content) != expected for expected, content in rows)
    if damaged:
        yield f"{damaged} bodies in the history are not what they were when they were published"
