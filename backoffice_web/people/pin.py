"""PINs: hashed for proof, and digested with the enterprise's secret so that no two people share one.

argon2id with 19 MiB, 2 passes, 1 lane: OWASP's least parameters, since tills check a PIN often.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from argon2 import PasswordHasher

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_pin(pin: str) -> str:
    return _hasher.hash(pin)


def digest_pin(pin: str, *, secret: str) -> str:
    """Equal for equal PINs of one enterprise and meaningless without its secret."""
    return hmac.new(secret.encode(), pin.encode(), sha256).hexdigest()
