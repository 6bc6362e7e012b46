"""PINs: hashed for proof, and digested with the enterprise's secret so that no two people share one.

argon2id with 19 MiB, 2 passes, 1 lane: OWASP's least parameters, since tills check a PIN often.
"""

from __future__ import annotations

import hmac
from datetime import date
from hashlib import sha256

from argon2 import PasswordHasher

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_UP = "01234567890"


def hash_pin(pin: str) -> str:
    return _hasher.hash(pin)


def digest_pin(pin: str, *, secret: str) -> str:
    """Equal for equal PINs of one enterprise and meaningless without its secret."""
    return hmac.new(secret.encode(), pin.encode(), sha256).hexdigest()


def is_easy_pin(pin: str, *, born_on: date | None = None) -> bool:
    """Is this among the PINs that people try first: one digit, a run, a pair again, a date of birth?"""
    if len(set(pin)) == 1 or pin in _UP or pin[::-1] in _UP:
        return True
    half = len(pin) // 2
    return (len(pin) % 2 == 0 and pin[:half] == pin[half:]) or (
        born_on is not None and pin in _dates_of(born_on)
    )


def _dates_of(day: date) -> set[str]:
    """How people write a day in digits, in the orders that are in use."""
    patterns = (
        "%d%m",
        "%m%d",
        "%Y",
        "%y%m",
        "%m%y",
        "%d%m%y",
        "%m%d%y",
        "%y%m%d",
        "%d%m%Y",
        "%m%d%Y",
        "%Y%m%d",
    )
    return {day.strftime(pattern) for pattern in patterns}
