"""The answer of a sync, as a value: what came of it, from which version to which, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Outcome = Literal["applied", "already_up_to_date", "offline", "refused", "failed_verification", "running"]

APPLIED: Outcome = "applied"
UP_TO_DATE: Outcome = "already_up_to_date"
OFFLINE: Outcome = "offline"
REFUSED: Outcome = "refused"
FAILED: Outcome = "failed_verification"
# The caller's patience ended before the sync did.
RUNNING: Outcome = "running"

SUCCESSES = frozenset({APPLIED, UP_TO_DATE})

# Reasons that have sentences of their own in status.py; any other text is the office's own sentence.
OLDER_OFFICE = "older-office"
REPLICA_DAMAGED = "replica-damaged"
NOT_PAIRED_YET = "not-paired-yet"
NOT_PAIRED = "not-paired"
REVOKED = "revoked"
UNKNOWN_STORE = "unknown-store"
OFFICE_ERROR = "office-error"
DISK_FULL = "disk-full"
DISK_READ_ONLY = "disk-read-only"
DISK_BROKEN = "disk-broken"
STOPPED = "stopped"


@dataclass(frozen=True)
class SyncResult:
    """`counts` are changed records per kind. `reason` tells why it did not succeed, see above.

    `retry_after_s`: how long the office asked to be left alone.
    """

    outcome: Outcome
    from_version: int = 0
    to_version: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    change_count: int = 0
    byte_count: int = 0
    duration_ms: int = 0
    is_full: bool = False
    reason: str = ""
    retry_after_s: float = 0.0

    @property
    def is_success(self) -> bool:
        return self.outcome in SUCCESSES


@dataclass(frozen=True)
class Unkept:
    """What keeps the store from writing down how its syncs stand, since when: so it is shown from memory."""

    result: SyncResult
    since: datetime
