"""Counts wrong passwords and codes, so that nobody can try all day. One count for all workers.

Invariants: a try is counted before it is judged, so that many at once do not slip through; the right
answer takes back what was counted for the person; nothing here tells whether an account exists.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address

from sqlalchemy import Index, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base, Keyed
from backoffice_web.stores.enterprise import Enterprise
from shared_web.errors import RuleError
from shared_web.language import _

WINDOW = timedelta(minutes=10)
# From one network a person is locked out early; from all together later, so that a stranger who guesses
# does not easily keep the person out.
MOST_FROM_ONE_PLACE = 8
MOST_FOR_ACCOUNT = 40
MOST_FROM_ADDRESS = 40


class SignInTry(Base, Keyed):
    """`whose` is a digest of account, address or both."""

    __tablename__ = "sign_in_tries"

    __table_args__ = (Index("ix_sign_in_tries_whose_at", "whose", "at"),)

    whose: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(index=True)


class TooManyTries(RuleError):
    status = 429


def count_try(session: Session, *, account: str, address: str, now: datetime) -> None:
    """Count one try of `account` (an e-mail or a person's id). Raises TooManyTries. Commit before judging."""
    # Tries are counted one after the other: of many at the same moment none would see the others.
    session.get(Enterprise, 1, with_for_update=True)
    session.execute(delete(SignInTry).where(SignInTry.at < now - WINDOW))
    # Counted by a clock that was ahead: they keep nobody out for longer than those of now.
    session.execute(update(SignInTry).where(SignInTry.at > now).values(at=now))
    for whose, most in _counters(account, address).items():
        counted = select(func.count()).select_from(SignInTry).where(SignInTry.whose == whose)
        if (session.scalar(counted) or 0) >= most:
            raise TooManyTries(_("Too many tries. Wait ten minutes, then try again."))
    session.add_all(SignInTry(whose=whose, at=now) for whose in _counters(account, address))
    session.flush()


def forget_tries(session: Session, *, account: str, address: str) -> None:
    """It was the right answer: the tries of this account no longer count, and the last one of its address."""
    place, everywhere, network = _counters(account, address)
    session.execute(delete(SignInTry).where(SignInTry.whose.in_([place, everywhere])))
    last = select(SignInTry.id).where(SignInTry.whose == network).order_by(SignInTry.at.desc()).limit(1)
    session.execute(delete(SignInTry).where(SignInTry.id == session.scalar(last)))


def _counters(account: str, address: str) -> dict[str, int]:
    account, network = account.strip().lower(), _network(address)
    return {
        _digest(f"place {account} {network}"): MOST_FROM_ONE_PLACE,
        _digest(f"account {account}"): MOST_FOR_ACCOUNT,
        _digest(f"address {network}"): MOST_FROM_ADDRESS,
    }


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """One household has 2^64 IPv6 addresses: they count as one."""
    try:
        return str(int(IPv6Address(address)) >> 64)
    except AddressValueError:
        return address
