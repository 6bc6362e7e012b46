"""What lasts for a while, by wall clocks that may be put right in the middle of it."""

from __future__ import annotations

from datetime import datetime, timedelta

# The clocks of the machines of one house differ by less.
DIFFERENCE = timedelta(minutes=1)


def is_within(now: datetime, since: datetime, until: datetime) -> bool:
    """Does what began at `since` still last?

    Not where its beginning lies ahead: the clock was put back, and nobody knows for how long it has lasted.
    """
    return since - DIFFERENCE <= now < until
