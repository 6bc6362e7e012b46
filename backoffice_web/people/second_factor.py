"""The second factor of a Back Office sign-in: codes of an app (TOTP, RFC 6238), and recovery codes.

Invariants: the app's secret is shown while it is set up and never again; a code is good once and within
30 s before or after its time; a recovery code is good once, and kept as a slow hash.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import scrypt, sha256
from hmac import compare_digest

import pyotp
from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from backoffice_web.database import Base, Keyed
from backoffice_web.people.employee import Employee
from backoffice_web.people.new_password import ALPHABET
from shared_web.database import Key
from shared_web.errors import RuleError
from shared_web.language import _

STEP_S = 30
RECOVERY_CODES = 10


class RecoveryCode(Base, Keyed):
    __tablename__ = "recovery_codes"

    employee_id: Mapped[str] = mapped_column(Key, ForeignKey("employees.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


def new_secret() -> str:
    """For the app: 160 bits in base 32."""
    return pyotp.random_base32()


def app_address(secret: str, *, email: str, business: str) -> str:
    """What the QR code holds: an otpauth address that apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=business)


def enrol(session: Session, person: Employee, *, secret: str, code: str, now: datetime) -> list[str]:
    """Turn the second factor on after the app has proved itself; the recovery codes, to be shown once.

    Raises RuleError with the field `code`.
    """
    step = _step_of(secret, code, now=now)
    if step is None:
        sentence = _("This code is wrong or too old. Enter the six digits that the app shows now.")
        raise RuleError(sentence, fields={"code": sentence})
    person.totp_secret, person.totp_since, person.totp_step = secret, now, step
    return new_recovery_codes(session, person)


def remove_second_factor(session: Session, person: Employee) -> None:
    person.totp_secret, person.totp_since, person.totp_step = None, None, 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.employee_id == person.id))


def accept_code(session: Session, person: Employee, code: str, *, now: datetime) -> bool:
    """Is it the app's code of now, or a recovery code, and not used yet? It is used by this."""
    typed = "".join(code.split()).replace("-", "").lower()
    if typed.isascii() and typed.isdigit():
        step = _step_of(person.totp_secret or "", typed, now=now)
        return step is not None and _use_step(session, person, step)
    return _use_recovery_code(session, person, typed, now=now)


def new_recovery_codes(session: Session, person: Employee) -> list[str]:
    """Ten new codes such as k7mpx-3qd9r; those from before are worth nothing any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.employee_id == person.id))
    codes = ["".join(secrets.choice(ALPHABET) for _place in range(10)) for _code in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(employee_id=person.id, digest=_digest(person, code)) for code in codes)
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_codes_left(session: Session, employee_id: str) -> int:
    unused = select(func.count()).where(
        RecoveryCode.employee_id == employee_id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused) or 0


def _step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step of time whose code this is, the present one or a neighbour; None for another code."""
    typed = "".join(code.split())
    if not secret or len(typed) != 6 or not typed.isascii():
        return None
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    fitting = [
        step for step in (present - 1, present, present + 1) if compare_digest(totp.generate_otp(step), typed)
    ]
    return fitting[-1] if fitting else None


def _use_step(session: Session, person: Employee, step: int) -> bool:
    # One statement decides between two that send the same code at once. It counts as no edit of the person:
    # whoever edits them meanwhile shall not be told that somebody else did.
    using = update(Employee).where(Employee.id == person.id, Employee.totp_step < step)
    done = session.execute(using.values(totp_step=step).execution_options(synchronize_session=False))
    return done.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _use_recovery_code(session: Session, person: Employee, typed: str, *, now: datetime) -> bool:
    using = update(RecoveryCode).where(
        RecoveryCode.employee_id == person.id,
        RecoveryCode.digest == _digest(person, typed),
        RecoveryCode.used_at.is_(None),
    )
    return session.execute(using.values(used_at=now)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _digest(person: Employee, code: str) -> str:
    salt = sha256(person.id.encode()).digest()
    return scrypt(code.encode("utf-8", "surrogatepass"), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
