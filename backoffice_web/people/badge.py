"""Badges: a number that a scanner reads instead of a PIN; kept stretched, like the PIN never in the clear."""

from __future__ import annotations

import hmac
from hashlib import sha256

from sqlalchemy.orm import Session

from backoffice_web.stores.enterprise import Enterprise
from sync_contract.records import stretched_badge

SHORTEST_BADGE, LONGEST_BADGE = 4, 64


def badge_salt(session: Session) -> str:
    """The enterprise's salt for badges and PINs, 32 hexadecimal digits; one salt for all stores."""
    secret = session.get_one(Enterprise, 1).pin_secret
    return hmac.new(secret.encode(), b"badge salt", sha256).hexdigest()[:32]


def digest_badge(session: Session, number: str) -> str:
    """Equal for equal badges of one enterprise."""
    return stretched_badge(number, salt=badge_salt(session))
