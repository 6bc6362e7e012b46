"""A first password that people can read off a terminal and type: four groups without look-alikes."""

from __future__ import annotations

import secrets

# Without i, l, o, 0 and 1: 31 characters, so that 16 of them are worth 79 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Such as k7mp-x3qd-9rtb-w4nf."""
    return "-".join("".join(secrets.choice(ALPHABET) for _place in range(4)) for _group in range(4))
