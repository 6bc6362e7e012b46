"""Why the office gave nothing, as the answer of a sync that people can be shown."""

from __future__ import annotations

from pos_web.syncing.bridge_client import BridgeError, Offline, Refused
from pos_web.syncing.sync_result import (
    NOT_PAIRED,
    NOT_PAIRED_YET,
    OFFICE_ERROR,
    OFFLINE,
    REFUSED,
    REVOKED,
    UNKNOWN_STORE,
    SyncResult,
)


def trouble_of(problem: BridgeError) -> SyncResult:
    """Offline where nobody answered; else refused, with a word of ours or the office's own sentence."""
    if isinstance(problem, Offline):
        return SyncResult(OFFLINE, reason=str(problem)[:300], retry_after_s=problem.retry_after_s)
    reason = OFFICE_ERROR
    if isinstance(problem, Refused):
        words = {"revoked-node": REVOKED, NOT_PAIRED_YET: NOT_PAIRED_YET}
        known = {401: NOT_PAIRED, 403: NOT_PAIRED, 404: UNKNOWN_STORE}
        is_trouble = problem.status >= 500 or problem.status == 429
        otherwise = OFFICE_ERROR if is_trouble else problem.sentence
        reason = words.get(problem.error) or known.get(problem.status, otherwise)
    return SyncResult(REFUSED, reason=reason, retry_after_s=problem.retry_after_s)
