"""What a Back Office password must fulfil. Length and guessability count, not kinds of characters.

Follows NIST SP 800-63B §3.1.1.2: at least so long, no composition rules, and refused when it is common
or made of words that stand for the person. `zxcvbn` knows 30,000 common passwords and estimates the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zxcvbn import zxcvbn

from shared_web.language import _

SHORTEST = 10
LONGEST = 200
# 3 of 4: safely unguessable, more than 10^8 tries.
LEAST_SCORE = 3
# zxcvbn's time grows with the square of the length; what is longer is strong by then.
MOST_JUDGED = 72


@dataclass(frozen=True)
class PasswordRule:
    """One line of the list beside the field: ticked when it is met."""

    sentence: str
    is_met: bool


def password_rules(password: str, again: str = "", *, about: Iterable[str] = ()) -> list[PasswordRule]:
    """Every rule with whether `password` and its repetition meet it.

    `about` holds what must not be in it: e-mail, names, business.
    """
    words = _words(about)
    judged = password[:MOST_JUDGED]
    score = zxcvbn(judged, user_inputs=sorted(words))["score"] if password else 0
    is_personal = any(word in password.lower() for word in words)
    return [
        PasswordRule(
            _("At least %(count)s characters", count=SHORTEST), SHORTEST <= len(password) <= LONGEST
        ),
        PasswordRule(
            _("Without the name, the e-mail address or the business"), bool(password) and not is_personal
        ),
        PasswordRule(
            _("Hard to guess: not common, no pattern, for instance four words"), score >= LEAST_SCORE
        ),
        PasswordRule(_("Typed twice the same"), bool(password) and password == again),
    ]


def password_complaint(password: str, *, about: Iterable[str] = ()) -> str:
    """A sentence on what to mend, or nothing."""
    if len(password) > LONGEST:
        return _("Use at most %(count)s characters.", count=LONGEST)
    if len(password) < SHORTEST:
        return _("Use at least %(count)s characters, as in a short sentence.", count=SHORTEST)
    rules = password_rules(password, about=about)
    if not rules[1].is_met:
        return _("Leave out the name, the e-mail address and the name of the business.")
    if not rules[2].is_met:
        return _("This password is easy to guess. Put four or more unrelated words together.")
    return ""


def _words(about: Iterable[str]) -> set[str]:
    """The words of at least four letters in what is known about the person."""
    return {word for text in about for word in re.split(r"[\W_]+", text.lower()) if len(word) >= 4}
