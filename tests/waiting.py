"""Waiting for a condition instead of for time to pass."""

from threading import Event
from time import monotonic

PATIENCE_S = 20
LOOK_S = 0.02


def wait_until(condition, *, patience_s=PATIENCE_S):
    """The first truthy value of `condition()`; fails when there is none within `patience_s`."""
    ends_at = monotonic() + patience_s
    while not (found := condition()):
        assert monotonic() < ends_at, f"waited {patience_s} s in vain for {condition}"
        Event().wait(LOOK_S)
    return found
