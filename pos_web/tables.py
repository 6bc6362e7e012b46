"""Every table of the store node, imported so that migrations and tests see them all."""

from __future__ import annotations

from pos_web.approvals import approval
from pos_web.catalog import replica
from pos_web.database import BookBase, ReplicaBase
from pos_web.orders import order
from pos_web.owned import record
from pos_web.payments import payment
from pos_web.staff import journal, till_session
from pos_web.syncing import outbox, sync_run
from pos_web.terminals import connection, terminal
from pos_web.time_clock import shift

MODULES = (
    approval, connection, journal, order, outbox, payment, record, replica, shift, sync_run, terminal,
    till_session,
)  # fmt: skip
book_metadata = BookBase.metadata
replica_metadata = ReplicaBase.metadata
